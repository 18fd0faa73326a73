package csvfile

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// kind is what is wrong with a row.
type kind int

const (
	fine kind = iota
	ragged
	badQuote
	openQuote
	nulByte
	badUTF8
	hugeField
	notNumber
	notFinite
	notDate
	tooLow
	tooHigh
	unknownLevel
)

// kindAt is a reason: a kind, and the column it is about, -1 for the row.
type kindAt struct {
	kind   kind
	column int
}

// place is where it is: the line, and the offset in the data.
type place struct{ line, at int }

// words says the reason without a place, for counts.
func (r *reader) words(k kindAt) string {
	if k.column < 0 {
		return map[kind]string{
			ragged: "wrong number of fields", badQuote: "a quote out of place", openQuote: "a quote that is not closed",
			nulByte: "a NUL byte", badUTF8: "not valid UTF-8", hugeField: "a field beyond 16 MB",
		}[k.kind]
	}
	c := r.columns[k.column]
	switch k.kind {
	case notNumber:
		return c.Name + " is not " + c.number()
	case notFinite:
		return c.Name + " is not finite"
	case notDate:
		return c.Name + " is not a date like " + moment.Like(c.Layout)
	case tooLow:
		return c.Name + " is below " + c.bound(c.Min)
	case tooHigh:
		return c.Name + " is above " + c.bound(c.Max)
	}
	return c.Name + " is not a known level"
}

// problem makes the error; value is the offending one, or nil.
func (r *reader) problem(k kindAt, at place, value []byte) *diag.Error {
	e := &diag.Error{File: r.Name, Line: at.line, What: r.words(k)}
	const keep = "mend it, or keep such rows out with bad_rows: drop"
	e.Hint = keep
	if k.column >= 0 {
		e.Col = r.columnInLine(at.at)
		e.Found = strconv.Quote(short(string(value)))
		r.explain(k, e, string(value))
		return e
	}
	switch k.kind {
	case openQuote:
		e.What = "a quote opens here and is never closed"
		e.Hint = "close it, or write quotes within a field twice"
	case badQuote:
		e.What = "a quote stands where none may be"
		e.Col = r.columnInLine(at.at)
		e.Hint = "put the field in quotes and write quotes within it twice"
	case nulByte:
		e.What = fmt.Sprintf("a NUL byte stands at byte %d", r.origin+at.at)
		e.Hint = "the file may be damaged, or UTF-16: then declare encoding: utf-16"
	case badUTF8:
		e.What = fmt.Sprintf("not valid UTF-8 at byte %d", r.origin+at.at)
		end := min(at.at+4, len(r.data))
		e.Found = fmt.Sprintf("bytes % X", r.data[at.at:end])
		e.Hint = "declare its encoding: latin-1, windows-1252 or utf-16"
	}
	return e
}

// explain adds what was wanted of a value and what to do.
func (r *reader) explain(k kindAt, e *diag.Error, value string) {
	c := r.columns[k.column]
	switch k.kind {
	case notNumber:
		e.Wanted = c.number()
		switch {
		case c.amount == nil && c.point == '.' && strings.Contains(value, ","):
			e.Hint = "if its decimal point is a comma, declare decimal: \",\"; if commas part thousands, declare layout: \"1,234\""
		case c.Type == "":
			e.Hint = fmt.Sprintf("nine tenths of %s are numbers: mend it, declare the value as missing or the column's type, or say bad_rows: drop", c.Name)
		default:
			e.Hint = "mend it, declare it under missing, or keep such rows out with bad_rows: drop"
		}
	case notFinite:
		e.Wanted = "a finite number"
		e.Hint = "mend it, declare it under missing, or keep such rows out with bad_rows: drop"
	case notDate:
		e.Wanted = "a date like " + moment.Like(c.Layout)
		e.Hint = "mend it, or declare another layout"
	case tooLow:
		e.Wanted = "at least " + c.bound(c.Min)
	case tooHigh:
		e.Wanted = "at most " + c.bound(c.Max)
	case unknownLevel:
		allowed := c.allowed()
		e.What = fmt.Sprintf("unknown level of %s", c.Name)
		e.Wanted = "one of " + strings.Join(allowed[:min(len(allowed), 20)], ", ")
		if near, ok := diag.Closest(value, allowed); ok {
			e.Hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			e.Hint = "mend it, add it to the declared levels, or keep such rows out with bad_rows: drop"
		}
	}
}

// columnInLine counts the runes of the line up to the offset, from 1.
func (r *reader) columnInLine(at int) int {
	at = min(at, len(r.data))
	return 1 + utf8.RuneCount(r.data[bytes.LastIndexByte(r.data[:at], '\n')+1:at])
}

// number says what the column's numbers are like.
func (c *column) number() string {
	if c.amount != nil {
		return "a number like " + c.Layout
	}
	return "a number"
}

// bound writes a declared bound in the column's terms.
func (c *column) bound(v *float64) string {
	one := table.Column{Field: c.Field, Num: []float64{*v}}
	if one.Type == "" {
		one.Type = table.Number
	}
	return one.String(0)
}

// allowed gives the raw values that a closed category may have.
func (c *column) allowed() []string {
	if c.Labels != nil {
		return slices.Sorted(maps.Keys(c.Labels))
	}
	return c.Levels
}

// tally counts the bad rows of a chunk, or of all.
type tally map[kindAt]*Dropped

func (t tally) add(k kindAt, most int, make func() *diag.Error) {
	d := t[k]
	if d == nil {
		d = &Dropped{}
		t[k] = d
	}
	d.Count++
	if len(d.Examples) < most {
		d.Examples = append(d.Examples, make())
	}
}

// merge adds the tally of a later chunk.
func (t tally) merge(later tally, most int) {
	for k, l := range later {
		d := t[k]
		if d == nil {
			d = &Dropped{}
			t[k] = d
		}
		d.Count += l.Count
		d.Examples = append(d.Examples, l.Examples[:min(len(l.Examples), most-len(d.Examples))]...)
	}
}

// dropped gives the tally for people, the most frequent reason first.
func (r *reader) dropped(t tally) []Dropped {
	var all []Dropped
	for k, d := range t {
		d.Reason = r.words(k)
		if k.column >= 0 {
			d.Column = r.columns[k.column].Name
		}
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b Dropped) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

package csvfile

import (
	"bytes"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// sampled is from how many rows the first guess of a type is made.
const sampled = 1000

// sample is what the first rows say of an inferred column.
type sample struct {
	present, numbers int
	others           [][]byte // the values that are no numbers
}

// guess chooses how each inferred column is tried first, from the first rows.
func (r *reader) guess() {
	s := newSplitter(r.Quote, r.Delimiter, len(r.columns))
	samples := make([]sample, len(r.columns))
	for rows, pos := 0, r.body; rows < sampled && pos < len(r.data); rows++ {
		row := s.next(r.data, pos)
		pos = row.next
		if row.fault != fine || row.count != len(r.columns) {
			continue
		}
		for j, c := range r.columns {
			if c.reading == tryNumber || c.reading == tryDate {
				samples[j].add(c, trim(s.value(r.data, j)))
			}
		}
	}
	for j, c := range r.columns {
		others := samples[j].others
		switch {
		case c.reading == tryDate && len(others) > 0:
			c.Layout = moment.UsualOf(string(others[0]))
		case c.reading == tryNumber && !mostly(samples[j].numbers, samples[j].present):
			c.reading, c.Layout = guessOther(samples[j])
		}
	}
}

func (s *sample) add(c *column, b []byte) {
	if c.markers.has(b) {
		return
	}
	s.present++
	if _, f := parseNumber(b, c.point); f.isNumber() {
		s.numbers++
	} else {
		s.others = append(s.others, bytes.Clone(b[:min(len(b), maxLevelBytes)]))
	}
}

// guessOther gives how to try a column that is not mostly numbers.
func guessOther(s sample) (reading, string) {
	layout := moment.UsualOf(string(s.others[0]))
	misfit := func(b []byte) bool { _, ok := moment.Parse(layout, string(b)); return !ok }
	if layout == "" || s.numbers > 0 || slices.ContainsFunc(s.others, misfit) {
		return tryLevels, ""
	}
	return tryDate, layout
}

// mostly says whether nine tenths are.
func mostly(part, all int) bool { return 10*part >= 9*all }

// conclude looks at what trying the columns found, and says whether the body
// must be read again because a column is not what was tried. Every column can
// only step down (number, date, levels), so that comes to an end.
func (r *reader) conclude(chunks []*chunk) (again bool, err error) {
	for j, c := range r.columns {
		if c.reading != tryNumber && c.reading != tryDate {
			continue
		}
		var present, misfits, identifiers, long int
		var first []byte
		for _, ch := range chunks {
			cells := &ch.cells[j]
			if first == nil {
				first = cells.first
			}
			present += cells.present
			misfits += cells.misfits
			identifiers += cells.identifiers
			long += cells.long.count
		}
		switch {
		case misfits == 0 && c.Layout == "" && c.reading == tryDate: // no value at all
			c.reading, c.Layout = date, moment.Usual[0]
		case c.reading == tryNumber && 2*long > present: // most are names
			c.reading = tryLevels
		case misfits == 0:
			continue
		case c.Type == table.Date && c.Layout == "":
			c.Layout = moment.UsualOf(string(first))
			if c.Layout == "" {
				return false, r.unknownForm(c, string(first))
			}
		case c.Type == table.Date:
			c.reading = date
		case c.reading == tryNumber && identifiers == 0 && mostly(present-misfits, present):
			c.reading = number
		case c.reading == tryNumber && moment.UsualOf(string(first)) != "":
			c.reading, c.Layout = tryDate, moment.UsualOf(string(first))
		default:
			c.reading, c.Layout = tryLevels, ""
		}
		again = true
	}
	return again, nil
}

// unknownForm says that the dates of a column need a layout, and which one the
// first of them has.
func (r *reader) unknownForm(c *column, first string) error {
	e := &diag.Error{File: r.Name, Line: r.line, What: "the dates of " + c.Name + " are in a form that needs to be declared",
		Found: first, Wanted: "a declared layout", Hint: `write 2 January 2006, 15:04:05 in their form: layout: "02.01.2006"`}
	if found := moment.Find([]string{first}); found != nil {
		e.Hint = fmt.Sprintf("declare layout: %q", found.Form)
		if len(found.Otherwise) > 0 {
			e.Hint += fmt.Sprintf(" or %q, whichever it is", found.Otherwise[0])
		}
	}
	return e
}

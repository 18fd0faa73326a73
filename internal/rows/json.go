package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"labbook/internal/diag"
	"labbook/internal/table"
)

func readJSON(data []byte, name string, fields []table.Field, ignored []string) (*Rows, error) {
	b := newBuilder(name, fields, ignored)
	format, err := b.decode(data)
	if err != nil {
		return nil, err
	}
	if err := b.errs.Err(); err != nil {
		return nil, err
	}
	return &Rows{Format: format, Table: table.New(b.columns...)}, nil
}

// builder fills columns from objects.
type builder struct {
	name    string
	fields  []table.Field
	ignored []string
	columns []*table.Column
	levels  []map[string]int32 // per column, of categories
	errs    diag.List
}

func newBuilder(name string, fields []table.Field, ignored []string) *builder {
	b := &builder{name: name, fields: fields, ignored: ignored}
	for _, f := range fields {
		f.Levels = slices.Clone(f.Levels)
		b.columns = append(b.columns, &table.Column{Field: f})
		codes := map[string]int32{}
		for i, level := range f.Levels {
			codes[level] = int32(i)
		}
		b.levels = append(b.levels, codes)
	}
	return b
}

// decode reads an object, a list of them, or several one after the other.
func (b *builder) decode(data []byte) (Format, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if data[0] == '[' {
		dec.Token()
		for i := 0; dec.More(); i++ {
			if err := b.object(dec, data, fmt.Sprintf("[%d].", i)); err != nil {
				return List, err
			}
		}
		if _, err := dec.Token(); err != nil {
			return List, b.syntax(dec, data, err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return List, b.syntax(dec, data, errors.New("something follows the end of the list"))
		}
		return List, nil
	}
	for i := 0; ; i++ {
		path := ""
		if i > 0 {
			path = fmt.Sprintf("[%d].", i)
		}
		if err := b.object(dec, data, path); errors.Is(err, io.EOF) {
			if i == 1 {
				return Object, nil
			}
			return Lines, nil
		} else if err != nil {
			return Lines, err
		}
	}
}

// object reads one object into the columns.
func (b *builder) object(dec *json.Decoder, data []byte, path string) error {
	var row map[string]any
	if err := dec.Decode(&row); errors.Is(err, io.EOF) {
		return err
	} else if err != nil {
		return b.syntax(dec, data, err)
	}
	for j := range b.fields {
		v, given := row[b.fields[j].Name]
		b.value(j, v, given, path+b.fields[j].Name)
	}
	if len(row) > 0 {
		b.unknown(row, path)
	}
	return nil
}

// unknown notes the fields that the schema does not have.
func (b *builder) unknown(row map[string]any, path string) {
	var names, extra []string
	for _, f := range b.fields {
		names = append(names, f.Name)
	}
	for name := range row {
		if !slices.Contains(names, name) && !slices.Contains(b.ignored, name) {
			extra = append(extra, name)
		}
	}
	slices.Sort(extra)
	for _, name := range extra {
		b.wrong(fmt.Sprintf("unknown field %q", path+name), "", "", diag.DidYouMean(name, names))
	}
}

func (b *builder) wrong(what, found, wanted, hint string) {
	b.errs = append(b.errs, &diag.Error{File: b.name, What: what, Found: found, Wanted: wanted, Hint: hint})
}

// syntax says where the JSON ends to be JSON.
func (b *builder) syntax(dec *json.Decoder, data []byte, err error) error {
	offset := min(int(dec.InputOffset()), len(data))
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		offset = min(int(e.Offset), len(data))
	}
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		err = fmt.Errorf("a row must be an object, not a JSON %s", e.Value)
	}
	before := data[:offset]
	return &diag.Error{
		File: b.name, Line: 1 + bytes.Count(before, []byte("\n")), Col: len(before) - bytes.LastIndexByte(before, '\n'),
		What: "this is not the JSON of rows: " + err.Error(), Hint: `write one object, as in {"carat": 0.7, "cut": "Ideal"}, or a list of them`, Err: err,
	}
}

// value appends a value to column j, or notes what is wrong with it.
func (b *builder) value(j int, v any, given bool, path string) {
	c := b.columns[j]
	if v == nil {
		if !given && !c.Missing {
			b.wrong(fmt.Sprintf("field %q is missing", path), "", wanted(&c.Field), "")
		} else if given && !c.Missing {
			b.wrong(fmt.Sprintf("field %q has no value", path), "null", wanted(&c.Field), "")
		}
		b.missing(j)
		return
	}
	switch c.Type {
	case table.Number:
		b.number(c, v, path)
	case table.Date:
		text, ok := v.(string)
		t, err := time.Parse(c.Layout, text)
		if !ok || err != nil {
			b.wrong(fmt.Sprintf("field %q is not a date", path), show(v), "one like "+c.Layout, "")
			t = time.Time{}
		}
		c.Num = append(c.Num, float64(t.Unix()))
	case table.Category:
		text, ok := word(v)
		if !ok {
			b.wrong(fmt.Sprintf("field %q is not a category", path), show(v), wanted(&c.Field), "")
		}
		if _, known := b.levels[j][text]; ok && !known && c.Ordered {
			b.wrong(fmt.Sprintf("field %q is none of its declared levels", path), show(v), wanted(&b.fields[j]), diag.DidYouMean(text, b.fields[j].Levels))
		}
		c.Codes = append(c.Codes, b.code(j, text))
	default:
		text, ok := v.(string)
		if !ok {
			b.wrong(fmt.Sprintf("field %q is not a text", path), show(v), "a text in quotes", "")
		}
		c.Texts = append(c.Texts, text)
	}
}

func (b *builder) number(c *table.Column, v any, path string) {
	n, ok := v.(json.Number)
	f, err := strconv.ParseFloat(string(n), 64)
	switch {
	case !ok || err != nil:
		hint := ""
		if text, quoted := v.(string); quoted {
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				hint = "write it without quotes"
			}
		}
		b.wrong(fmt.Sprintf("field %q is not a number", path), show(v), wanted(&c.Field), hint)
	case c.Min != nil && f < *c.Min, c.Max != nil && f > *c.Max:
		b.wrong(fmt.Sprintf("field %q is out of its range", path), show(v), wanted(&c.Field), "")
	}
	c.Num = append(c.Num, f)
}

// code gives the code of a level; one not seen in training gets a new one, and
// the model decides what it does with it.
func (b *builder) code(j int, level string) int32 {
	code, ok := b.levels[j][level]
	if !ok {
		code = int32(len(b.columns[j].Levels))
		b.columns[j].Levels = append(b.columns[j].Levels, level)
		b.levels[j][level] = code
	}
	return code
}

func (b *builder) missing(j int) {
	c := b.columns[j]
	switch c.Type {
	case table.Category:
		c.Codes = append(c.Codes, -1)
	case table.Text:
		c.Texts = append(c.Texts, "")
	default:
		c.Num = append(c.Num, math.NaN())
	}
}

// word gives a category as JSON may say it: a text, a number or a truth value.
func word(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// wanted says what a field takes.
func wanted(f *table.Field) string {
	switch f.Type {
	case table.Number:
		text := "a number"
		if f.Min != nil {
			text += fmt.Sprintf(" from %v", *f.Min)
		}
		if f.Max != nil {
			text += fmt.Sprintf(" up to %v", *f.Max)
		}
		return text
	case table.Date:
		return "a date like " + f.Layout
	case table.Category:
		if n := len(f.Levels); n > 0 && n <= 12 {
			return fmt.Sprintf("one of %q", f.Levels)
		}
		return "a category"
	}
	return "a text"
}

// show writes a value as JSON, cut to be read.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if r := []rune(string(text)); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return string(text)
}

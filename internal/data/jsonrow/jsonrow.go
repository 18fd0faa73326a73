// Package jsonrow decodes JSON objects into rows of a table whose schema is
// known at run time only: the columns that a model reads.
//
// It has two ways to the same rows. Scan is for the request that nearly all
// requests are: one flat object without a fault. It allocates nothing. ScanList
// does the same for a list of them. Both leave everything else to Decode, which finds every fault of every row at
// once, each with its place, what was found, and what is allowed.
//
// A field that the schema does not know is a fault, and so is one that is
// missing although training never lacked it. A category without a declared
// order may have levels that training did not show: the model decides about
// those.
package jsonrow

import (
	"slices"

	"labbook/internal/data/table"
)

// Decoder is a compiled schema. It is immutable: its methods may be called from
// several goroutines at once.
type Decoder struct {
	fields  []field
	index   map[string]int
	names   []string
	ignored map[string]bool
}

// field is a column with what decoding it needs.
type field struct {
	table.Field
	codes    map[string]int32 // of a category's levels
	required bool
	closed   bool // no levels but the declared ones
	// numbers and truths say what a level may be without quotes.
	numbers, truths bool
}

// Unquoted says which levels of a category may come without quotes: numbers,
// and true and false, where training showed levels that are some.
func Unquoted(levels []string) (numbers, truths bool) {
	for _, level := range levels {
		s := scanner{data: []byte(level)}
		if s.grammar() && s.at == len(level) {
			numbers = true
		}
		truths = truths || level == "true" || level == "false"
	}
	return numbers, truths
}

// Options change what a Decoder takes. The zero value takes every field, and
// each that training never lacked must be there.
type Options struct {
	// Ignored are names that may stand in an object and are passed over, such
	// as that of the target.
	Ignored []string
	// Required, when not nil, names the fields that must be there; the others
	// may be missing. It is for questions about a part of a row.
	Required []string
	// Closed says that no category may have other levels than the schema's.
	Closed bool
}

// New compiles a schema.
func New(fields []table.Field, o Options) *Decoder {
	d := &Decoder{index: make(map[string]int, len(fields)), ignored: map[string]bool{}}
	for i, f := range fields {
		c := field{Field: f, required: !f.Missing, closed: f.Ordered || o.Closed}
		if o.Required != nil {
			c.required = slices.Contains(o.Required, f.Name)
		}
		if f.Type == table.Category {
			c.numbers, c.truths = Unquoted(f.Levels)
			c.codes = make(map[string]int32, len(f.Levels))
			for code, level := range f.Levels {
				c.codes[level] = int32(code)
			}
		}
		d.fields = append(d.fields, c)
		d.index[f.Name] = i
		d.names = append(d.names, f.Name)
	}
	for _, name := range o.Ignored {
		if _, known := d.index[name]; !known {
			d.ignored[name] = true
		}
	}
	return d
}

// Fields gives the schema's columns.
func (d *Decoder) Fields() []table.Field {
	fields := make([]table.Field, len(d.fields))
	for i := range d.fields {
		fields[i] = d.fields[i].Field
	}
	return fields
}

// Row is memory for one decoded row, to be used again and again by one
// goroutine at a time.
type Row struct {
	// Table has one row. Its texts share memory with the data scanned last or
	// with the row, so they must not outlive that, nor the next Scan.
	Table *table.Table

	seen   []bool
	memory []byte
}

// NewRow makes the memory for a row of this schema.
func (d *Decoder) NewRow() *Row {
	columns := d.empty()
	for _, c := range columns {
		extend(c)
	}
	return &Row{Table: table.New(columns...), seen: make([]bool, len(d.fields))}
}

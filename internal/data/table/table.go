// Package table holds data as typed columns, and the schema that describes
// them: learned or declared at load, used everywhere after.
//
// A Table is immutable once built by convention: whoever wants other rows or
// columns makes a new Table (Take, Select) that may share memory with the old.
package table

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/mapped"
	"labbook/internal/base/notebook"
	"labbook/internal/data/moment"
)

// Type says how a column's values are held.
type Type string

// The types of a column.
const (
	Number   Type = "number"   // Num; NaN is missing
	Category Type = "category" // Codes into Levels; -1 is missing
	Text     Type = "text"     // Texts; "" is missing
	Date     Type = "date"     // Num, seconds since 1970-01-01 UTC; NaN is missing
)

// Types lists all of them, for messages.
var Types = []string{string(Number), string(Category), string(Text), string(Date)}

// Field is what is known of a column without its values. It is part of every
// model bundle, so its JSON form is an on-disk format.
type Field struct {
	Name string   `json:"name"`
	Type Type     `json:"type"`
	Unit string   `json:"unit,omitempty"`
	Doc  string   `json:"doc,omitempty"` // one sentence for people who fill in a form
	Min  *float64 `json:"min,omitempty"` // declared: smaller values are errors at load
	Max  *float64 `json:"max,omitempty"` // declared: larger values are errors at load

	Levels  []string `json:"levels,omitempty"`  // categories; in declared order when Ordered, else sorted
	Ordered bool     `json:"ordered,omitempty"` // the levels' order means something

	Integer bool   `json:"integer,omitempty"` // every value seen was whole
	Missing bool   `json:"missing,omitempty"` // at least one value was missing
	Layout  string `json:"layout,omitempty"`  // how a date (package moment) or a number (package amount) is written

	// How files write it, for whoever reads another one: the marks that mean that
	// there is no value, nil for the usual ones, and the levels that raw values
	// stand for.
	Marks  []string          `json:"marks,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`

	Seen *Summary `json:"seen,omitempty"` // of the training data; nil before split
}

// Summary describes the values of a column that were seen in training: for
// range warnings, forms and drift. That of a text is of its length in runes.
type Summary struct {
	Count     int       `json:"count"`   // values present
	Missing   int       `json:"missing"` // values missing
	Min       float64   `json:"min,omitempty"`
	Max       float64   `json:"max,omitempty"`
	Mean      float64   `json:"mean,omitempty"`
	StdDev    float64   `json:"stddev,omitempty"`    // of the sample (n-1)
	Quantiles []float64 `json:"quantiles,omitempty"` // the deciles 0 to 10 of a number
	Counts    []int     `json:"counts,omitempty"`    // per level of a category
}

// Column is a Field with its values. Just one of Num, Codes and Texts is set,
// as Type says; its length is the table's number of rows.
type Column struct {
	Field
	Num   []float64
	Codes []int32
	Texts []string
}

// Len gives the number of values.
func (c *Column) Len() int {
	switch c.Type {
	case Category:
		return len(c.Codes)
	case Text:
		return len(c.Texts)
	}
	return len(c.Num)
}

// IsMissing says whether row i has no value.
func (c *Column) IsMissing(i int) bool {
	switch c.Type {
	case Category:
		return c.Codes[i] < 0
	case Text:
		return c.Texts[i] == ""
	}
	return math.IsNaN(c.Num[i])
}

// Same says whether rows i and k have the same value, or none.
func (c *Column) Same(i, k int) bool {
	switch c.Type {
	case Category:
		return c.Codes[i] == c.Codes[k] || c.Codes[i] < 0 && c.Codes[k] < 0
	case Text:
		return c.Texts[i] == c.Texts[k]
	}
	return c.Num[i] == c.Num[k] || math.IsNaN(c.Num[i]) && math.IsNaN(c.Num[k])
}

// Table is a set of columns of one length.
type Table struct {
	Columns []*Column
	rows    int
	room    *mapped.Room // where tables that are made of it find room
}

// In gives the table, of which those that are made of it have their values in a room.
func (t *Table) In(room *mapped.Room) *Table {
	t.room = room
	return t
}

// Room gives the table's room; nil is memory.
func (t *Table) Room() *mapped.Room { return t.room }

// New makes a table. It panics when the columns differ in length or two have
// one name: whoever reads data checks that first and says so in words.
func New(columns ...*Column) *Table {
	t := &Table{Columns: columns}
	if len(columns) > 0 {
		t.rows = columns[0].Len()
	}
	stands := standsTwice(columns)
	for i, c := range columns {
		if c.Len() != t.rows || stands(i) {
			panic(fmt.Sprintf("table: column %q has %d values of %d, or stands twice", c.Name, c.Len(), t.rows))
		}
	}
	return t
}

// With gives t with a column at its end, of which it panics as New does; it shares memory.
func (t *Table) With(c *Column) *Table {
	if c.Len() != t.rows || t.Column(c.Name) != nil {
		panic(fmt.Sprintf("table: column %q has %d values of %d, or stands twice", c.Name, c.Len(), t.rows))
	}
	columns := make([]*Column, len(t.Columns)+1)
	copy(columns, t.Columns)
	columns[len(t.Columns)] = c
	return &Table{Columns: columns, rows: t.rows, room: t.room}
}

// standsTwice gives the function that says whether a column before the i-th has
// its name. It is called for one after the other. Few columns, as of the row of
// a request, are compared without a map.
func standsTwice(columns []*Column) func(i int) bool {
	if len(columns) <= 32 {
		return func(i int) bool {
			for _, c := range columns[:i] {
				if c.Name == columns[i].Name {
					return true
				}
			}
			return false
		}
	}
	names := make(map[string]bool, len(columns))
	return func(i int) bool {
		before := names[columns[i].Name]
		names[columns[i].Name] = true
		return before
	}
}

// Rows gives the number of rows.
func (t *Table) Rows() int { return t.rows }

// Names gives the columns' names in order.
func (t *Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Fields gives the schema: a copy of every column's Field, in order.
func (t *Table) Fields() []Field {
	fields := make([]Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = c.Field
	}
	return fields
}

// Column gives the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Take gives the rows with these indices, in that order, as a new table.
func (t *Table) Take(rows []int) *Table {
	columns := make([]*Column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = c.take(rows, t.room)
	}
	return &Table{Columns: columns, rows: len(rows), room: t.room}
}

// Deal is Take of two lists of rows, and uses t up: it has no columns any more, for
// each gives way to its parts as soon as they are made. Nothing may share their memory.
func (t *Table) Deal(one, other []int) (*Table, *Table) {
	a, b := &Table{rows: len(one), room: t.room}, &Table{rows: len(other), room: t.room}
	for i, c := range t.Columns {
		t.Columns[i] = nil
		a.Columns, b.Columns = append(a.Columns, c.take(one, t.room)), append(b.Columns, c.take(other, t.room))
		mapped.Free(t.room, c.Num)
		mapped.Free(t.room, c.Codes)
	}
	t.Columns, t.rows = nil, 0
	return a, b
}

func (c *Column) take(rows []int, room *mapped.Room) *Column {
	d := &Column{Field: c.Field}
	switch c.Type {
	case Category:
		d.Codes = take(mapped.Make[int32](room, len(rows)), c.Codes, rows)
	case Text:
		d.Texts = take(make([]string, len(rows)), c.Texts, rows)
	default:
		d.Num = take(mapped.Make[float64](room, len(rows)), c.Num, rows)
	}
	return d
}

// Slice gives the rows from lo to hi, without hi, as a table that shares memory.
func (t *Table) Slice(lo, hi int) *Table {
	columns := make([]*Column, len(t.Columns))
	for i, c := range t.Columns {
		d := &Column{Field: c.Field}
		switch c.Type {
		case Category:
			d.Codes = c.Codes[lo:hi:hi]
		case Text:
			d.Texts = c.Texts[lo:hi:hi]
		default:
			d.Num = c.Num[lo:hi:hi]
		}
		columns[i] = d
	}
	return &Table{Columns: columns, rows: hi - lo, room: t.room}
}

// Select gives the named columns, in that order; values are shared. It panics
// for a name that is not there.
func (t *Table) Select(names ...string) *Table {
	chosen := &Table{rows: t.rows, room: t.room}
	for _, n := range names {
		c := t.Column(n)
		if c == nil {
			panic(fmt.Sprintf("table: no column %q", n))
		}
		chosen.Columns = append(chosen.Columns, c)
	}
	return chosen
}

// String gives the value in row i as people write it: "" when it is missing,
// a number in its shortest form, a date in its layout.
func (c *Column) String(i int) string {
	switch {
	case c.IsMissing(i):
		return ""
	case c.Type == Category:
		return c.Levels[c.Codes[i]]
	case c.Type == Text:
		return c.Texts[i]
	case c.Type == Date:
		return moment.Format(cmp.Or(c.Layout, time.RFC3339), c.Num[i])
	}
	return strconv.FormatFloat(c.Num[i], 'f', -1, 64)
}

// Shown gives the value in row i to a table of a notebook: nothing where it is
// missing, numbers to so many significant digits, all for 0, and of words at most
// so many letters.
func (c *Column) Shown(i, digits, letters int) notebook.Value {
	switch {
	case c.IsMissing(i):
		return notebook.Value{}
	case c.Type == Category || c.Type == Text:
		return notebook.Text(human.Clip(strings.Join(strings.Fields(c.String(i)), " "), letters))
	case c.Type == Date:
		return notebook.Date(c.Num[i])
	}
	return notebook.Numeral(c.Num[i], digits)
}

// Without gives the table without the named columns; values are shared.
func (t *Table) Without(names ...string) *Table {
	drop := map[string]bool{}
	for _, n := range names {
		drop[n] = true
	}
	kept := &Table{rows: t.rows, room: t.room}
	for _, c := range t.Columns {
		if !drop[c.Name] {
			kept.Columns = append(kept.Columns, c)
		}
	}
	return kept
}

func take[T any](out, values []T, rows []int) []T {
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}

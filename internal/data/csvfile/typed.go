package csvfile

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/diag"
	"labbook/internal/base/parallel"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// Typed applies to a table whose values have types already what Parse applies to
// text: the declared columns with their bounds, levels, labels and marks, and what
// becomes of bad rows. A declared type is obeyed: texts become numbers or dates as
// they would in CSV. What is not declared keeps its type, but that texts of few
// words become a category, by the rule of Parse. The usual marks mean nothing
// here, where what is missing is missing. place says where a row stands.
func Typed(t *table.Table, o Options, place func(row int) string) (*File, error) {
	r := &reader{Options: o, names: t.Names()}
	if r.Context == nil {
		r.Context = context.Background()
	}
	if r.Decimal == 0 {
		r.Decimal = '.'
	}
	if r.Examples == 0 {
		r.Examples = examples
	}
	if slices.Equal(r.Missing, DefaultMissing) {
		r.Missing = nil
	}
	if err := r.checkNames(0); err != nil {
		return nil, err
	}
	if err := r.matchDeclared(0); err != nil {
		return nil, err
	}
	if t.Rows() == 0 {
		return nil, &diag.Error{File: r.Name, What: "has columns but no rows", Hint: "was the export cut short?"}
	}
	x := typed{reader: r, from: t, place: place, columns: make([]*table.Column, len(r.columns)), bad: make([][]badCell, len(r.columns)), faults: make([]error, len(r.columns))}
	parallel.Each(max(r.Cores, 1), len(r.columns), x.column)
	for _, err := range x.faults {
		if err != nil {
			return nil, err
		}
	}
	return x.file()
}

// typed is the state of one Typed.
type typed struct {
	*reader
	from    *table.Table
	place   func(row int) string
	columns []*table.Column // nil where it is dropped
	bad     [][]badCell     // by column, in the order of rows
	faults  []error
}

// badCell is a value that is not as declared.
type badCell struct {
	row  int
	kind kind
}

// column makes the j-th column.
func (x *typed) column(j int) {
	c, from := x.reader.columns[j], x.from.Columns[j]
	switch {
	case c.reading == skip:
	case c.keeps(from):
		x.columns[j], x.bad[j] = c.keep(from)
	default:
		x.columns[j], x.bad[j], x.faults[j] = x.convert(c, from)
	}
}

// keeps says whether the values stay what they are.
func (c *column) keeps(from *table.Column) bool {
	switch {
	case c.Labels != nil || len(c.Levels) > 0 || c.amount != nil:
		return false
	case from.Type == table.Text:
		return c.Type == table.Text && len(c.markers.all) == 0
	}
	return c.Type == "" || c.Type == from.Type
}

// keep gives the column with what is declared of it.
func (c *column) keep(from *table.Column) (*table.Column, []badCell) {
	out := *from
	out.Name, out.Min, out.Max = c.Name, c.Min, c.Max
	if c.Unit != "" {
		out.Unit = c.Unit
	}
	if c.Doc != "" {
		out.Doc = c.Doc
	}
	if c.Layout != "" && out.Type == table.Date {
		out.Layout = c.Layout
	}
	var bad []badCell
	cells := cells{column: c}
	if len(c.markers.all) > 0 {
		out.Num, out.Codes = slices.Clone(out.Num), slices.Clone(out.Codes)
		for row := range out.Len() {
			if c.markers.has(trim([]byte(from.String(row)))) {
				if out.Num != nil {
					out.Num[row] = math.NaN()
				} else {
					out.Codes[row] = -1
				}
			}
		}
	}
	for row, v := range out.Num {
		k := fine
		switch {
		case math.IsInf(v, 0):
			k = notFinite
		case v == v:
			k = cells.check(v)
		}
		if k != fine {
			bad = append(bad, badCell{row, k})
		}
	}
	return &out, bad
}

// convert reads the values as if they stood in a text.
func (x *typed) convert(c *column, from *table.Column) (*table.Column, []badCell, error) {
	if c.reading == tryNumber {
		c.reading = tryLevels
	}
	if c.reading == tryDate && c.Layout == "" {
		if err := x.findLayout(c, from); err != nil {
			return nil, nil, err
		}
	}
	n := from.Len()
	out := &table.Column{Field: c.Field}
	cells := cells{column: c}
	switch c.reading {
	case number, date:
		out.Num = make([]float64, n)
		cells.num = out.Num
	case category, tryLevels:
		out.Codes = make([]int32, n)
		cells.codes = out.Codes
	case text:
		cells.texts = make([]string, n)
	}
	var bad []badCell
	for row := range n {
		if from.IsMissing(row) {
			cells.set(row, nil)
			continue
		}
		if k := cells.set(row, []byte(from.String(row))); k != fine {
			bad = append(bad, badCell{row, k})
			cells.set(row, nil)
		}
	}
	ch := &chunk{reader: x.reader, rows: n}
	ch.cells = append(ch.cells, cells)
	c.merge(out, []*chunk{ch}, 0, n)
	return out, bad, nil
}

// findLayout takes the form of a column's dates from the first of them.
func (x *typed) findLayout(c *column, from *table.Column) error {
	for row := range from.Len() {
		if value := from.String(row); value != "" && !c.markers.has(trim([]byte(value))) {
			if c.Layout = moment.UsualOf(value); c.Layout == "" {
				return x.unknownForm(c, value)
			}
			break
		}
	}
	if c.Layout == "" {
		c.Layout = moment.Usual[0]
	}
	c.reading = date
	return nil
}

// file puts the columns together, without bad rows, or gives the first of them as
// an error.
func (x *typed) file() (*File, error) {
	f := &File{Rows: x.from.Rows()}
	first := map[int]kindAt{} // of each bad row what is wrong first
	for j, cells := range x.bad {
		for _, b := range cells {
			if _, known := first[b.row]; !known {
				first[b.row] = kindAt{b.kind, j}
			}
		}
	}
	var columns []*table.Column
	for _, c := range x.columns {
		if c != nil {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return nil, &diag.Error{File: x.Name, What: "no column is left", Hint: "declare columns, or do not say rest: drop"}
	}
	f.Table, f.place = table.New(columns...), x.place
	if len(first) > 0 {
		if err := x.drop(f, first); err != nil {
			return nil, err
		}
	}
	for j, c := range f.Table.Columns {
		declared := slices.IndexFunc(x.reader.columns, func(d *column) bool { return d.Name == c.Name })
		table.Observe(f.Table.Columns[j], x.reader.columns[declared].closed)
	}
	return f, nil
}

// drop takes the bad rows out.
func (x *typed) drop(f *File, first map[int]kindAt) error {
	bad, kept := tally{}, make([]int, 0, f.Rows-len(first))
	for row := range f.Rows {
		k, is := first[row]
		if !is {
			kept = append(kept, row)
			continue
		}
		explain := func() *diag.Error { return x.problemAt(k, row) }
		if !x.DropBad {
			return explain()
		}
		bad.add(k, x.Examples, explain)
	}
	f.Dropped = x.dropped(bad)
	f.Table = f.Table.Take(kept)
	f.place = func(row int) string { return x.place(kept[row]) }
	return nil
}

// problemAt says what is wrong with a value of a row.
func (x *typed) problemAt(k kindAt, row int) *diag.Error {
	value := x.from.Columns[k.column].String(row)
	e := &diag.Error{File: x.place(row), What: x.words(k), Found: strconv.Quote(short(value)), Hint: "mend it, or keep such rows out with bad_rows: drop"}
	x.explain(k, e, value)
	return e
}

// Place says where a row of the table stands in the file of that name.
func (f *File) Place(name string, row int) string {
	if f.place != nil {
		return f.place(row)
	}
	return fmt.Sprintf("%s:%d", name, f.Line(row))
}

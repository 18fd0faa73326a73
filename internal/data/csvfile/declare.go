package csvfile

import (
	"bytes"
	"fmt"
	"slices"

	"labbook/internal/data/table"
)

// declaration is what has to be declared of a file's columns for them to be read
// as they are meant, and why.
type declaration struct {
	missing []string // nil: the usual
	columns []Column
	notices []Notice
}

// declare looks at each column that is read as it stands, or as numbers that are
// dates, or that loses rows.
func declare(data []byte, o Options, f *File) declaration {
	var d declaration
	read := doubtful(data, o, f)
	marks := map[string][]string{} // by column
	for _, c := range f.Table.Columns {
		texts, line := c, f.Line
		if read != nil && read.Table.Column(c.Name) != nil {
			texts, line = read.Table.Column(c.Name), read.Line
		}
		switch {
		case texts.Type == table.Category || texts.Type == table.Text:
			if column, notice := findForm(texts, o, line); column != nil {
				d.add(column, notice)
			} else if texts != c {
				found, notices := findMarks(texts, c.Type, o, line)
				marks[c.Name] = found
				d.notices = append(d.notices, notices...)
			}
		case c.Type == table.Number:
			d.add(findCount(c, line))
		}
	}
	d.keepNone(data, o, f)
	d.mark(f, marks)
	return d
}

func (d *declaration) add(column *Column, notice *Notice) {
	if column != nil {
		d.columns, d.notices = append(d.columns, *column), append(d.notices, *notice)
	}
}

// mark declares the marks for missing values: of all columns, but of those alone
// that have them where they are levels of another.
func (d *declaration) mark(f *File, marks map[string][]string) {
	level := func(mark string) bool {
		return slices.ContainsFunc(f.Table.Columns, func(c *table.Column) bool {
			_, marked := marks[c.Name]
			return !marked && c.Type == table.Category && slices.Contains(c.Levels, mark)
		})
	}
	var all []string
	for _, c := range f.Table.Columns {
		var own []string
		for _, mark := range marks[c.Name] {
			if level(mark) {
				own = append(own, mark)
			} else if !slices.Contains(all, mark) {
				all = append(all, mark)
			}
		}
		if own != nil {
			d.columns = append(d.columns, Column{Field: table.Field{Name: c.Name}, Missing: own})
		}
	}
	if slices.Sort(all); all != nil {
		if d.missing == nil {
			d.missing = slices.Clone(DefaultMissing)
		}
		d.missing = append(d.missing, all...)
	}
}

// none is a usual mark for missing values that may also be an answer.
const none = "None"

// keepNone makes None a level where it is most of a category, or where missing
// values are written otherwise: there it is an answer. In all other columns it
// stays a mark.
func (d *declaration) keepNone(data []byte, o Options, f *File) {
	if !bytes.Contains(data, []byte(none)) {
		return
	}
	o.Columns, o.Rest = nil, Drop
	for _, c := range f.Table.Columns {
		if c.Type == table.Category || c.Empty() {
			o.Columns = append(o.Columns, Column{Field: table.Field{Name: c.Name, Type: table.Text}})
		}
	}
	if o.Columns == nil {
		return
	}
	o.Missing = without(DefaultMissing, none)
	read, err := Parse(data, o)
	if err != nil {
		return // it was read before
	}
	levels := map[string]bool{}
	for _, c := range read.Table.Columns {
		missing, count, first := 0, 0, -1
		for row := range c.Len() {
			switch {
			case c.IsMissing(row):
				missing++
			case string(trim([]byte(c.Texts[row]))) == none:
				if count++; first < 0 {
					first = row
				}
			}
		}
		if count > 0 && (missing > 0 || 2*count > c.Len()) && count < c.Len() {
			levels[c.Name] = true
			why := "most of its rows say"
			if 2*count <= c.Len() {
				why = "other rows have no value, and some say"
			}
			d.notices = append(d.notices, Notice{Column: c.Name, Count: count, Line: read.Line(first), Value: none, As: "category",
				What: fmt.Sprintf("has None as a level: %s it", why),
				Hint: "write missing: [usual] in the load stage if it means that there is no value"})
		}
	}
	if len(levels) == 0 {
		return
	}
	d.missing = without(DefaultMissing, none)
	for _, c := range f.Table.Columns {
		i := slices.IndexFunc(d.columns, func(of Column) bool { return of.Name == c.Name })
		switch {
		case levels[c.Name] || !c.Field.Missing:
		case i >= 0:
			d.columns[i].Missing = append(d.columns[i].Missing, none)
		default:
			d.columns = append(d.columns, Column{Field: table.Field{Name: c.Name}, Missing: []string{none}})
		}
	}
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(v string) bool { return v == one })
}

package features

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// Unlike says in which columns rows of t are unlike those of training: numbers
// outside the range that was seen, and levels that were not. There is at most
// one finding for each of these per column. What training showed is in the
// inputs' Seen; columns without are passed over.
func (f *Features) Unlike(t *table.Table) []notebook.Finding {
	var found []notebook.Finding
	for i := range f.Inputs {
		field := &f.Inputs[i]
		c := t.Column(field.Name)
		if c == nil || c.Type != field.Type || field.Seen == nil {
			continue
		}
		switch {
		case c.Type == table.Number && field.Seen.Count > 0:
			found = append(found, outside(field, c)...)
		case c.Type == table.Category:
			found = append(found, unseen(field, c)...)
		}
	}
	return found
}

// Outside says which rows of t have a number below or above all of training; nil
// when none has.
func (f *Features) Outside(t *table.Table) []bool {
	var rows []bool
	for i := range f.Inputs {
		field := &f.Inputs[i]
		c := t.Column(field.Name)
		if c == nil || c.Type != table.Number || field.Type != table.Number || field.Seen == nil || field.Seen.Count == 0 {
			continue
		}
		for row, v := range c.Num {
			if v < field.Seen.Min || v > field.Seen.Max {
				if rows == nil {
					rows = make([]bool, t.Rows())
				}
				rows[row] = true
			}
		}
	}
	return rows
}

// Strange says which texts have nothing in common with those of training: they
// are not empty, and no term of theirs stands in the matrix x that Transform
// made of t, in no view, nor would one of the vocabulary. There is at most one
// finding per column.
func (f *Features) Strange(t *table.Table, x *matrix.Matrix) []notebook.Finding {
	var names []string
	strange := map[string][]bool{} // the rows, by the column
	for own, x := range f.eachView(x) {
		for i, e := range own.encoders {
			terms, ok := e.(*terms)
			if !ok || x.Sparse == nil || t.Column(terms.Column) == nil {
				continue
			}
			empty := own.emptyRows(x, i)
			if seen := strange[terms.Column]; seen == nil {
				names, strange[terms.Column] = append(names, terms.Column), empty
			} else {
				both(seen, empty)
			}
		}
	}
	var found []notebook.Finding
	for _, name := range names {
		c, count := t.Column(name), 0
		for row, is := range strange[name] {
			if is && !c.IsMissing(row) {
				count++
			}
		}
		if count > 0 {
			found = append(found, notebook.Finding{Level: "warning", Column: name, Count: count,
				Text: name + " has nothing in common with any text in training: the answer says nothing about it"})
		}
	}
	return found
}

// emptyRows says in which rows of x encoder i made nothing but zeros.
func (f *Features) emptyRows(x *matrix.Matrix, i int) []bool {
	from, until := int32(f.starts[i]), int32(x.Cols)
	if i+1 < len(f.starts) {
		until = int32(f.starts[i+1])
	}
	empty := make([]bool, x.Rows)
	for row := range empty {
		columns, _ := x.SparseRow(row)
		at, _ := slices.BinarySearch(columns, from)
		empty[row] = at == len(columns) || columns[at] >= until
	}
	return empty
}

// both marks in dst only what is marked in both.
func both(dst, other []bool) {
	for i := range dst {
		dst[i] = dst[i] && other[i]
	}
}

// TextsOnly says whether all that features are made of is texts: then a row
// without a term that training had tells nothing.
func (f *Features) TextsOnly() bool {
	for _, v := range f.views {
		if !v.TextsOnly() {
			return false
		}
	}
	return f.Sparse() && !slices.ContainsFunc(f.encoders, func(e encoder) bool { _, is := e.(*terms); return !is })
}

// Blank says which rows of a matrix that Transform made hold nothing, in no view;
// nil when none does.
func (f *Features) Blank(x *matrix.Matrix) []bool {
	if x.Sparse == nil && x.Views == nil {
		return nil
	}
	var blank []bool
	for row := range x.Rows {
		if x.Entries(row) > 0 {
			continue
		}
		if blank == nil {
			blank = make([]bool, x.Rows)
		}
		blank[row] = true
	}
	return blank
}

// outside notes numbers below or above those of training.
func outside(field *table.Field, c *table.Column) []notebook.Finding {
	var below, above int
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range c.Num {
		if v < field.Seen.Min {
			below, least = below+1, min(least, v)
		}
		if v > field.Seen.Max {
			above, most = above+1, max(most, v)
		}
	}
	var found []notebook.Finding
	if below > 0 {
		found = append(found, notebook.Finding{Level: "warning", Column: field.Name, Count: below,
			Text: fmt.Sprintf("%s %s is below the smallest in training (%s)", field.Name, amount(least, field.Unit), amount(field.Seen.Min, field.Unit))})
	}
	if above > 0 {
		found = append(found, notebook.Finding{Level: "warning", Column: field.Name, Count: above,
			Text: fmt.Sprintf("%s %s is above the largest in training (%s)", field.Name, amount(most, field.Unit), amount(field.Seen.Max, field.Unit))})
	}
	return found
}

// unseen notes levels without a row in training.
func unseen(field *table.Field, c *table.Column) []notebook.Finding {
	count := 0
	var names []string
	for _, code := range c.Codes {
		if code < 0 {
			continue
		}
		name := c.Levels[code]
		at := slices.Index(field.Levels, name)
		if at >= 0 && at < len(field.Seen.Counts) && field.Seen.Counts[at] > 0 {
			continue
		}
		count++
		if len(names) < 3 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if count == 0 {
		return nil
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%q", name)
	}
	return []notebook.Finding{{Level: "warning", Column: field.Name, Count: count,
		Text: fmt.Sprintf("%s was never %s in training", field.Name, strings.Join(names, " or "))}}
}

func amount(v float64, unit string) string {
	if unit == "" {
		return fmt.Sprintf("%g", v)
	}
	return fmt.Sprintf("%g %s", v, unit)
}

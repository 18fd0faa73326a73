package formats

import (
	"math"
	"slices"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// OfMatrix gives a matrix as a table, for whoever reads no matrices. target is
// what the outcome is called.
//
// A dense matrix has a column for each feature, and the target behind them. A
// sparse one would be mostly zeros: it has a row for each value that is stored,
// with the columns row (from 0), column (the feature's name), value and target. A
// row of the matrix that stores none has one row too, without column and value,
// so that no row is lost.
func OfMatrix(l *matrix.Labelled, target string) *table.Table {
	if l.X.Sparse != nil {
		return triplets(l, target)
	}
	x := l.X
	columns := make([]*table.Column, 0, x.Cols+1)
	names := uniqueNames(append(slices.Clone(x.Names), target))
	for j := range x.Cols {
		c := &table.Column{Field: table.Field{Name: names[j], Type: table.Number}, Num: make([]float64, x.Rows)}
		for i := range c.Num {
			c.Num[i] = x.Dense[i*x.Cols+j]
		}
		table.Observe(c, false)
		columns = append(columns, c)
	}
	return table.New(append(columns, outcome(l, names[x.Cols], countTo(x.Rows)))...)
}

// countTo gives the numbers below n.
func countTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func triplets(l *matrix.Labelled, target string) *table.Table {
	x := l.X
	var rows []int
	feature := &table.Column{Field: table.Field{Name: "column", Type: table.Category, Levels: uniqueNames(x.Names)}}
	value := &table.Column{Field: table.Field{Name: "value", Type: table.Number}}
	for i := range x.Rows {
		columns, values := x.SparseRow(i)
		for k, j := range columns {
			rows = append(rows, i)
			feature.Codes, value.Num = append(feature.Codes, j), append(value.Num, values[k])
		}
		if len(columns) == 0 {
			rows = append(rows, i)
			feature.Codes, value.Num = append(feature.Codes, -1), append(value.Num, math.NaN())
		}
	}
	row := &table.Column{Field: table.Field{Name: "row", Type: table.Number}, Num: make([]float64, len(rows))}
	for k, i := range rows {
		row.Num[k] = float64(i)
	}
	names := uniqueNames([]string{row.Name, feature.Name, value.Name, target})
	columns := []*table.Column{row, feature, value, outcome(l, names[3], rows)}
	for _, c := range columns {
		table.Observe(c, true)
	}
	return table.New(columns...)
}

// outcome gives the target of these rows: a number, or the name of a class.
func outcome(l *matrix.Labelled, name string, rows []int) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Number}}
	if l.Classes != nil {
		c.Type, c.Levels, c.Codes = table.Category, l.Classes, make([]int32, len(rows))
		for k, i := range rows {
			c.Codes[k] = int32(l.Y[i])
		}
	} else {
		c.Num = make([]float64, len(rows))
		for k, i := range rows {
			c.Num[k] = l.Y[i]
		}
	}
	table.Observe(c, true)
	return c
}

// uniqueNames gives names of which none stands twice: a later one gets an
// underscore.
func uniqueNames(names []string) []string {
	taken := make(map[string]bool, len(names))
	out := make([]string, len(names))
	for i, name := range names {
		for taken[name] {
			name += "_"
		}
		out[i], taken[name] = name, true
	}
	return out
}

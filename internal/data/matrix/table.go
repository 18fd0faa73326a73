package matrix

import (
	"math"
	"strconv"

	"labbook/internal/data/table"
)

// Table gives a dense matrix as programs of others read it: a column of numbers
// for each of its own, and a category with the levels "0", "1", … where it holds
// the codes of one. It shares no memory.
func (m *Matrix) Table() *table.Table {
	columns := make([]*table.Column, m.Cols)
	for j, name := range m.Names {
		values := make([]float64, m.Rows)
		for i := range values {
			values[i] = m.Dense[i*m.Cols+j]
		}
		c := &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
		if m.Levels != nil && m.Levels[j] > 0 {
			c = codesOf(name, values, m.Levels[j])
		}
		columns[j] = c
	}
	return table.New(columns...)
}

// codesOf gives codes as a category.
func codesOf(name string, values []float64, levels int) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Category, Levels: make([]string, levels)}, Codes: make([]int32, len(values))}
	for k := range c.Levels {
		c.Levels[k] = strconv.Itoa(k)
	}
	for i, v := range values {
		if c.Codes[i] = -1; !math.IsNaN(v) {
			c.Codes[i] = int32(v)
		}
	}
	return c
}

// Triplets gives what a matrix stores, as the rows of a table: row counts from 0,
// column is a category whose levels are the names, in their order, and value is the
// number. What is not there is 0; of a dense matrix all is there.
func (m *Matrix) Triplets() *table.Table {
	row := &table.Column{Field: table.Field{Name: "row", Type: table.Number, Integer: true}}
	column := &table.Column{Field: table.Field{Name: "column", Type: table.Category, Levels: m.Names, Ordered: true}}
	value := &table.Column{Field: table.Field{Name: "value", Type: table.Number}}
	for i := range m.Rows {
		columns, values := []int32(nil), []float64(nil)
		if m.Sparse != nil {
			columns, values = m.SparseRow(i)
		} else {
			values = m.Row(i)
		}
		for k, v := range values {
			j := int32(k)
			if columns != nil {
				j = columns[k]
			}
			row.Num, column.Codes, value.Num = append(row.Num, float64(i)), append(column.Codes, j), append(value.Num, v)
		}
	}
	return table.New(row, column, value)
}

// Target gives the outcomes as a column: numbers, or a category of the classes.
func (l *Labelled) Target(name string) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Number}}
	if l.Classes == nil {
		c.Num = l.Y
		return c
	}
	c.Type, c.Levels, c.Codes = table.Category, l.Classes, make([]int32, len(l.Y))
	for i, y := range l.Y {
		if c.Codes[i] = -1; !math.IsNaN(y) {
			c.Codes[i] = int32(y)
		}
	}
	return c
}

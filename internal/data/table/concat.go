package table

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/mapped"
)

// Concat puts tables with the same column names below one another, matched by
// name, in the column order of the first. The levels of a category become the
// union: sorted, or the common order where it is declared. A column without
// any value takes the type that it has in the other tables. It panics when
// names, types or declared orders differ: whoever reads data checks that first.
func Concat(tables ...*Table) *Table {
	if len(tables) == 1 {
		return tables[0]
	}
	out := &Table{}
	for _, t := range tables {
		out.rows += t.rows
	}
	if len(tables) == 0 {
		return out
	}
	out.room = tables[0].room
	for _, first := range tables[0].Columns {
		parts := make([]*Column, len(tables))
		for i, t := range tables {
			parts[i] = t.Column(first.Name)
			if parts[i] == nil || len(t.Columns) != len(tables[0].Columns) {
				panic(fmt.Sprintf("table: concat of tables with different columns at %q", first.Name))
			}
		}
		out.Columns = append(out.Columns, concat(parts, out.rows, out.room))
	}
	return out
}

func concat(parts []*Column, rows int, room *mapped.Room) *Column {
	lead := parts[0]
	for _, p := range parts {
		if !p.Empty() {
			lead = p
			break
		}
	}
	c := &Column{Field: lead.Field}
	c.Integer, c.Missing = true, false
	for i, p := range parts {
		if p.Type != c.Type {
			if !p.Empty() {
				panic(fmt.Sprintf("table: concat of column %q as %s and %s", c.Name, c.Type, p.Type))
			}
			parts[i] = Blank(c.Field, p.Len())
		}
		c.Integer, c.Missing = c.Integer && p.Integer, c.Missing || p.Missing
	}
	switch c.Type {
	case Category:
		c.Levels = unionLevels(parts, c.Ordered)
		c.Codes = mapped.Make[int32](room, rows)[:0]
		for _, p := range parts {
			c.Codes = append(c.Codes, recode(p.Codes, p.Levels, c.Levels)...)
		}
	case Text:
		c.Texts = make([]string, 0, rows)
		for _, p := range parts {
			c.Texts = append(c.Texts, p.Texts...)
		}
	default:
		c.Num = mapped.Make[float64](room, rows)[:0]
		for _, p := range parts {
			c.Num = append(c.Num, p.Num...)
		}
	}
	return c
}

// Empty says that no row has a value.
func (c *Column) Empty() bool {
	for i := range c.Len() {
		if !c.IsMissing(i) {
			return false
		}
	}
	return true
}

// Blank is a column of missing values.
func Blank(f Field, rows int) *Column {
	c := &Column{Field: f}
	switch f.Type {
	case Category:
		c.Codes = slices.Repeat([]int32{-1}, rows)
	case Text:
		c.Texts = make([]string, rows)
	default:
		c.Num = slices.Repeat([]float64{math.NaN()}, rows)
	}
	return c
}

func unionLevels(parts []*Column, ordered bool) []string {
	if ordered {
		for _, p := range parts {
			if !slices.Equal(p.Levels, parts[0].Levels) {
				panic(fmt.Sprintf("table: concat of column %q with different orders", p.Name))
			}
		}
		return parts[0].Levels
	}
	var all []string
	for _, p := range parts {
		all = append(all, p.Levels...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// recode translates codes of the levels from into codes of the levels to. A
// level that is not in to becomes missing.
func recode(codes []int32, from, to []string) []int32 {
	if slices.Equal(from, to) {
		return codes
	}
	index := make(map[string]int32, len(to))
	for i, l := range to {
		index[l] = int32(i)
	}
	table := make([]int32, len(from)+1)
	table[0] = -1
	for i, l := range from {
		code, ok := index[l]
		if !ok {
			code = -1
		}
		table[i+1] = code
	}
	out := make([]int32, len(codes))
	for i, code := range codes {
		out[i] = table[code+1]
	}
	return out
}

// trimLevels removes the levels that no row has.
func trimLevels(c *Column) {
	used := make([]bool, len(c.Levels))
	for _, code := range c.Codes {
		if code >= 0 {
			used[code] = true
		}
	}
	var levels []string
	for i, l := range c.Levels {
		if used[i] {
			levels = append(levels, l)
		}
	}
	c.Codes, c.Levels = recode(c.Codes, c.Levels, levels), levels
}

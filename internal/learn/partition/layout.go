package partition

import "labbook/internal/data/table"

// Layout is the structure of certain rows, which are called by their number
// among them. It is immutable. A division of the rows depends on the layout, the
// numbers asked for and the seed only.
type Layout struct {
	rows    int
	stratum []int     // of each row, any numbers; nil: none
	group   []int     // of each row, from 0 as they come; nil: every row by itself
	groups  int       // how many
	time    []float64 // of each row, NaN where it has none; nil: rows have no order
	gap     float64
	clock   table.Field // the column of time
}

// Independent is the layout of so many rows without a structure.
func Independent(rows int) *Layout { return &Layout{rows: rows} }

// ByClass gives the layout with divisions stratified by the class of each row, if
// no column of strata is declared; nil classes are none.
func (l *Layout) ByClass(classes []float64) *Layout {
	if l.stratum != nil || classes == nil {
		return l
	}
	stratified := *l
	stratified.stratum = make([]int, len(classes))
	for row, class := range classes {
		stratified.stratum[row] = int(class)
	}
	return &stratified
}

// Rows gives how many rows it is of.
func (l *Layout) Rows() int { return l.rows }

// Free gives how many rows or groups there are that can be held out by themselves.
func (l *Layout) Free() int {
	if l.group != nil {
		return l.groups
	}
	return l.rows
}

// Plain says that rows are independent: held out at random, one by one.
func (l *Layout) Plain() bool { return l.group == nil && l.time == nil }

// Forward says that what is held out is later than what is learned from.
func (l *Layout) Forward() bool { return l.time != nil }

// Clock gives the column by which rows have an order, its type, and the time of each
// row, NaN where it has none; "" where they have no order.
func (l *Layout) Clock() (column string, of table.Type, times []float64) {
	return l.clock.Name, l.clock.Type, l.time
}

// Gap gives how long before what is held out learning ends, in the unit of the times.
func (l *Layout) Gap() float64 { return l.gap }

// join sets the groups from the first row of each row's group.
func (l *Layout) join(first []int) {
	l.group, l.groups = make([]int, l.rows), 0
	number := make(map[int]int, l.rows)
	for row, f := range first {
		if f == row {
			number[row] = l.groups
			l.groups++
		}
		l.group[row] = number[f]
	}
}

// Take gives the layout of some of the rows, in that order.
func (l *Layout) Take(rows []int) *Layout {
	part := &Layout{rows: len(rows), stratum: pick(l.stratum, rows), time: pick(l.time, rows), gap: l.gap, clock: l.clock}
	if l.group != nil {
		at, first := map[int]int{}, make([]int, len(rows))
		for i, row := range rows {
			g := l.group[row]
			if _, ok := at[g]; !ok {
				at[g] = i
			}
			first[i] = at[g]
		}
		part.join(first)
	}
	return part
}

// pick gives the values of some rows; nil of nil.
func pick[T any](values []T, rows []int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = values[row]
	}
	return out
}

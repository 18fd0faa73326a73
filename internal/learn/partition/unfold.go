package partition

import (
	"cmp"
	"math"
	"slices"
)

// Unfold goes through the rows as time did, for what is learned from the past
// only: when a row is asked about, learned are exactly the rows that a division
// which holds it out would have learned from, those earlier by the gap. Rows
// without a time come first. The layout must be Forward.
func (l *Layout) Unfold(ask, learn func(row int)) {
	var undated []int
	for row, v := range l.time {
		if math.IsNaN(v) {
			undated = append(undated, row)
		}
	}
	for _, row := range undated {
		ask(row)
	}
	for _, row := range undated {
		learn(row)
	}
	rows := l.byTime()
	known := 0
	for _, row := range rows {
		for known < len(rows) && l.time[rows[known]] < l.time[row]-l.gap {
			learn(rows[known])
			known++
		}
		ask(row)
	}
}

// Groups gives the number of each row's group, from 0; nil where every row is by
// itself. It is shared.
func (l *Layout) Groups() []int { return l.group }

// Sorted gives the rows by time, those without one first, and of one moment as
// they stand; as they stand where they have no order.
func (l *Layout) Sorted() []int {
	rows := make([]int, l.rows)
	for row := range rows {
		rows[row] = row
	}
	if l.time != nil {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(l.time[a], l.time[b]) }) // NaN is first of all
	}
	return rows
}

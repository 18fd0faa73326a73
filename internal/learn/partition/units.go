package partition

import (
	"cmp"
	"math"
	"slices"

	"labbook/internal/data/metrics"
)

// Units gives what a bootstrap of the rows draws: groups whole, moments in blocks
// of time, or, of groups in time, blocks of groups as they begin; nil where rows
// are independent.
func (l *Layout) Units() *metrics.Units {
	switch {
	case l.time != nil:
		begun := slices.Clone(l.time)
		if l.group != nil {
			first := slices.Repeat([]float64{math.Inf(1)}, l.groups)
			for row, g := range l.group {
				if v := l.time[row]; cmp.Less(v, first[g]) { // NaN is first of all
					first[g] = v
				}
			}
			for row, g := range l.group {
				begun[row] = first[g]
			}
		}
		of, count := l.numbered(begun)
		return metrics.NewUnits(of, count, true)
	case l.group != nil:
		return metrics.NewUnits(l.group, l.groups, false)
	}
	return nil
}

// numbered gives each row the number of its unit: rows of one group, or, without
// groups, of one moment. They are numbered in the order of what stands for when
// they begin.
func (l *Layout) numbered(begun []float64) (of []int, count int) {
	rows := make([]int, l.rows)
	for row := range rows {
		rows[row] = row
	}
	group := func(row int) int {
		if l.group == nil {
			return 0
		}
		return l.group[row]
	}
	order := func(a, b int) int {
		return cmp.Or(cmp.Compare(begun[a], begun[b]), cmp.Compare(group(a), group(b)))
	}
	slices.SortStableFunc(rows, order)
	of = make([]int, l.rows)
	for place, row := range rows {
		if place == 0 || order(rows[place-1], row) != 0 {
			count++
		}
		of[row] = count - 1
	}
	return of, count
}

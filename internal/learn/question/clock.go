package question

import (
	"cmp"
	"math"
	"slices"

	"labbook/internal/data/table"
)

// clock is a column that may order the rows in time, and what says so.
type clock struct {
	*column
	moments  bool    // its dates have times of day, and most rows one of their own
	repeats  float64 // how far the target of a row is that of the row before
	evidence string  // "the rows stand in its order"; "" where nothing says that it orders them
}

// clocks gives the dates, each with what says that it orders the rows in time:
// the rows stand in its order; or the target repeats itself along it; or its
// dates are moments, at which rows came about one by one.
func clocks(columns []*column, target *table.Column) []*clock {
	var all []*clock
	for _, c := range columns {
		if c.Type != table.Date || c.constant || c.copied != "" || 10*c.present < 9*c.Len() || !days(c.Num) {
			continue
		}
		k := &clock{column: c, repeats: repetition(c.Num, outcomes(target))}
		k.moments = momentary(c.Num)
		switch {
		case c.orders:
			k.evidence = "the rows stand in its order"
		case k.repeats > 0:
			k.evidence = "the target repeats itself along it"
		case k.moments:
			k.evidence = "it has a moment for each row"
		}
		all = append(all, k)
	}
	slices.SortStableFunc(all, func(a, b *clock) int {
		return cmp.Or(order(b.orders, a.orders), cmp.Compare(b.repeats, a.repeats), order(b.moments, a.moments))
	})
	return all
}

// days says that the dates are of more than one day: not times of day alone.
func days(seconds []float64) bool {
	least, most := math.Inf(1), math.Inf(-1)
	for _, s := range seconds {
		if s == s {
			least, most = min(least, s), max(most, s)
		}
	}
	return most-least >= day
}

// day is how many seconds one has.
const day = 24 * 3600

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// momentary says that the dates have times of day that differ, and that most
// rows have a moment of their own.
func momentary(seconds []float64) bool {
	distinct, times, n := map[float64]bool{}, map[float64]bool{}, 0
	for _, s := range seconds {
		if s == s && n < mostLooked {
			n++
			distinct[s], times[math.Mod(s, day)] = true, true
		}
	}
	return len(times) > 10 && 2*len(distinct) > n
}

// outcomes gives the target as numbers, one list for a number and for each of
// the most frequent classes.
func outcomes(c *table.Column) [][]float64 {
	if c.Type != table.Category {
		return [][]float64{c.Num}
	}
	const most = 5
	var all [][]float64
	classes := classesOf(c)
	for _, class := range classes[:min(len(classes), most)] {
		code := int32(slices.Index(c.Levels, class.Name))
		list := make([]float64, len(c.Codes))
		for i, x := range c.Codes {
			switch x {
			case -1:
				list[i] = math.NaN()
			case code:
				list[i] = 1
			}
		}
		all = append(all, list)
	}
	return all
}

// repetition gives how far the outcome of a row is that of the row before it in
// time, as a correlation: the largest of any outcome, 0 where it is no more than
// chance.
func repetition(at []float64, outcomes [][]float64) float64 {
	rows := inOrder(at)
	best := 0.
	for _, y := range outcomes {
		best = max(best, lagged(rows, y, 1))
	}
	return best
}

// inOrder gives the rows that have a time, by it; those of one moment as they
// stand.
func inOrder(at []float64) []int {
	var rows []int
	for i, s := range at {
		if s == s {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	return rows
}

// lagged gives the correlation of the outcome with that of so many rows before,
// 0 where it is below a tenth or within five standard errors of none.
func lagged(rows []int, y []float64, lag int) float64 {
	var n, mean, squares, products float64
	for _, row := range rows {
		if v := y[row]; v == v {
			n++
			mean += (v - mean) / n
		}
	}
	for i, row := range rows {
		if v := y[row]; v == v {
			squares += (v - mean) * (v - mean)
			if i >= lag && y[rows[i-lag]] == y[rows[i-lag]] {
				products += (v - mean) * (y[rows[i-lag]] - mean)
			}
		}
	}
	r := products / squares
	if !(r > .1 && r*math.Sqrt(n) > 5) {
		return 0
	}
	return r
}

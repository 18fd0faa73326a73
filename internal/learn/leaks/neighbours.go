package leaks

import (
	"math"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// likeNeighbours is how alike the outcomes of neighbours in time are, at least,
// for a split at random to be a test of interpolation.
const likeNeighbours = 0.5

// neighbours looks for a time by which the outcome goes on where it was: at
// random, the test part lies between rows of the training part.
func (c *court) neighbours() ([]notebook.Finding, string) {
	if c.ByTime {
		return nil, "the test part is later than the training part"
	}
	var all []notebook.Finding
	looked := false
	for _, column := range c.train.Columns {
		if column.Type != table.Date || column.Name == c.Target || c.test.Column(column.Name) == nil {
			continue
		}
		looked = true
		alike, low := c.alike(column.Name)
		if low >= likeNeighbours {
			all = append(all, checks.Neighbours.Finding(column.Name, 0,
				"%s goes on where it was from one %s to the next (%.2f): a split at random tests rows between those that were learned from; split by: time, column: %s tests what comes",
				c.Target, column.Name, alike, column.Name))
		}
	}
	if !looked {
		return nil, "there is no column of dates"
	}
	return all, ""
}

// alike says how the outcomes of neighbours in time go together, over both
// parts: the autocorrelation of numbers; of classes the agreement beyond chance
// (Cohen's κ). low is the lower end of its interval at 95 % were they not alike.
func (c *court) alike(time string) (value, low float64) {
	type moment struct{ at, y float64 }
	var all []moment
	for _, p := range []part{c.train, c.test} {
		at := p.Column(time)
		for i := range p.Rows() {
			if at.IsMissing(i) {
				continue
			}
			y := 0.0
			if p.column.Type == table.Category {
				y = float64(p.column.Codes[i])
			} else {
				y = p.column.Num[i]
			}
			all = append(all, moment{at.Num[i], y})
		}
	}
	const fewest = 50 // moments
	slices.SortStableFunc(all, func(a, b moment) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	distinct := 1
	for i := 1; i < len(all); i++ {
		if all[i].at != all[i-1].at {
			distinct++
		}
	}
	if distinct < fewest {
		return math.NaN(), math.NaN()
	}
	ys := make([]float64, len(all))
	for i, m := range all {
		ys[i] = m.y
	}
	if c.train.column.Type == table.Category {
		value = agreement(ys)
	} else {
		value = autocorrelation(ys)
	}
	return value, value - 1.959964/math.Sqrt(float64(len(all)))
}

// autocorrelation is that of lag 1; NaN of a constant.
func autocorrelation(ys []float64) float64 {
	var mean float64
	for _, y := range ys {
		mean += y / float64(len(ys))
	}
	var along, total float64
	for i, y := range ys {
		total += (y - mean) * (y - mean)
		if i > 0 {
			along += (y - mean) * (ys[i-1] - mean)
		}
	}
	return along / total
}

// agreement is Cohen's κ between neighbours; NaN of a constant.
func agreement(ys []float64) float64 {
	counts := map[float64]float64{}
	same := 0.0
	for i, y := range ys {
		counts[y]++
		if i > 0 && y == ys[i-1] {
			same++
		}
	}
	n := float64(len(ys))
	var chance float64
	for _, c := range counts {
		chance += c / n * c / n
	}
	return (same/(n-1) - chance) / (1 - chance)
}

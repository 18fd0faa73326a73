package calibration

import (
	"math"
	"slices"
	"sort"
)

// Curve gives, for probabilities that were said, what came true; both rise.
// Between two of them it is a line, beyond the ends level.
type Curve struct {
	Said []float64 `json:"said"`
	True []float64 `json:"true"`
}

func (c Curve) at(p float64) float64 {
	n := len(c.Said)
	i := sort.SearchFloat64s(c.Said, p)
	switch {
	case math.IsNaN(p):
		return p
	case i == 0:
		return c.True[0]
	case i == n:
		return c.True[n-1]
	}
	share := (p - c.Said[i-1]) / (c.Said[i] - c.Said[i-1])
	return c.True[i-1] + share*(c.True[i]-c.True[i-1])
}

// rises says whether the curve is one: strictly rising in what was said, and
// never falling between 0 and 1 in what came true.
func (c Curve) rises() bool {
	if len(c.Said) == 0 || len(c.Said) != len(c.True) {
		return false
	}
	for i, p := range c.Said {
		if !(p-p == 0 && c.True[i] > 0 && c.True[i] < 1) || i > 0 && !(c.Said[i-1] < p && c.True[i-1] <= c.True[i]) {
			return false
		}
	}
	return true
}

func fitIsotonic(p, actual []float64, k int) *Map {
	m := &Map{Method: Isotonic, Rows: len(actual)}
	said, is := make([]float64, len(actual)), make([]float64, len(actual))
	for class := k - curves(k); class < k; class++ {
		for i, y := range actual {
			said[i], is[i] = p[i*k+class], 0
			if int(y) == class {
				is[i] = 1
			}
		}
		m.Curves = append(m.Curves, rising(said, is))
	}
	return m
}

// block is a run of rows with one mean.
type block struct{ from, to, sum, rows float64 }

func (b block) mean() float64 { return b.sum / b.rows }

// rising gives the rising curve with the least squared distance from what is true
// of each row, by pooling adjacent violators (Ayer et al., "An Empirical
// Distribution Function for Sampling with Incomplete Information", Ann. Math.
// Stat. 26, 1955). It is never surer than one row in twice their number: from some
// rows that were all alike nobody knows that the next will be.
func rising(said, is []float64) Curve {
	order := make([]int, len(said))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case said[a] < said[b]:
			return -1
		case said[a] > said[b]:
			return 1
		}
		return 0
	})
	var blocks []block
	for _, i := range order {
		if n := len(blocks); n > 0 && blocks[n-1].to == said[i] {
			blocks[n-1].sum, blocks[n-1].rows = blocks[n-1].sum+is[i], blocks[n-1].rows+1
			continue
		}
		blocks = append(pooled(blocks), block{said[i], said[i], is[i], 1})
	}
	blocks = pooled(blocks)
	least := 1 / (2 * float64(len(said)+1))
	var c Curve
	for _, b := range blocks {
		v := min(max(b.mean(), least), 1-least)
		c.Said, c.True = append(c.Said, b.from), append(c.True, v)
		if b.to > b.from {
			c.Said, c.True = append(c.Said, b.to), append(c.True, v)
		}
	}
	return c
}

// pooled joins the last block with those before it whose mean is not below its own.
func pooled(blocks []block) []block {
	for n := len(blocks); n > 1 && blocks[n-2].mean() >= blocks[n-1].mean(); n-- {
		a, b := blocks[n-2], blocks[n-1]
		blocks = append(blocks[:n-2], block{a.from, b.to, a.sum + b.sum, a.rows + b.rows})
	}
	return blocks
}

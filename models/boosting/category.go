package boosting

import (
	"cmp"
	"slices"
)

// maxCategories is how many categories the smaller side of a split may hold
// (LightGBM's max_cat_threshold).
const maxCategories = 32

// category tries the splits of a column whose bins have no order. Sorted by
// gradient over Hessian, the best of all 2^(k-1) partitions is one of the k-1
// that cut the order in two (Fisher 1958; Ke et al., "LightGBM", 2017). Against
// noise, of which many small categories have much, CatSmooth keeps them near the
// middle, and those of fewer than CatMinRows rows in the node go where the
// missing go, to the right, and choose nothing.
func (s *search) category(j int, c *column, g, h []int64, p *Params) {
	type bin struct {
		at    int
		sums  sums
		order float64
	}
	bins := make([]bin, 0, c.bins)
	for b := range c.bins {
		x := bin{at: b, sums: s.at(g, h, b)}
		if s.count(x.sums) < int64(p.CatMinRows) {
			continue
		}
		x.order = s.gradient(x.sums) / (s.hessian(x.sums) + p.CatSmooth)
		bins = append(bins, x)
	}
	slices.SortStableFunc(bins, func(a, b bin) int { return cmp.Compare(a.order, b.order) })
	for _, backwards := range []bool{false, true} {
		if backwards {
			slices.Reverse(bins)
		}
		var left sums
		taken := -1
		for k := 0; k < len(bins) && k < maxCategories; k++ {
			left = left.plus(bins[k].sums)
			if s.try(left) {
				taken = k
				s.best = split{column: j, left: left}
			}
		}
		if taken >= 0 {
			s.best.codes = newBinSet(c.bins)
			for _, b := range bins[:taken+1] {
				s.best.codes.add(b.at)
			}
		}
	}
}

// try weighs one split, given the sums of its left side, and says whether it
// is better than the best before. The missing always go right.
func (s *search) try(left sums) bool {
	right := s.total.minus(left)
	if !s.allows(left) || !s.allows(right) {
		return false
	}
	score := s.penalty.score(left) + s.penalty.score(right)
	if !(score > s.score) {
		return false
	}
	s.score = score
	return true
}

package boosting

import "math"

// bounds keep the values of a node's leaves, so that a column under a monotone
// constraint keeps its promise across branches, as XGBoost does: a split of
// such a column lets its children meet at the middle of their values.
type bounds struct{ low, high float64 }

func unbounded() bounds { return bounds{math.Inf(-1), math.Inf(1)} }

func (b bounds) clamp(v float64) float64 { return min(max(v, b.low), b.high) }

// under gives the bounds of both children of a split of a column with the
// given sign.
func (b bounds) under(sign int, left, right float64) (bounds, bounds) {
	middle := left/2 + right/2
	switch sign {
	case 1:
		return bounds{b.low, middle}, bounds{middle, b.high}
	case -1:
		return bounds{middle, b.high}, bounds{b.low, middle}
	}
	return b, b
}

// boundedScore is score for rows whose value the bounds may keep from being
// the best.
func (p *penalty) boundedScore(s sums, b bounds) (score, value float64) {
	value = b.clamp(p.value(s))
	w := value / p.gradientUnit
	g, h := p.gradient(s), p.hessian(s)
	return -(2*g*w + (h+p.lambda)*w*w + 2*p.alpha*math.Abs(w)), value
}

// monotone is number for trees with constraints: sign is the column's, 0 for
// none, and b the node's bounds.
func (s *search) monotone(j int, c *column, g, h []int64, sign int, b bounds) {
	var missing sums
	if c.missing {
		missing = s.at(g, h, c.bins)
	}
	for _, missingLeft := range []bool{false, true} {
		left, last := sums{}, c.bins-1
		if missingLeft {
			if missing == (sums{}) {
				break
			}
			left = missing
		} else if missing != (sums{}) {
			last++
		}
		for k := range last {
			left = left.plus(s.at(g, h, k))
			right := s.total.minus(left)
			if !s.allows(left) || !s.allows(right) {
				continue
			}
			ls, lv := s.boundedScore(left, b)
			rs, rv := s.boundedScore(right, b)
			if float64(sign)*(rv-lv) < 0 || !(ls+rs > s.score) {
				continue
			}
			s.score = ls + rs
			s.best = split{column: j, bin: k, left: left, missingLeft: missingLeft}
			if missing == (sums{}) {
				s.best.missingLeft = 2*s.count(left) > s.count(s.total)
			}
		}
	}
}

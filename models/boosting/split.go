package boosting

import (
	"bytes"
	"math"
	"slices"
)

// split is how a node parts its rows.
type split struct {
	gain        float64 // the drop of the (doubled, as in XGBoost) loss
	column      int
	bin         int    // of a number: bins 0 … bin go left
	codes       binSet // of a category: these bins go left; nil for numbers
	missingLeft bool   // where the missing go
	left        sums   // of the rows that go left
}

// binSet is a set of bins.
type binSet []uint64

func newBinSet(bins int) binSet { return make(binSet, (bins+63)/64) }
func (s binSet) add(b int)      { s[b>>6] |= 1 << (b & 63) }
func (s binSet) has(b int) bool { return s[b>>6]>>(b&63)&1 == 1 }

// sides says for each bin whether it goes left (0) or right (1), in the memory
// of into where that is enough. There are at least byteBins, so that a bin of 8
// bits needs no check.
func (s *split) sides(c *column, into []uint8) []uint8 {
	n := max(c.all(), byteBins)
	side := slices.Grow(into[:0], n)[:n]
	clear(side)
	if s.codes == nil {
		fillOnes(side[s.bin+1 : c.bins])
	} else {
		for b := range c.bins {
			if !s.codes.has(b) {
				side[b] = 1
			}
		}
	}
	if !s.missingLeft {
		fillOnes(side[c.bins:])
	}
	return side
}

// fillOnes sets all to 1.
func fillOnes(side []uint8) {
	for len(side) > 0 {
		side = side[copy(side, ones[:]):]
	}
}

var ones = [byteBins]uint8(bytes.Repeat([]byte{1}, byteBins))

// penalty is what a tree's leaves are weighed with: Chen and Guestrin,
// "XGBoost: A Scalable Tree Boosting System" (2016), equations 5 and 7, with
// the L1 penalty of its implementation. Gradients count in units of
// gradientUnit, and so does alpha; Hessians in units of hessianUnit, which is
// 0 where every Hessian is 1 and the count stands for their sum. Elsewhere a
// child needs a unit at least, for less than that is not told from nothing.
type penalty struct {
	packing
	lambda, alpha, minChild   float64
	minRows                   int64
	gradientUnit, hessianUnit float64
	words                     bool // histograms hold words, see wordOf
}

// allows says whether a child may be made of rows with these sums.
func (p *penalty) allows(child sums) bool {
	return p.count(child) >= p.minRows && p.hessian(child) >= p.minChild
}

// hessian gives the sum of Hessians.
func (p *penalty) hessian(s sums) float64 {
	if p.hessianUnit == 0 {
		return float64(p.count(s))
	}
	return float64(s.h) * p.hessianUnit
}

// shrunk is the size of a sum of gradients beyond the L1 penalty.
func (p *penalty) shrunk(g float64) float64 {
	return max(math.Abs(g)-p.alpha, 0)
}

// score is how far the loss falls when the rows get their best value, in
// squared gradient units.
func (p *penalty) score(s sums) float64 {
	g := p.shrunk(p.gradient(s))
	if g == 0 {
		return 0
	}
	return g * g / (p.hessian(s) + p.lambda)
}

// value is the value of a leaf that lowers the loss most.
func (p *penalty) value(s sums) float64 {
	g := p.gradient(s)
	size := p.shrunk(g)
	if size == 0 {
		return 0
	}
	return math.Copysign(size*p.gradientUnit/(p.hessian(s)+p.lambda), -g)
}

// search looks for the best split of one node.
type search struct {
	*penalty
	total sums
	best  split
	base  float64 // the node's own score; scores are in squared gradient units
	score float64 // the sum of both sides' scores at the best split
}

// newSearch takes only splits that gain more than gamma over the node's own
// score.
func newSearch(p *penalty, total sums, base, gamma float64) search {
	u := p.gradientUnit
	return search{penalty: p, total: total, base: base, score: base + max(gamma, minGain)/(u*u), best: split{column: -1}}
}

// minGain is the gain below which a split is taken for noise of rounding
// (XGBoost's kRtEps).
const minGain = 1e-6

// found says whether there is a split, and settles its gain.
func (s *search) found() bool {
	if s.best.column < 0 {
		return false
	}
	u := s.gradientUnit
	s.best.gain = (s.score - s.base) * u * u
	return true
}

// at gives the sums of a bin of a column.
func (p *penalty) at(g, h []int64, b int) sums {
	switch {
	case p.words:
		return wordSums(g[b])
	case len(h) > 0:
		return sums{g[b], h[b]}
	}
	return sums{g: g[b]}
}

// number tries the splits of a numeric column. g and h are the column's bins
// in the node's histograms, h empty where the count stands for the Hessian or a
// word has both.
func (s *search) number(j int, c *column, g, h []int64) {
	var missing sums
	if c.missing {
		missing = s.at(g, h, c.bins)
	}
	last := c.bins - 1
	if missing == (sums{}) {
		if s.scan(j, g[:last], h, sums{}) {
			// Unseen missing values follow the larger side.
			s.best.missingLeft = 2*s.count(s.best.left) > s.count(s.total)
		}
		return
	}
	if s.scan(j, g[:last+1], h, sums{}) {
		s.best.missingLeft = false
	}
	if s.scan(j, g[:last], h, missing) {
		s.best.missingLeft = true
	}
}

// scan tries every bin of g as the last of the left side, which starts with
// the sums of start, and says whether one is better than the best before.
func (s *search) scan(j int, g, h []int64, start sums) bool {
	switch {
	case s.words:
		return s.scanWords(j, g, wordOf(start))
	case len(h) > 0:
		return s.scanPairs(j, g, h, start)
	}
	return s.scanCounts(j, g, start.g)
}

// scanCounts is scan where every Hessian is 1. It divides only when it finds
// a better split: scores are compared by their fractions.
func (s *search) scanCounts(j int, g []int64, left int64) bool {
	all, sum, bits := s.count(s.total), s.gradient(s.total), s.packing&63
	mask := int64(1)<<bits - 1
	lambda, alpha, least := s.lambda, s.alpha, s.leastCount()
	score, at, bestLeft := s.score, -1, int64(0)
	b := 0
	for b < len(g) && (left+g[b])&mask < least {
		left += g[b]
		b++
	}
	for ; b < len(g); b++ {
		left += g[b]
		count := left & mask
		if all-count < least {
			break
		}
		gl := float64(left >> bits)
		gr := math.Abs(sum-gl) - alpha
		gl = math.Abs(gl) - alpha
		if gl < 0 {
			gl = 0
		}
		if gr < 0 {
			gr = 0
		}
		hl, hr := float64(count)+lambda, float64(all-count)+lambda
		n, d := gl*gl*hr+gr*gr*hl, hl*hr
		if n > score*d && g[b] != 0 {
			score, at, bestLeft = n/d, b, left
		}
	}
	if at < 0 {
		return false
	}
	s.score = score
	s.best = split{column: j, bin: at, left: sums{g: bestLeft}}
	return true
}

// leastCount is how many rows of a Hessian of 1 a child needs.
func (p *penalty) leastCount() int64 {
	return max(int64(math.Ceil(min(p.minChild, maxRows+1))), p.minRows)
}

// scanWords is scan where the bins hold words.
func (s *search) scanWords(j int, g []int64, left int64) bool {
	sum, all := s.gradient(s.total), float64(s.total.h)*s.hessianUnit
	unit, lambda, alpha, least := s.hessianUnit, s.lambda, s.alpha, s.minChild
	rows, minRows := s.count(s.total), s.minRows
	score, at, bestLeft := s.score, -1, int64(0)
	b := 0
	for b < len(g) && (left+g[b])&wordMask < minRows {
		left += g[b]
		b++
	}
	for ; b < len(g); b++ {
		left += g[b]
		hl := float64(left>>wordBits&wordHessian) * unit
		hr := all - hl
		if hl < least {
			continue
		}
		if hr < least || rows-left&wordMask < minRows {
			break
		}
		gl := float64(left >> (wordBits + wordHessianBits))
		gr := math.Abs(sum-gl) - alpha
		gl = math.Abs(gl) - alpha
		if gl < 0 {
			gl = 0
		}
		if gr < 0 {
			gr = 0
		}
		hl += lambda
		hr += lambda
		n, d := gl*gl*hr+gr*gr*hl, hl*hr
		if n > score*d && g[b] != 0 {
			score, at, bestLeft = n/d, b, left
		}
	}
	if at < 0 {
		return false
	}
	s.score = score
	s.best = split{column: j, bin: at, left: wordSums(bestLeft)}
	return true
}

// scanPairs is scan with sums of Hessians beside those of gradients.
func (s *search) scanPairs(j int, g, h []int64, left sums) bool {
	sum, all, most := s.gradient(s.total), float64(s.total.h)*s.hessianUnit, s.count(s.total)-s.minRows
	lambda, alpha, least := s.lambda, s.alpha, s.minChild
	score, at, bestLeft := s.score, -1, sums{}
	h = h[:len(g)]
	for b, v := range g {
		if v == 0 {
			continue
		}
		left.g += v
		left.h += h[b]
		hl := float64(left.h) * s.hessianUnit
		if hl < least || s.count(left) < s.minRows {
			continue
		}
		hr := all - hl
		if hr < least || s.count(left) > most {
			break
		}
		gl := s.gradient(left)
		gr := max(math.Abs(sum-gl)-alpha, 0)
		gl = max(math.Abs(gl)-alpha, 0)
		hl += lambda
		hr += lambda
		n, d := gl*gl*hr+gr*gr*hl, hl*hr
		if n > score*d {
			score, at, bestLeft = n/d, b, left
		}
	}
	if at < 0 {
		return false
	}
	s.score = score
	s.best = split{column: j, bin: at, left: bestLeft}
	return true
}

package boosting

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// Gradients are summed as integers: sums are then exact and free of order, so
// that a model is the same for any number of goroutines and any order of rows,
// and a sibling's histogram is exactly the difference of two. A gradient is
// rounded to so few bits that the sum of all fits beside a count of the rows
// into an int64: one addition sums both.
const (
	leastCountBits = 24
	hessianBits    = 62

	// maxRows leaves 8 bits to the largest gradient.
	maxRows = 1<<27 - 1
)

// packing is how many of the lower bits of packed gradients are the count's.
type packing uint

// packingOf gives the packing of sums over up to n rows.
func packingOf(n int) packing { return packing(max(leastCountBits, bits.Len(uint(n)))) }

// gradientBits is how many bits a sum of gradients has, besides its sign.
func (p packing) gradientBits() int { return 63 - int(p) }

// count is the number of rows that the tree learns from.
func (p packing) count(s sums) int64 { return s.g & (1<<p - 1) }

// gradient is the sum of gradients in units of the tree's gradientUnit.
func (p packing) gradient(s sums) float64 { return float64(s.g >> p) }

// Where a loss has Hessians that differ, up to wordRows rows have the sums of
// both and the count in one word: the gradient in its upper 24 bits, the
// Hessian, which is not negative, in the 22 below, the count in the last 18. So
// few bits are enough since their unit follows from the sum of all, and not
// from the largest, and since values are rounded up as often as their remainder says, by
// the place of their row (Shi et al., "Quantized Training of Gradient Boosting
// Decision Trees", 2022), so that errors cancel: with 43,000 rows a unit is a
// 190th of the mean gradient, with 262,000 a 32nd.
const (
	wordBits         = 18
	wordHessianBits  = 22
	wordGradientBits = 24
	wordMask         = 1<<wordBits - 1
	wordHessian      = 1<<wordHessianBits - 1

	wordRows = wordMask
)

// wordOf gives sums as a word.
func wordOf(s sums) int64 {
	return s.g>>leastCountBits<<(wordBits+wordHessianBits) + s.h<<wordBits + packing(leastCountBits).count(s)
}

// wordSums is the inverse of wordOf.
func wordSums(w int64) sums {
	return sums{w>>(wordBits+wordHessianBits)<<leastCountBits | w&wordMask, w >> wordBits & wordHessian}
}

// wordUnit gives the unit of n values whose absolute values add up to total, so
// that their sum fits into bits, though each may be rounded up.
func wordUnit(total float64, n, bits int) float64 {
	return max(total/float64(1<<bits-1-n), math.Ldexp(1, -1000))
}

// packWords rounds gradients and Hessians, given by their bits, to their units,
// and puts the words of rows first … in the gradients' place; those that the
// sample leaves out get 0. It gives the sum.
func packWords(g, h []int64, gradientUnit, hessianUnit float64, first int, seed uint64, sample []bool) (sum int64) {
	gradientScale, hessianScale := (1<<wordFraction)/gradientUnit, (1<<wordFraction)/hessianUnit
	at := uint64(first)*golden + seed
	h = h[:len(g)]
	for i, of := range g {
		at += golden
		word := wordNear(float64(math.Float64frombits(uint64(of))*gradientScale), float64(math.Float64frombits(uint64(h[i]))*hessianScale), at)
		g[i] = word
		sum += word
	}
	return sum - leaveOut(g, sample)
}

const (
	wordFraction = 16                 // bits that decide about rounding up
	golden       = 0x9e3779b97f4a7c15 // steps by the golden ratio come everywhere evenly
)

// wordNear gives the word of a row, of which bits of at decide what is rounded up.
// The numbers are 1<<wordFraction times what they are in their units.
func wordNear(gradient, hessian float64, at uint64) int64 {
	x := (int64(gradient) + int64(at>>48)) >> wordFraction
	y := (int64(hessian) + int64(at>>32&0xffff)) >> wordFraction
	return x<<(wordBits+wordHessianBits) + y<<wordBits + 1
}

// packResiduals is packWords where Hessians are curvature |g|(1-|g|).
func packResiduals(g []int64, curvature, gradientUnit, hessianUnit float64, first int, seed uint64, sample []bool) (sum int64) {
	gradientScale, hessianScale := (1<<wordFraction)/gradientUnit, (1<<wordFraction)*curvature/hessianUnit
	at := uint64(first)*golden + seed
	for i, of := range g {
		at += golden
		x := math.Float64frombits(uint64(of))
		y := math.Abs(x)
		word := wordNear(float64(x*gradientScale), float64(float64(y*(1-y))*hessianScale), at)
		g[i] = word
		sum += word
	}
	return sum - leaveOut(g, sample)
}

// spread writes gradients, given by their bits, and the Hessians that
// packResiduals supposes, times the weights of their rows; nil are all 1.
func spread(g, h []float64, bits []int64, curvature float64, weights []float64) {
	for i, of := range bits {
		x, weight := math.Float64frombits(uint64(of)), weight(weights, i)
		size := math.Abs(x)
		g[i], h[i] = weight*x, weight*max(curvature*size*(1-size), smallestHessian)
	}
}

// sums are the sums over some rows: of packed gradients and counts, and of
// Hessians where those differ between rows.
type sums struct{ g, h int64 }

func (s sums) minus(o sums) sums { return sums{s.g - o.g, s.h - o.h} }
func (s sums) plus(o sums) sums  { return sums{s.g + o.g, s.h + o.h} }

// unitFor gives the power of two that values up to size are divided by so
// that the sum of n of them fits into bits.
func unitFor(size float64, n, bits int) float64 {
	if size == 0 || math.IsNaN(size) {
		return 1
	}
	_, exponent := math.Frexp(size) // size < 2^exponent
	rows := int(math.Ceil(math.Log2(float64(max(n, 2)))))
	return math.Ldexp(1, max(exponent+rows-bits+1, -1000))
}

// rounder turns x, |x| < 2^39, into the nearest integer when added: the unit of a
// float64 of that size is 1. The integer is in the lower bits, and shifting it by
// leastCountBits or more leaves nothing of the others.
const rounder = 1.5 * (1 << 52)

// pack rounds gradients, given by their bits, to the unit in place, and joins
// each with a count of 1; rows that the sample leaves out get 0, and so take no
// part in any sum. It gives the sum.
func (p packing) pack(g []int64, unit float64, sample []bool) (sum int64) {
	scale := 1 / unit
	shift := p & 63 // said so that shifting needs no check
	for i, of := range g {
		scaled := float64(math.Float64frombits(uint64(of)) * scale)
		x := int64(math.Float64bits(scaled+rounder)<<shift | 1)
		g[i] = x
		sum += x
	}
	return sum - leaveOut(g, sample)
}

// packHessians does the same to Hessians, whose sums have an int64 of their
// own.
func packHessians(h []int64, unit float64, sample []bool) (sum int64) {
	scale := 1 / unit
	for i, of := range h {
		x := int64(math.Float64frombits(uint64(of)) * scale)
		h[i] = x
		sum += x
	}
	return sum - leaveOut(h, sample)
}

// leaveOut clears the values outside the sample, nil for all, and gives their
// sum.
func leaveOut(values []int64, sample []bool) (sum int64) {
	for i, in := range sample {
		keep := int64(0) // or all bits: a branch would be mispredicted
		if in {
			keep = -1
		}
		sum += values[i] &^ keep
		values[i] &= keep
	}
	return sum
}

// size is the largest absolute value of several slices. NaN is above all.
type size struct{ bits atomic.Uint64 }

// cover takes the values of one more slice into account, writes their bits, and
// gives the sum of their absolute values.
func (s *size) cover(into []int64, values []float64) (sum float64) {
	var most uint64 // floats above 0 are in the order of their bits
	other := 0.0    // a second sum, as one addition waits for another
	into = into[:len(values)]
	for i, v := range values {
		bits := math.Float64bits(v)
		most = max(most, bits&^(1<<63))
		into[i] = int64(bits)
		sum, other = other, sum+math.Abs(v)
	}
	s.include(most)
	return sum + other
}

// include takes one more absolute value, given by its bits, into account.
func (s *size) include(most uint64) {
	for {
		old := s.bits.Load()
		if old >= most || s.bits.CompareAndSwap(old, most) {
			return
		}
	}
}

func (s *size) value() float64 { return math.Float64frombits(s.bits.Load()) }

package boosting

import (
	"math"
	"sync/atomic"
)

// Gradients are summed as integers: sums are then exact and free of order, so
// that a model is the same for any number of goroutines and any order of rows,
// and a sibling's histogram is exactly the difference of two. A gradient is
// rounded to so few bits that the sum of all fits into 39, and shares its
// int64 with a count of 1: one addition sums both.
const (
	countBits    = 24
	countMask    = 1<<countBits - 1
	gradientBits = 39
	hessianBits  = 62

	maxRows = countMask
)

// sums are the sums over some rows: of packed gradients and counts, and of
// Hessians where those differ between rows.
type sums struct{ g, h int64 }

func (s sums) minus(o sums) sums { return sums{s.g - o.g, s.h - o.h} }
func (s sums) plus(o sums) sums  { return sums{s.g + o.g, s.h + o.h} }

// count is the number of rows that the tree learns from.
func (s sums) count() int64 { return s.g & countMask }

// gradient is the sum of gradients in units of the tree's gradientUnit.
func (s sums) gradient() float64 { return float64(s.g >> countBits) }

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

// rounder turns x, |x| < 2^gradientBits, into the nearest integer when added:
// the unit of a float64 of that size is 1. The integer is in the lower bits,
// and shifting it by countBits leaves nothing of the others.
const rounder = 1.5 * (1 << 52)

// pack rounds gradients, given by their bits, to the unit in place, and joins
// each with a count of 1; rows that the sample leaves out get 0, and so take no
// part in any sum. It gives the sum.
func pack(g []int64, unit float64, sample []bool) (sum int64) {
	scale := 1 / unit
	for i, bits := range g {
		scaled := float64(math.Float64frombits(uint64(bits)) * scale)
		x := int64(math.Float64bits(scaled+rounder)<<countBits | 1)
		g[i] = x
		sum += x
	}
	return sum - leaveOut(g, sample)
}

// packHessians does the same to Hessians, whose sums have an int64 of their
// own.
func packHessians(h []int64, unit float64, sample []bool) (sum int64) {
	scale := 1 / unit
	for i, bits := range h {
		x := int64(math.Float64frombits(uint64(bits)) * scale)
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

// cover takes the values of one more slice into account, and writes their bits.
func (s *size) cover(into []int64, values []float64) {
	var most uint64 // floats above 0 are in the order of their bits
	into = into[:len(values)]
	for i, v := range values {
		bits := math.Float64bits(v)
		most = max(most, bits&^(1<<63))
		into[i] = int64(bits)
	}
	s.include(most)
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

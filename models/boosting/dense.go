package boosting

import (
	"cmp"
	"slices"

	"labbook/internal/matrix"
)

// constantBins is the room of a column in a histogram of dense rows: with the
// same for all, a kernel's offsets are constants.
const constantBins = 256

// dense keeps the bins of a row in words of eight, one byte each: one load
// brings several bins, and a row of up to 16 columns lies in one cache line.
type dense struct {
	words  []uint64
	stride int // words of a row
	lanes  int // columns of a word: 8, or 5 where that spares a kernel work
	cols   int
}

func newDense(x *matrix.Matrix, columns []column) *dense {
	d := &dense{stride: max(1, (x.Cols+7)/8), lanes: 8, cols: x.Cols}
	if x.Cols == 9 || x.Cols == 10 {
		d.lanes = 5
	}
	d.words = make([]uint64, x.Rows*d.stride)
	for j := range columns {
		c := &columns[j]
		word, shift := j/d.lanes, uint(j%d.lanes)*8
		for i := range x.Rows {
			d.words[i*d.stride+word] |= uint64(min(c.bin(x.Dense[i*x.Cols+j]), 255)) << shift
		}
	}
	return d
}

func (d *dense) bin(row uint32, j int) uint8 {
	return uint8(d.words[int(row)*d.stride+j/d.lanes] >> (uint(j%d.lanes) * 8))
}

// part writes both ends of into at every row and moves one of them: without a
// branch that would be mispredicted half the time.
func (d *dense) part(into, rows []uint32, j int, side *[256]uint8) int {
	front, back := 0, len(rows)-1
	word, shift := d.words[j/d.lanes:], uint(j%d.lanes)*8&63
	if len(rows) == 0 {
		return 0
	}
	into = into[:len(rows)]
	for _, r := range rows {
		s := int(side[uint8(word[int(r)*d.stride]>>shift)])
		into[front], into[back] = r, r
		front += 1 - s
		back -= s
	}
	return front
}

func (d *dense) raise(margin []float64, values [2]float64, ids, rows []uint32, j int, side *[256]uint8) {
	word, shift := d.words[j/d.lanes:], uint(j%d.lanes)*8&63
	if ids == nil {
		for _, r := range rows {
			margin[r] += values[side[uint8(word[int(r)*d.stride]>>shift)]&1]
		}
		return
	}
	for _, r := range rows {
		margin[ids[r]] += values[side[uint8(word[int(r)*d.stride]>>shift)]&1]
	}
}

func (d *dense) gather(scratch layout, rows []uint32) layout {
	out, ok := scratch.(*dense)
	if !ok {
		out = &dense{stride: d.stride, lanes: d.lanes, cols: d.cols}
	}
	out.words = slices.Grow(out.words[:0], len(rows)*d.stride)[:len(rows)*d.stride]
	if d.stride == 2 {
		for i, r := range rows {
			from, to := (*[2]uint64)(d.words[2*int(r):]), (*[2]uint64)(out.words[2*i:])
			*to = *from
		}
		return out
	}
	for i, r := range rows {
		copy(out.words[i*d.stride:(i+1)*d.stride], d.words[int(r)*d.stride:])
	}
	return out
}

// commonest gives the n indices with the highest counts, ascending.
func commonest(counts []int, n int) []int {
	order := make([]int, len(counts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	order = order[:n]
	slices.Sort(order)
	return order
}

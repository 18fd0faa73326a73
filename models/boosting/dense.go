package boosting

import (
	"cmp"
	"slices"

	"labbook/internal/matrix"
)

// constantBins is the room of a column in a histogram of dense rows: with the
// same for all, a kernel's offsets are constants.
const constantBins = 256

// dense keeps the bins of a row in words of eight, one byte each, for sums:
// one load brings several bins, and a row of up to 16 columns lies in one cache
// line. It keeps them by column too, for parting rows, which reads a single
// column of many rows.
type dense struct {
	words   []uint64
	columns [][]uint8 // nil in a gathered copy
	stride  int       // words of a row
	lanes   int       // columns of a word: 8, or 5 where that spares a kernel work
	cols    int
}

func newDense(x *matrix.Matrix, columns []column) *dense {
	d := &dense{stride: max(1, (x.Cols+7)/8), lanes: 8, cols: x.Cols, columns: make([][]uint8, x.Cols)}
	if x.Cols == 9 || x.Cols == 10 {
		d.lanes = 5
	}
	d.words = make([]uint64, x.Rows*d.stride)
	for j := range columns {
		c := &columns[j]
		bins := make([]uint8, x.Rows)
		word, shift := j/d.lanes, uint(j%d.lanes)*8
		for i := range x.Rows {
			b := min(c.bin(x.Dense[i*x.Cols+j]), 255)
			bins[i] = uint8(b)
			d.words[i*d.stride+word] |= uint64(b) << shift
		}
		d.columns[j] = bins
	}
	return d
}

// lane says where in a row's words a column is.
func (d *dense) lane(j int) (word int, shift uint) { return j / d.lanes, uint(j%d.lanes) * 8 & 63 }

func (d *dense) bin(row uint32, j int) uint8 {
	word, shift := d.lane(j)
	return uint8(d.words[int(row)*d.stride+word] >> shift)
}

// part writes both ends of into at every row and moves one of them: without a
// branch that would be mispredicted half the time.
func (d *dense) part(into, rows []uint32, j int, side *[256]uint8) int {
	n, right := len(rows), 0
	into = into[:n]
	if d.columns != nil {
		column := d.columns[j]
		for i, r := range rows {
			into[i-right], into[n-1-right] = r, r
			right += int(side[column[r]])
		}
		return n - right
	}
	word, shift := d.lane(j)
	words := d.words[word:]
	for i, r := range rows {
		into[i-right], into[n-1-right] = r, r
		right += int(side[uint8(words[int(r)*d.stride]>>shift)])
	}
	return n - right
}

func (d *dense) raise(values []float64, by [2]float64, rows []uint32, j int, side *[256]uint8) {
	if d.columns != nil {
		column := d.columns[j]
		for _, r := range rows {
			values[r] += by[side[column[r]]&1]
		}
		return
	}
	word, shift := d.lane(j)
	words := d.words[word:]
	for _, r := range rows {
		values[r] += by[side[uint8(words[int(r)*d.stride]>>shift)]&1]
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
			*(*[2]uint64)(out.words[2*i:]) = *(*[2]uint64)(d.words[2*int(r):])
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

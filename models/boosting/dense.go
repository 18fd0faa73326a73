package boosting

import (
	"cmp"
	"slices"
	"unsafe"

	"labbook/internal/base/mapped"
	"labbook/internal/data/matrix"
)

// constantBins is the room of a column in a histogram of dense rows with bins
// of 8 bits: with the same for all, a kernel's offsets are constants.
const constantBins = byteBins

// tileColumns is how many columns lie side by side in memory.
const tileColumns = 16

// tile holds the bins of up to 16 columns side by side: those of a row are in
// one cache line.
type tile[B bin] [][tileColumns]B

// dense keeps the bins by row, in tiles, for sums, which read many columns of
// a row; and by column too, for parting rows, which reads a single column of
// many rows.
type dense[B bin] struct {
	tiles   []tile[B]
	columns [][]B // nil in a gathered copy
	cols    int
	offsets []int // as in Dataset
}

func newDense[B bin](w *worker, x *matrix.Matrix, d *Dataset) *dense[B] {
	l := &dense[B]{columns: make([][]B, x.Cols), cols: x.Cols, offsets: d.offsets}
	for range (x.Cols + tileColumns - 1) / tileColumns {
		l.tiles = append(l.tiles, newTile[B](x))
	}
	for j := range l.columns {
		l.columns[j] = mapped.Make[B](x.Room(), x.Rows)
	}
	w.split(0, x.Rows, shareRows, func(lo, hi int) {
		for ; lo < hi; lo += shareRows { // which stay in the cache
			for j := range d.columns {
				c, t, bins := &d.columns[j], l.tiles[j/tileColumns], l.columns[j]
				for i := lo; i < min(lo+shareRows, hi); i++ {
					bins[i] = B(c.bin(x.Dense[i*x.Cols+j]))
					t[i][j%tileColumns] = bins[i]
				}
			}
		}
	})
	return l
}

// newTile makes a tile of as many rows, in the room of the matrix.
func newTile[B bin](x *matrix.Matrix) tile[B] {
	flat := mapped.Make[B](x.Room(), x.Rows*tileColumns)
	return unsafe.Slice((*[tileColumns]B)(unsafe.Pointer(unsafe.SliceData(flat))), x.Rows)
}

func (d *dense[B]) rowBytes() int { return tileColumns * len(d.tiles) * int(unsafe.Sizeof(B(0))) }

// part writes both ends of into at every row and moves one of them: without a
// branch that would be mispredicted half the time.
func (d *dense[B]) part(into, rows []uint32, j int, side []uint8) int {
	if len(rows) == 0 {
		return 0
	}
	front, back := 0, len(into)-1
	_ = side[byteBins-1]
	if d.columns != nil {
		column := d.columns[j]
		if bins, ok := any(&column[0]).(*uint8); ok {
			var done int
			front, done = eights(into, rows, bins, false, side)
			rows, back = rows[done:], back-(done-front)
		}
		for _, r := range rows {
			into[front], into[back] = r, r
			s := int(side[column[r]])
			back -= s
			front += 1 - s
		}
		return front
	}
	t, lane := d.tiles[j/tileColumns], j%tileColumns
	if bins, ok := any(&t[0][lane]).(*uint8); ok {
		var done int
		front, done = eights(into, rows, bins, true, side)
		rows, back = rows[done:], back-(done-front)
	}
	for _, r := range rows {
		into[front], into[back] = r, r
		s := int(side[t[r][lane]])
		back -= s
		front += 1 - s
	}
	return front
}

func (d *dense[B]) settle(into []int64, values [2]int64, rows []uint32, j int, side []uint8) {
	_ = side[byteBins-1]
	if d.columns != nil {
		column := d.columns[j]
		for _, r := range rows {
			into[r] = values[side[column[r]]&1]
		}
		return
	}
	t, lane := d.tiles[j/tileColumns], j%tileColumns
	for _, r := range rows {
		into[r] = values[side[t[r][lane]]&1]
	}
}

func (d *dense[B]) gather(w *worker, scratch layout, rows []uint32, most int) layout {
	out, ok := scratch.(*dense[B])
	if !ok {
		out = &dense[B]{cols: d.cols, offsets: d.offsets, tiles: make([]tile[B], len(d.tiles))}
	}
	for k, from := range d.tiles {
		out.tiles[k] = pick(w, out.tiles[k], from, rows, most)
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

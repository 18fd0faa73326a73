package boosting

import (
	"cmp"
	"slices"

	"labbook/internal/matrix"
)

// constantBins is the room of a column in a histogram of dense rows: with the
// same for all, a kernel's offsets are constants.
const constantBins = 256

// tileColumns is how many columns lie side by side in memory.
const tileColumns = 16

// tile holds the bins of up to 16 columns, 16 bytes a row: a row's are in one
// cache line.
type tile [][tileColumns]uint8

// dense keeps the bins by row, in tiles, for sums, which read many columns of
// a row; and by column too, for parting rows, which reads a single column of
// many rows.
type dense struct {
	tiles   []tile
	columns [][]uint8 // nil in a gathered copy
	cols    int
}

func newDense(x *matrix.Matrix, columns []column) *dense {
	d := &dense{tiles: newTiles(nil, x.Rows, x.Cols), columns: make([][]uint8, x.Cols), cols: x.Cols}
	for j := range columns {
		c, t, bins := &columns[j], d.tiles[j/tileColumns], make([]uint8, x.Rows)
		for i := range bins {
			bins[i] = uint8(min(c.bin(x.Dense[i*x.Cols+j]), 255))
			t[i][j%tileColumns] = bins[i]
		}
		d.columns[j] = bins
	}
	return d
}

// newTiles makes room for rows, in the memory of old where that is enough.
func newTiles(old []tile, rows, cols int) []tile {
	if old == nil {
		old = make([]tile, (cols+tileColumns-1)/tileColumns)
	}
	for k := range old {
		old[k] = slices.Grow(old[k][:0], rows)[:rows]
	}
	return old
}

func (d *dense) rowBytes() int { return tileColumns * len(d.tiles) }

func (d *dense) bin(row uint32, j int) uint8 { return d.tiles[j/tileColumns][row][j%tileColumns] }

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
	t, lane := d.tiles[j/tileColumns], j%tileColumns
	for i, r := range rows {
		into[i-right], into[n-1-right] = r, r
		right += int(side[t[r][lane]])
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
	t, lane := d.tiles[j/tileColumns], j%tileColumns
	for _, r := range rows {
		values[r] += by[side[t[r][lane]]&1]
	}
}

func (d *dense) gather(scratch layout, rows []uint32) layout {
	out, ok := scratch.(*dense)
	if !ok {
		out = &dense{cols: d.cols}
	}
	out.tiles = newTiles(out.tiles, len(rows), d.cols)
	for k, from := range d.tiles {
		to := out.tiles[k]
		for i, r := range rows {
			to[i] = from[r]
		}
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

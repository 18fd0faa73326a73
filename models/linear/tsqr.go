package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"labbook/internal/base/parallel"
)

// panel is a column-major block of rows: cell (i, j) is data[j*rows+i].
type panel struct {
	data       []float64
	rows, cols int
}

func newPanel(rows, cols int) panel {
	return panel{make([]float64, rows*cols), rows, cols}
}

func (p panel) column(j int) []float64 { return p.data[j*p.rows : (j+1)*p.rows] }

// triangularise replaces p by the R of its QR decomposition, in the upper
// triangle, by Householder reflections (Golub and Van Loan, Matrix
// Computations, 4th edition, algorithm 5.2.1). Below it lies what is left of
// the reflections.
func (p panel) triangularise() {
	blas := blas64.Implementation()
	for k := range min(p.rows-1, p.cols) {
		v := p.column(k)[k:]
		norm := math.Sqrt(blas.Ddot(len(v), v, 1, v, 1))
		if norm == 0 {
			continue
		}
		// The sign that adds magnitudes, lest they cancel.
		alpha := -math.Copysign(norm, v[0])
		v[0] -= alpha
		scale := -1 / (alpha * v[0]) // 2 / v'v
		for j := k + 1; j < p.cols; j++ {
			c := p.column(j)[k:]
			blas.Daxpy(len(v), -scale*blas.Ddot(len(v), v, 1, c, 1), v, 1, c, 1)
		}
		v[0] = alpha
	}
}

// copyTriangle puts the upper triangle of p at row `at` of dst, which is zero
// there.
func (p panel) copyTriangle(dst panel, at int) {
	for j := range p.cols {
		copy(dst.column(j)[at:], p.column(j)[:min(j+1, p.rows)])
	}
}

// blockRows is how many rows are decomposed at a time: a panel of twenty
// columns stays in the second-level cache.
func blockRows(cols int) int { return max(512, 4*cols) }

// fanIn is how many triangles are stacked and decomposed together.
const fanIn = 8

// tsqr gives R, cols x cols, of the QR decomposition of a matrix with so many
// rows. load fills a panel with the rows from lo; it is called from several
// goroutines. Blocks depend on the number of columns only, so the result does
// not depend on cores.
func tsqr(ctx context.Context, rows, cols, cores int, load func(p panel, lo int)) (panel, error) {
	size := min(rows, blockRows(cols))
	blocks := (rows + size - 1) / size
	triangles := make([]panel, blocks)
	own := func() panel { return newPanel(size, cols) }
	err := parallel.With(ctx, cores, blocks, own, func(buffer panel, b int) {
		lo := b * size
		height := min(size, rows-lo)
		p := panel{buffer.data[:height*cols], height, cols}
		load(p, lo)
		p.triangularise()
		triangles[b] = newPanel(cols, cols)
		p.copyTriangle(triangles[b], 0)
	})
	if err != nil {
		return panel{}, err
	}
	for len(triangles) > 1 {
		var above []panel
		for lo := 0; lo < len(triangles); lo += fanIn {
			above = append(above, stack(triangles[lo:min(lo+fanIn, len(triangles))]))
		}
		triangles = above
	}
	return triangles[0], nil
}

// stack gives the R of triangles that stand on each other.
func stack(triangles []panel) panel {
	if len(triangles) == 1 {
		return triangles[0]
	}
	cols := triangles[0].cols
	p := newPanel(len(triangles)*cols, cols)
	for i, t := range triangles {
		t.copyTriangle(p, i*cols)
	}
	p.triangularise()
	r := newPanel(cols, cols)
	p.copyTriangle(r, 0)
	return r
}

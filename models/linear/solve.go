package linear

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// solution is a least-squares solution in the columns that were decomposed.
type solution struct {
	weights         []float64
	norms           []float64 // of the columns
	rank            int
	residual, total float64       // sums of squares
	inverse         *mat.TriDense // of R, where it has one and no penalty was added; else nil
	flat, dependent []int         // columns that do not vary; that others determine
}

const eps = 0x1p-52

// solve solves min |A w - z|² + ridge |w|², where a holds A and, as its last
// column, z: all rows, or the triangle of their decomposition. ridge is in the
// units of the unscaled columns.
func solve(a panel, s *moments, rows int, ridge float64) solution {
	n := a.cols - 1
	out := solution{weights: make([]float64, n), norms: make([]float64, n)}
	var active []int
	for j := range n {
		for _, v := range a.column(j) {
			out.norms[j] = math.Hypot(out.norms[j], v)
		}
		// What centring leaves of a column that hardly varies is rounding.
		if out.norms[j] <= 8*eps*math.Sqrt(float64(rows))*s.largest(j)*s.scale[j] {
			out.norms[j] = 0
			out.flat = append(out.flat, j)
			continue
		}
		active = append(active, j)
	}
	for _, v := range a.column(n) {
		out.total += v * v
	}
	switch {
	case len(active) == 0:
		out.residual = out.total
	case a.rows <= len(active):
		out.wide(a, active, s, ridge)
	default:
		out.tall(a, active, s, ridge)
	}
	return out
}

// tall solves for columns that are fewer than the rows.
func (out *solution) tall(a panel, active []int, s *moments, ridge float64) {
	m := len(active)
	t := shrink(a, active, out.norms, s, ridge)
	w := t.solve()
	out.rank, out.residual = w.rank, t.unreached()+w.lost
	if ridge == 0 && w.inverse != nil && m == a.cols-1 {
		out.inverse = unscaled(w.inverse, out.norms)
	}
	for i, j := range active {
		out.weights[j] = w.values[i] / out.norms[j]
		if w.null != nil && w.null[i] > 1e-8 {
			out.dependent = append(out.dependent, j)
		}
	}
	if ridge > 0 {
		out.residual = residual(a, out.weights)
	}
}

// shrink gives R of the active columns, each divided by its norm, with the rows
// of the penalty; the last column is z's.
func shrink(a panel, active []int, norms []float64, s *moments, ridge float64) triangle {
	m := len(active)
	height := a.rows
	if ridge > 0 {
		height += m
	}
	p := newPanel(max(height, m+1), m+1)
	for i, j := range active {
		column := p.column(i)
		for k, v := range a.column(j) {
			column[k] = v / norms[j]
		}
		if ridge > 0 {
			column[a.rows+i] = math.Sqrt(ridge) * s.scale[j] / norms[j]
		}
	}
	copy(p.column(m), a.column(a.cols-1))
	return triangleOf(p)
}

// unscaled gives the inverse of R from that of R with columns of length 1.
func unscaled(inverse *mat.TriDense, norms []float64) *mat.TriDense {
	n, _ := inverse.Dims()
	out := mat.NewTriDense(n, mat.Upper, nil)
	for i := range n {
		for j := i; j < n; j++ {
			out.SetTri(i, j, inverse.At(i, j)/norms[i])
		}
	}
	return out
}

// residual gives |A w - z|².
func residual(a panel, weights []float64) float64 {
	miss := append([]float64(nil), a.column(a.cols-1)...)
	for j, w := range weights {
		for i, v := range a.column(j) {
			miss[i] -= v * w
		}
	}
	var sum float64
	for _, v := range miss {
		sum += v * v
	}
	return sum
}

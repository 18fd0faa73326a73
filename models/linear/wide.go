package linear

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// wide solves for at least as many columns as rows, in the space of the rows:
// with A = L Q, where Q's rows are orthonormal, w = Q'u, and the length of w,
// which the penalty or the choice of the shortest solution is about, is that of
// u. What is left to solve has as many columns as there are rows, so the time
// grows with the square of the smaller number, not with the cube of the larger.
//
// Without a penalty columns count in units of their norms, with one in those of
// the penalty. Source: Golub and Van Loan, Matrix Computations, 4th edition,
// section 5.6; with a penalty it is ridge regression in its dual, of Saunders,
// Gammerman and Vovk, "Ridge regression learning algorithm in dual variables",
// ICML 1998, without squaring.
func (out *solution) wide(a panel, active []int, s *moments, ridge float64) {
	h, m := a.rows, len(active)
	units := make([]float64, m)
	lq := blas64.General{Rows: h, Cols: m, Stride: m, Data: make([]float64, h*m)}
	for k, j := range active {
		units[k] = out.norms[j]
		if ridge > 0 {
			units[k] = math.Sqrt(ridge) * s.scale[j]
		}
		for i, v := range a.column(j) {
			lq.Data[i*m+k] = v / units[k]
		}
	}
	tau := make([]float64, h)
	withWork(func(work []float64, size int) { lapack64.Gelqf(lq, tau, work, size) })
	u := triangleOf(squared(lq, a.column(a.cols-1), ridge > 0)).solve()
	if out.rank = u.rank; ridge > 0 {
		out.rank = m // the penalty decides what the rows leave open
	}
	w := blas64.General{Rows: m, Cols: 1, Stride: 1, Data: make([]float64, m)}
	copy(w.Data, u.values)
	withWork(func(work []float64, size int) { lapack64.Ormlq(blas.Left, blas.Trans, lq, tau, w, work, size) })
	for k, j := range active {
		out.weights[j] = w.Data[k] / units[k]
	}
	out.residual = residual(a, out.weights)
}

// squared gives L, which stands in the lower triangle of lq, beside z, and
// below it, for a penalty, the identity.
func squared(lq blas64.General, z []float64, penalty bool) panel {
	h := lq.Rows
	height := h + 1
	if penalty {
		height = 2 * h
	}
	p := newPanel(height, h+1)
	for i := range h {
		for k := range i + 1 {
			p.column(k)[i] = lq.Data[i*lq.Stride+k]
		}
		p.column(h)[i] = z[i]
		if penalty {
			p.column(i)[h+i] = 1
		}
	}
	return p
}

// withWork calls a LAPACK routine with as much scratch as it asks for.
func withWork(routine func(work []float64, size int)) {
	ask := make([]float64, 1)
	routine(ask, -1)
	routine(make([]float64, int(ask[0])), int(ask[0]))
}

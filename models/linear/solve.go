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

// solve solves min |R w - z|² + ridge |w|², where r holds R and, as its last
// column, z and the norm of what no w can reach. ridge is in the units of the
// unscaled columns.
func solve(r *mat.TriDense, s *moments, rows int, ridge float64) solution {
	size, _ := r.Dims()
	n := size - 1
	out := solution{weights: make([]float64, n), norms: make([]float64, n)}
	var active []int
	for j := range n {
		for i := range j + 1 {
			out.norms[j] = math.Hypot(out.norms[j], r.At(i, j))
		}
		// What centring leaves of a column that hardly varies is rounding.
		if out.norms[j] <= 8*eps*math.Sqrt(float64(rows))*s.largest(j)*s.scale[j] {
			out.norms[j] = 0
			out.flat = append(out.flat, j)
			continue
		}
		active = append(active, j)
	}
	for i := range size {
		out.total += r.At(i, n) * r.At(i, n)
	}
	m := len(active)
	t := shrink(r, active, out.norms, s, ridge)
	out.residual = t.At(m, m) * t.At(m, m)
	if m == 0 {
		return out
	}
	left := mat.NewTriDense(m, mat.Upper, nil)
	z := mat.NewVecDense(m, nil)
	for i := range m {
		z.SetVec(i, t.At(i, m))
		for j := i; j < m; j++ {
			left.SetTri(i, j, t.At(i, j))
		}
	}
	var w mat.VecDense
	var inverse mat.TriDense
	// A triangle that is clearly of full rank is solved as it is; the columns
	// have length 1.
	if err := inverse.InverseTri(left); err == nil && mat.Norm(left, 1)*mat.Norm(&inverse, 1) < 1e10 {
		out.rank = m
		if err := w.SolveVec(left, z); err != nil {
			panic("linear: a well-conditioned triangle cannot be solved")
		}
		if ridge == 0 && m == n {
			out.inverse = unscaled(&inverse, out.norms)
		}
	} else {
		lost := shortest(&w, left, z, active, &out)
		out.residual += lost
	}
	for i, j := range active {
		out.weights[j] = w.AtVec(i) / out.norms[j]
	}
	if ridge > 0 {
		out.residual = residual(r, out.weights)
	}
	return out
}

// shrink gives R of the active columns, each divided by its norm, with the rows
// of the penalty; the last column is z's.
func shrink(r *mat.TriDense, active []int, norms []float64, s *moments, ridge float64) *mat.TriDense {
	size, _ := r.Dims()
	m := len(active)
	height := size
	if ridge > 0 {
		height += m
	}
	p := newPanel(max(height, m+1), m+1)
	for i, j := range active {
		column := p.column(i)
		for k := range j + 1 {
			column[k] = r.At(k, j) / norms[j]
		}
		if ridge > 0 {
			column[size+i] = math.Sqrt(ridge) * s.scale[j] / norms[j]
		}
	}
	for k := range size {
		p.column(m)[k] = r.At(k, size-1)
	}
	p.triangularise()
	t := newPanel(m+1, m+1)
	p.copyTriangle(t, 0)
	return t.upper()
}

// shortest solves by singular values: directions that the columns do not span
// get no weight. It notes the rank and the columns concerned in out, and gives
// the sum of squares that this leaves.
func shortest(w *mat.VecDense, left *mat.TriDense, z *mat.VecDense, active []int, out *solution) (lost float64) {
	m := len(active)
	var svd mat.SVD
	if !svd.Factorize(left, mat.SVDFull) {
		panic("linear: the singular values do not converge")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	w.ReuseAsVec(m)
	share := make([]float64, m) // of each column in the directions not spanned
	for k, sigma := range values {
		along := mat.Dot(u.ColView(k), z)
		if sigma > 64*float64(m)*eps*values[0] {
			out.rank++
			w.AddScaledVec(w, along/sigma, v.ColView(k))
			continue
		}
		lost += along * along
		for i := range m {
			share[i] += v.At(i, k) * v.At(i, k)
		}
	}
	for i, j := range active {
		if share[i] > 1e-8 {
			out.dependent = append(out.dependent, j)
		}
	}
	return lost
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

// residual gives |R w - z|² with what no w can reach.
func residual(r *mat.TriDense, weights []float64) float64 {
	size, _ := r.Dims()
	var sum float64
	for i := range size {
		miss := r.At(i, size-1)
		for j := i; j < size-1; j++ {
			miss -= r.At(i, j) * weights[j]
		}
		sum += miss * miss
	}
	return sum
}

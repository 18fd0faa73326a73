package linear

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// triangle is R of a matrix whose last column is z: what is left of min |A w -
// z| once the rows are decomposed.
type triangle struct{ panel }

// triangleOf decomposes p, which it destroys.
func triangleOf(p panel) triangle {
	p.triangularise()
	t := newPanel(p.cols, p.cols)
	p.copyTriangle(t, 0)
	return triangle{t}
}

// unreached is the square of what of z no w can reach.
func (t triangle) unreached() float64 {
	last := t.column(t.cols - 1)[t.cols-1]
	return last * last
}

// weighed is a solution of a triangle.
type weighed struct {
	values  []float64
	rank    int
	inverse *mat.TriDense // of R; nil where it has none that is of use
	// null has, for each column, how much of it lies in the directions that the
	// columns do not span; nil where they span all.
	null []float64
	lost float64 // the square of what of z such directions would have reached
}

// solve gives the weights of the columns: the only ones, or the shortest of the
// equally good.
func (t triangle) solve() weighed {
	m := t.cols - 1
	left, z := mat.NewTriDense(m, mat.Upper, nil), mat.NewVecDense(m, nil)
	for j := range m {
		for i := range j + 1 {
			left.SetTri(i, j, t.column(j)[i])
		}
		z.SetVec(j, t.column(m)[j])
	}
	// A triangle that is clearly of full rank is solved as it is; the columns
	// have length 1.
	var inverse mat.TriDense
	if err := inverse.InverseTri(left); err == nil && mat.Norm(left, 1)*mat.Norm(&inverse, 1) < 1e10 {
		var w mat.VecDense
		if w.SolveVec(left, z) == nil {
			return weighed{values: w.RawVector().Data, rank: m, inverse: &inverse}
		}
	}
	return t.shortest()
}

// shortest gives the shortest of the equally good solutions, through a complete
// orthogonal decomposition: QR with pivoting shows the rank r, and the rows that
// it leaves, r by m, are decomposed from the other side. That takes a fixed
// number of steps, whereas singular values are found by iteration, which does
// not always end. Source: Golub and Van Loan, Matrix Computations, 4th edition,
// sections 5.4.2 and 5.5.2; it is what LAPACK's gelsy does.
func (t triangle) shortest() weighed {
	m := t.cols - 1
	p := newPanel(t.rows, t.cols)
	copy(p.data, t.data)
	order, rank := p.pivot()
	z := p.column(m)
	out := weighed{values: make([]float64, m), rank: rank, null: slices.Repeat([]float64{1}, m)}
	for _, v := range z[rank:m] {
		out.lost += v * v
	}
	if rank == 0 {
		return out
	}
	// The rows as columns: W' = Q S, so that w = Q u with S'u = z.
	rows := newPanel(m, rank)
	for k := range rank {
		for j := k; j < m; j++ {
			rows.column(k)[j] = p.column(j)[k]
		}
	}
	q := rows.orthonormal()
	u := slices.Clone(z[:rank])
	for k := range rank {
		for i := range k {
			u[k] -= rows.column(k)[i] * u[i]
		}
		u[k] /= rows.column(k)[k]
	}
	for place, j := range order {
		for k := range rank {
			v := q.column(k)[place]
			out.values[j] += v * u[k]
			out.null[j] -= v * v
		}
	}
	return out
}

// pivot replaces p by the R of its QR decomposition with the columns but the
// last in another order, each the longest of those left, and gives that order
// and the rank of those columns.
func (p panel) pivot() (order []int, rank int) {
	m := p.cols - 1
	order = make([]int, m)
	for j := range order {
		order[j] = j
	}
	largest := 0.0
	for k := range m {
		best, length := k, -1.0
		for j := k; j < m; j++ {
			if l := norm(p.column(j)[k:]); l > length {
				best, length = j, l
			}
		}
		if k == 0 {
			largest = length
		}
		if !(length > 64*float64(m)*eps*largest) {
			return order, k
		}
		order[k], order[best] = order[best], order[k]
		if best != k {
			a, b := p.column(k), p.column(best)
			for i := range a {
				a[i], b[i] = b[i], a[i]
			}
		}
		p.reflect(k)
	}
	return order, m
}

// orthonormal replaces p, which is of full rank, by its R, and gives the
// columns of Q.
func (p panel) orthonormal() panel {
	q := newPanel(p.rows, p.cols)
	reflections := make([][]float64, p.cols)
	for k := range p.cols {
		reflections[k] = p.reflect(k)
		q.column(k)[k] = 1
	}
	implementation := blas64.Implementation()
	for k := p.cols - 1; k >= 0; k-- {
		v := reflections[k]
		if v == nil {
			continue
		}
		for j := k; j < p.cols; j++ {
			c := q.column(j)[k:]
			implementation.Daxpy(len(v), -2*implementation.Ddot(len(v), v, 1, c, 1), v, 1, c, 1)
		}
	}
	return q
}

// reflect brings column k on its diagonal by a reflection of the rows from k
// on, which it does to all columns from there, and gives its unit normal; nil
// when there is nothing to do.
func (p panel) reflect(k int) []float64 {
	v := slices.Clone(p.column(k)[k:])
	length := norm(v)
	if len(v) < 2 || length == 0 {
		return nil
	}
	v[0] += math.Copysign(length, v[0]) // the sign that adds magnitudes
	blas64.Scal(1/norm(v), blas64.Vector{N: len(v), Data: v, Inc: 1})
	implementation := blas64.Implementation()
	for j := k; j < p.cols; j++ {
		c := p.column(j)[k:]
		implementation.Daxpy(len(v), -2*implementation.Ddot(len(v), v, 1, c, 1), v, 1, c, 1)
	}
	return v
}

// norm gives the length of v, whose values are of everyday size.
func norm(v []float64) float64 { return math.Sqrt(blas64.Implementation().Ddot(len(v), v, 1, v, 1)) }

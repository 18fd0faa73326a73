package svm

import (
	"gonum.org/v1/gonum/floats"

	"labbook/internal/matrix"
	"labbook/internal/parallel"
)

// gram has the inner products of all pairs of rows: entry (i, j) is at i*n + j.
// With few long rows, as documents are, a step of the descent over these costs a
// fraction of one over the columns, and all classes and folds share them.
type gram struct {
	n      int
	values []float64
}

// newGram gives the inner products, the bias column included, or nil where they
// would cost more memory or time than they save to so many machines.
func newGram(x *matrix.Matrix, bias float64, machines, cores int) *gram {
	const mostRows, passes = 3000, 4
	if x.Rows > mostRows {
		return nil
	}
	columns := transpose(x)
	products := 0
	for j := range x.Cols {
		df := columns.Indptr[j+1] - columns.Indptr[j]
		products += df * df / 2
	}
	if products > passes*machines*len(x.Sparse.Data) {
		return nil
	}
	g := &gram{x.Rows, make([]float64, x.Rows*x.Rows)}
	// The longest rows of the triangle first, so that cores end together.
	parallel.Each(cores, x.Rows, func(i int) { g.row(x, columns, x.Rows-1-i, bias) })
	for i := range g.n {
		for j := range i {
			g.values[j*g.n+i] = g.values[i*g.n+j]
		}
	}
	return g
}

// row computes the products of row i with those up to it.
func (g *gram) row(x *matrix.Matrix, columns *matrix.CSR, i int, bias float64) {
	out := g.values[i*g.n:][:i+1]
	for r := range out {
		out[r] = bias * bias
	}
	js, values := x.SparseRow(i)
	for k, j := range js {
		v := values[k]
		lo, hi := columns.Indptr[j], columns.Indptr[j+1]
		rows, held := columns.Indices[lo:hi], columns.Data[lo:hi]
		held = held[:len(rows)]
		for at, r := range rows {
			if int(r) >= len(out) {
				break
			}
			out[r] += v * held[at]
		}
	}
}

// transpose gives the columns of x as rows.
func transpose(x *matrix.Matrix) *matrix.CSR {
	s := x.Sparse
	out := &matrix.CSR{Indptr: make([]int, x.Cols+1), Indices: make([]int32, len(s.Indices)), Data: make([]float64, len(s.Data))}
	for _, j := range s.Indices {
		out.Indptr[j+1]++
	}
	for j := range x.Cols {
		out.Indptr[j+1] += out.Indptr[j]
	}
	at := append([]int(nil), out.Indptr[:x.Cols]...)
	for i := range x.Rows {
		js, values := x.SparseRow(i)
		for k, j := range js {
			out.Indices[at[j]], out.Data[at[j]] = int32(i), values[k]
			at[j]++
		}
	}
	return out
}

// take gives the products among some of the rows.
func (g *gram) take(rows []int) *gram {
	if g == nil || len(rows) == g.n {
		return g
	}
	out := &gram{len(rows), make([]float64, len(rows)*len(rows))}
	for i, r := range rows {
		from, to := g.values[r*g.n:][:g.n], out.values[i*out.n:][:out.n]
		for j, c := range rows {
			to[j] = from[c]
		}
	}
	return out
}

// weights is w of a descent, in one of two forms.
type weights interface {
	// margin gives w·x_i.
	margin(i int) float64
	// add adds d x_i to w.
	add(i int, d float64)
	// primal gives w, the bias column's last.
	primal() []float64
}

// explicit is w itself.
type explicit struct {
	*problem
	w []float64
}

func (e *explicit) margin(i int) float64 { return e.dot(e.w, i) }
func (e *explicit) add(i int, d float64) { e.problem.add(e.w, i, d) }
func (e *explicit) primal() []float64    { return e.w }

// implicit is w as a sum of rows: their factors, and the margins that follow.
type implicit struct {
	*problem
	factors, margins []float64
}

func (m *implicit) margin(i int) float64 { return m.margins[i] }

func (m *implicit) add(i int, d float64) {
	m.factors[i] += d
	floats.AddScaled(m.margins, d, m.gram.values[i*m.gram.n:][:m.gram.n])
}

func (m *implicit) primal() []float64 {
	w := make([]float64, m.x.Cols+1)
	for i, d := range m.factors {
		if d != 0 {
			m.problem.add(w, i, d)
		}
	}
	return w
}

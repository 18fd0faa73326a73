package svm

import (
	"gonum.org/v1/gonum/floats"

	"labbook/internal/base/parallel"
	"labbook/internal/data/matrix"
	"labbook/models/internal/linear"
)

// gram has the inner products of all pairs of rows: entry (i, j) is at i*n + j.
// With few long rows, as documents are, a step of the descent over these costs a
// fraction of one over the columns, all classes and folds share them, and the
// margins of rows that are not learned from come with those that are.
type gram struct {
	n      int
	values []float64
}

// newGram gives the inner products, or nil where they would need much more
// memory than the matrix, or more time than they save to so many machines.
func newGram(s *space, machines, cores int) *gram {
	n, stored := s.x.Rows, s.x.Stored()
	if n*n > 4*stored {
		return nil
	}
	const passes = 4
	products := 0
	for _, seen := range linear.Frequencies(s.x) {
		products += int(seen) * int(seen) / 2
	}
	if products > passes*machines*stored {
		return nil
	}
	g := &gram{n, make([]float64, n*n)}
	columns := s.x.Transpose()
	// The longest rows of the triangle first, so that cores end together.
	parallel.Each(cores, n, func(i int) { g.row(s, columns, n-1-i) })
	for i := range n {
		for j := range i {
			g.values[j*n+i] = g.values[i*n+j]
		}
	}
	return g
}

// row computes the products of row i with those up to it.
func (g *gram) row(s *space, columns *matrix.Matrix, i int) {
	out := g.values[i*g.n:][:i]
	for r := range out {
		out[r] = s.bias * s.bias
	}
	js, values := s.x.SparseRow(i)
	for k, j := range js {
		v := values[k]
		rows, held := columns.SparseRow(int(j))
		held = held[:len(rows)]
		for at, r := range rows {
			if int(r) >= len(out) {
				break
			}
			out[r] += v * held[at]
		}
	}
	g.values[i*g.n+i] = s.norms[i]
}

// weights is w of a descent, in one of two forms.
type weights interface {
	// margin gives w·x_i, also of rows that are not learned from.
	margin(i int) float64
	// add adds d x_i to w.
	add(i int, d float64)
	// sum gives w as a sum of rows: the factor of each.
	sum() []float64
}

// explicit is w itself, the bias column's weight last.
type explicit struct {
	*space
	factors, w []float64
}

func (e *explicit) margin(i int) float64 { return e.dot(e.w, i) }
func (e *explicit) sum() []float64       { return e.factors }

func (e *explicit) add(i int, d float64) {
	e.factors[i] += d
	e.space.add(e.w, i, d)
}

// implicit is w as a sum of rows, and the margins that follow.
type implicit struct {
	*gram
	factors, margins []float64
}

func (m *implicit) margin(i int) float64 { return m.margins[i] }
func (m *implicit) sum() []float64       { return m.factors }

func (m *implicit) add(i int, d float64) {
	m.factors[i] += d
	floats.AddScaled(m.margins, d, m.values[i*m.n:][:m.n])
}

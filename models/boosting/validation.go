package boosting

import (
	"math"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// validation follows the loss on rows that the fit does not learn from.
type validation struct {
	data      *estimator.Data
	objective objective
	margins   [][]float64
	seen      int // trees whose values are in the margins
	rounds    int
	best      int // round
	bestLoss  float64
}

func newValidation(data *estimator.Data, o objective, base []float64) *validation {
	return &validation{data: data, objective: o, margins: marginsFrom(base, data.X.Rows), bestLoss: math.Inf(1)}
}

// score adds the trees of one more round, and gives the loss.
func (v *validation) score(m *Model) float64 {
	groups := v.objective.groups()
	for ; v.seen < len(m.trees); v.seen++ {
		m.trees[v.seen].addTo(v.margins[v.seen%groups], v.data.X)
	}
	loss := v.objective.loss(v.margins, v.data.Y, v.data.Weights)
	if loss < v.bestLoss {
		v.best, v.bestLoss = v.rounds, loss
	}
	v.rounds++
	return loss
}

// addTo adds the tree's values for the rows of a matrix.
func (t *Tree) addTo(margin []float64, x *matrix.Matrix) {
	read := newReader(x)
	for i := range margin {
		margin[i] += t.value(read.row(i))
	}
}

// reader gives the rows of a matrix, dense.
type reader struct {
	x   *matrix.Matrix
	now []float64 // the row of a sparse matrix
	old []int32   // the columns that a sparse row has set in it
}

func newReader(x *matrix.Matrix) *reader {
	r := &reader{x: x}
	if x.Sparse != nil {
		r.now = make([]float64, x.Cols)
	}
	return r
}

// row gives a row; it is good until the next call.
func (r *reader) row(i int) []float64 {
	if r.x.Sparse == nil {
		return r.x.Row(i)
	}
	for _, j := range r.old {
		r.now[j] = 0
	}
	columns, values := r.x.SparseRow(i)
	for k, j := range columns {
		r.now[j] = values[k]
	}
	r.old = columns
	return r.now
}

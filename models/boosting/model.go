package boosting

import (
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// Model is a fitted sum of trees. It is immutable.
type Model struct {
	columns   int
	classes   int
	objective string // resolved, never auto
	shape     shape
	base      []float64 // the margins before the first tree, one for each group
	trees     []*Tree   // those of grown; nil where packed is not
	packed    *packed   // of a model that was decoded and compiled
	link      objective
	compiled  *compiled
}

var _ interface {
	estimator.Model
	estimator.Importances
} = (*Model)(nil)

// Outputs is 1 for regression, else the number of classes.
func (m *Model) Outputs() int { return m.link.outputs() }

// Columns is the number of columns that the model reads.
func (m *Model) Columns() int { return m.columns }

// Objective is the loss that was minimised, as the parameter of that name has
// it; never auto.
func (m *Model) Objective() string { return m.objective }

// Rounds is the number of trees of each group.
func (m *Model) Rounds() int { return m.size() / len(m.base) }

// Predict writes predictions or probabilities; see estimator.Model.
func (m *Model) Predict(dst []float64, x *matrix.Matrix) {
	if x.Cols != m.columns {
		panic("boosting: prediction of a matrix with other columns than were fitted")
	}
	if x.Sparse == nil {
		m.compiled.predict(dst, x.Dense, x.Rows)
		return
	}
	read := newReader(x)
	outputs := m.Outputs()
	for i := range x.Rows {
		m.PredictRow(dst[i*outputs:(i+1)*outputs], read.row(i))
	}
}

// PredictRow writes the prediction of one row. It allocates nothing.
func (m *Model) PredictRow(dst, row []float64) {
	m.compiled.predict(dst, row, 1)
}

// Importances gives for each column the sum of the gains of its splits, the
// number of rows, as sums of Hessians, that they parted, and their number.
func (m *Model) Importances() map[string][]float64 {
	gain, cover, count := make([]float64, m.columns), make([]float64, m.columns), make([]float64, m.columns)
	for _, t := range m.grown() {
		for i := range t.Nodes {
			if n := &t.Nodes[i]; n.Right > 0 {
				gain[n.Column] += float64(n.Gain)
				cover[n.Column] += float64(n.Cover)
				count[n.Column]++
			}
		}
	}
	return map[string][]float64{"gain": gain, "cover": cover, "split": count}
}

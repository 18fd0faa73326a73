package bundle

import (
	"cmp"
	"math"
	"slices"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// Pull is how much a column of a row speaks for a class (above 0) or against it.
type Pull struct {
	Column string
	Value  float64
}

// Explain gives the columns of row i of x that pulled most for or against a
// class, strongest first, at most so many. ok is false when the model cannot
// tell.
func (b *Bundle) Explain(x *matrix.Matrix, i, class, most int) (pulls []Pull, ok bool) {
	m, ok := b.Model.(estimator.Explainer)
	if !ok {
		return nil, false
	}
	n := x.Cols
	var columns []int32
	if x.Sparse != nil {
		columns, _ = x.SparseRow(i)
		n = len(columns)
	}
	values := make([]float64, n)
	m.Explain(values, x, i, class)
	for k, v := range values {
		if v == 0 {
			continue
		}
		j := k
		if columns != nil {
			j = int(columns[k])
		}
		pulls = append(pulls, Pull{x.Names[j], v})
	}
	slices.SortStableFunc(pulls, func(a, b Pull) int { return cmp.Compare(math.Abs(b.Value), math.Abs(a.Value)) })
	return pulls[:min(most, len(pulls))], true
}

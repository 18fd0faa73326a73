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
// class, strongest first, at most so many; what stands in several views is added up. ok is false when the model cannot
// tell.
func (b *Bundle) Explain(x *matrix.Matrix, i, class, most int) (pulls []Pull, ok bool) {
	m, ok := b.Model.(estimator.Explainer)
	if !ok {
		return nil, false
	}
	values := make([]float64, x.Entries(i))
	m.Explain(values, x, i, class)
	b.Features.Gather(values, x, i)
	twice := map[string]int{} // in which of pulls a column of several views is
	for k, v := range values {
		if v == 0 {
			continue
		}
		name := x.Names[x.Entry(i, k)]
		if at, known := twice[name]; known {
			pulls[at].Value += v
			continue
		}
		if x.Views != nil {
			twice[name] = len(pulls)
		}
		pulls = append(pulls, Pull{name, v})
	}
	slices.SortStableFunc(pulls, func(a, b Pull) int { return cmp.Compare(math.Abs(b.Value), math.Abs(a.Value)) })
	return pulls[:min(most, len(pulls))], true
}

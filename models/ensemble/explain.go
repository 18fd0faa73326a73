package ensemble

import (
	"math"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// telling is a model whose parts can all tell which columns speak for what they
// say.
type telling struct{ *model }

// dear is a telling one of which a part is slow to tell.
type dear struct{ telling }

// Dear implements estimator.Dear.
func (dear) Dear() {}

// slow says whether a part is slow to tell why.
func (m *model) slow() bool {
	for _, p := range m.parts {
		_, explains := p.model.(estimator.Explainer)
		if _, is := p.model.(estimator.Dear); is || !explains {
			return true
		}
	}
	return false
}

// tells says whether all parts can. Members of a cascade see a column that no row
// has, and cannot.
func (m *model) tells() bool {
	for _, p := range m.parts {
		_, explains := p.model.(estimator.Explainer)
		_, sums := p.model.(estimator.Contributions)
		if !explains && !sums || p.step > 0 {
			return false
		}
	}
	return len(m.parts) > 0
}

// Explain implements estimator.Explainer. Of a regression it is the weighted sum
// of what the parts' columns add. The parts' scores for a class are in units of
// their own, so each part's columns are scaled to sum to its weight then.
func (m telling) Explain(dst []float64, x *matrix.Matrix, i, class int) {
	clear(dst)
	for _, p := range m.parts {
		seen := sees(x, p.view)
		own := explain(p.model, seen, i, class)
		scale := p.weight
		if m.outputs > 1 {
			total := 0.0
			for _, v := range own {
				total += math.Abs(v)
			}
			if total == 0 {
				continue
			}
			scale /= total
		}
		add(dst[before(x, p.view, i):], own, scale)
	}
}

// before is how many entries of row i stand before those of a view.
func before(x *matrix.Matrix, view string, i int) int {
	n := 0
	for _, v := range x.Views {
		if view == "" || v.Name == view {
			break
		}
		n += v.Entries(i)
	}
	return n
}

// explain gives what each entry of row i adds to what a model says of a class,
// beyond what it adds to all classes on average, or, of a regression, to its
// prediction.
func explain(m estimator.Model, x *matrix.Matrix, i, class int) []float64 {
	own := make([]float64, x.Entries(i))
	if explainer, ok := m.(estimator.Explainer); ok {
		explainer.Explain(own, x, i, class)
		return own
	}
	row := make([]float64, x.Cols)
	for k := range own {
		row[x.Entry(i, k)] = x.Value(i, k)
	}
	outputs, columns := m.Outputs(), x.Cols+1
	all := make([]float64, outputs*columns)
	m.(estimator.Contributions).Contributions(all, row)
	for k := range own {
		j, mean := x.Entry(i, k), 0.0
		for c := 0; c < outputs && outputs > 1; c++ {
			mean += all[c*columns+j] / float64(outputs)
		}
		own[k] = all[class*columns+j] - mean
	}
	return own
}

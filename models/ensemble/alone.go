package ensemble

import (
	"slices"

	"labbook/models/estimator"
)

// Averages says whether members answer the question on their own, each for
// itself, so that what one of them says is of use.
func (p *Params) Averages() bool { return p.Method != "residual" && !p.cascades() }

// Selects says whether the weights are to be learned from what members said of
// rows held out in validation.
func (p *Params) Selects() bool { return p.Method == "select" }

// Weighted gives the parameters of the mean with these weights, one for each
// member; those without weight are left out.
func (p *Params) Weighted(weights []float64) *Params {
	mean := *p
	mean.Method, mean.Of = "average", nil
	for m, w := range weights {
		if w > 0 {
			member := p.Of[m]
			member.Weight = w
			mean.Of = append(mean.Of, member)
		}
	}
	return &mean
}

// Alone gives what one member of a model that averages says: a model of the same
// matrix, nil where the member has no part in it.
func Alone(of estimator.Model, member int) estimator.Model {
	m := of.(interface{ own() *model }).own()
	var parts []part
	total := 0.0
	for _, p := range m.parts {
		if p.member == member {
			parts, total = append(parts, p), total+p.weight
		}
	}
	if parts == nil {
		return nil
	}
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].weight /= total
	}
	return &model{m.specs, parts, m.outputs, m.shape}
}

// Weights gives what each of so many members counts in a model: shares of a mean,
// or the factors of a stack.
func Weights(of estimator.Model, members int) []float64 {
	weights := make([]float64, members)
	for _, p := range of.(interface{ own() *model }).own().parts {
		if p.member >= 0 && p.member < members {
			weights[p.member] += p.weight
		}
	}
	return weights
}

func (m *model) own() *model { return m }

package affine

import "labbook/models/formula"

// Linked gives the formula of the map with a link.
func (m *Map) Linked(link formula.Link) formula.Formula {
	return &formula.Affine{Weights: m.W, Bias: m.Bias, Link: link}
}

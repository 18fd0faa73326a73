package plane

import "labbook/models/formula"

// Formula implements formula.Said.
func (p *Plane) Formula() (formula.Formula, error) {
	return &formula.Affine{Weights: p.Weights, Bias: []float64{p.Intercept}, Means: p.Means}, nil
}

// Package plane is the shape that linear regressions share once fitted: a
// constant, and a weight per column.
package plane

import (
	"errors"
	"math"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// Plane is a fitted linear regression; its fields are its encoding as JSON.
type Plane struct {
	Names     []string  `json:"columns"`
	Intercept float64   `json:"intercept"`
	Weights   []float64 `json:"coefficients"`
	// Means and Spreads are the columns' means and standard deviations (of
	// the population) in training.
	Means   []float64 `json:"means"`
	Spreads []float64 `json:"spreads"`
}

// Sound says whether the lists of a plane that was decoded go together.
func (p *Plane) Sound() error {
	if n := len(p.Names); len(p.Weights) != n || len(p.Means) != n || len(p.Spreads) != n {
		return errors.New("the lists of the model differ in length")
	}
	return nil
}

// Finite says, as a *diag.Error, whether a number of the plane came to nothing.
func (p *Plane) Finite() error {
	for _, list := range [][]float64{{p.Intercept}, p.Weights, p.Means, p.Spreads} {
		for _, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return diag.New("the columns are of too different sizes for a linear model", "standardise the numbers in the features stage")
			}
		}
	}
	return nil
}

func (p *Plane) Outputs() int { return 1 }
func (p *Plane) Columns() int { return len(p.Names) }

// Predict implements estimator.Model.
func (p *Plane) Predict(dst []float64, x *matrix.Matrix) {
	for i := range dst {
		sum := p.Intercept
		if x.Sparse != nil {
			columns, values := x.SparseRow(i)
			for k, j := range columns {
				sum += p.Weights[j] * values[k]
			}
		} else {
			for j, v := range x.Row(i) {
				sum += p.Weights[j] * v
			}
		}
		dst[i] = sum
	}
}

// Contributions gives what each column adds against its mean in training; the
// base value is the prediction at the means.
func (p *Plane) Contributions(dst []float64, row []float64) {
	base := p.Intercept
	for j, w := range p.Weights {
		dst[j] = w * (row[j] - p.Means[j])
		base += w * p.Means[j]
	}
	dst[len(row)] = base
}

// Importances gives the effect of a standard deviation of each column, with its
// sign.
func (p *Plane) Importances() map[string][]float64 {
	effect := make([]float64, len(p.Weights))
	for j, w := range p.Weights {
		effect[j] = w * p.Spreads[j]
	}
	return map[string][]float64{"coefficient": effect}
}

// Coefficients gives the intercept and the weights.
func (p *Plane) Coefficients() []estimator.Coefficient {
	out := make([]estimator.Coefficient, 0, len(p.Weights)+1)
	out = append(out, estimator.Coefficient{Column: estimator.Intercept, Value: p.Intercept})
	for j, w := range p.Weights {
		out = append(out, estimator.Coefficient{Column: p.Names[j], Value: w})
	}
	return out
}

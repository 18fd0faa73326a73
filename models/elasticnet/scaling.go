package elasticnet

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"labbook/models/estimator"
	"labbook/models/internal/plane"
)

// scaling is how the columns of a problem were centred and scaled.
type scaling struct {
	means, spreads []float64
	scales         []float64 // what columns were multiplied by; 0 of those that do not vary
	target         float64   // mean of the target
}

func newScaling(columns int) *scaling {
	return &scaling{means: make([]float64, columns), spreads: make([]float64, columns), scales: make([]float64, columns)}
}

// set says what is known of column j.
func (s *scaling) set(j int, mean, variance float64, standardise bool) {
	s.means[j] = mean
	if variance <= 1e-24*mean*mean || variance <= 0 { // rounding is left of a constant
		return
	}
	s.spreads[j], s.scales[j] = math.Sqrt(variance), 1
	if standardise {
		s.scales[j] = 1 / s.spreads[j]
	}
}

// plane gives the coefficients per unit of the columns, and the constant.
func (s *scaling) plane(b []float64) (intercept float64, weights []float64) {
	weights, intercept = make([]float64, len(b)), s.target
	for j, v := range b {
		if v != 0 {
			weights[j] = v * s.scales[j]
			intercept -= weights[j] * s.means[j]
		}
	}
	return intercept, weights
}

func weight(data *estimator.Data, i int) float64 {
	if data.Weights == nil {
		return 1
	}
	return data.Weights[i]
}

func total(data *estimator.Data) float64 {
	sum := 0.0
	for i := range data.Y {
		sum += weight(data, i)
	}
	return sum
}

// centreOf gives the means of the columns and, last, of the target.
func centreOf(data *estimator.Data) []float64 {
	n := data.X.Cols
	out, sum := make([]float64, n+1), 0.0
	for i, y := range data.Y {
		w := weight(data, i)
		floats.AddScaled(out[:n], w, data.X.Row(i))
		out[n] += w * y
		sum += w
	}
	floats.Scale(1/sum, out)
	return out
}

// take gives some of the rows.
func take(data *estimator.Data, rows []int) *estimator.Data {
	out := &estimator.Data{X: data.X.Take(rows)}
	for _, i := range rows {
		out.Y = append(out.Y, data.Y[i])
		if data.Weights != nil {
			out.Weights = append(out.Weights, data.Weights[i])
		}
	}
	return out
}

// loss gives the mean squared error of a plane.
func loss(data *estimator.Data, intercept float64, weights []float64) float64 {
	out, sum := make([]float64, data.X.Rows), 0.0
	(&plane.Plane{Intercept: intercept, Weights: weights}).Predict(out, data.X)
	for i, v := range out {
		sum += weight(data, i) * (v - data.Y[i]) * (v - data.Y[i])
	}
	return sum / total(data)
}

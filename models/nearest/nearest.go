// Package nearest answers with what the training rows nearest to a row have.
package nearest

import (
	"context"
	"math"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Params are what a pipeline can say in `params`; names and meanings are those
// of scikit-learn, but for standardise.
type Params struct {
	Neighbours  int    `yaml:"n_neighbors" range:"[1,1000]" unit:"rows" doc:"Nearest rows that answer; all, where there are fewer."`
	Weights     string `yaml:"weights" enum:"uniform|distance" doc:"How much each counts: all the same, or the reciprocal of its distance; then rows at no distance are the only ones that count."`
	Standardise bool   `yaml:"standardise" doc:"Whether distances count columns in units of their spread in training, or as they are."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "nearest-neighbours",
		Version: 1,
		Doc: `The mean, or the shares of the classes, of the nearest training rows.

Fix and Hodges, "Discriminatory analysis: nonparametric discrimination", 1951; Cover and Hart, "Nearest neighbor pattern
classification", IEEE Transactions on Information Theory 13(1), 1967. Distances are Euclidean, of columns in units of their
spread unless told otherwise. The search is exact, by a k-d tree (Friedman, Bentley and Finkel, "An algorithm for finding
best matches in logarithmic expected time", ACM Transactions on Mathematical Software 3(3), 1977), with distances to boxes
kept up on the way (Arya and Mount, "Algorithms for fast vector quantization", DCC 1993); with more than 15 columns, where trees are of no use, by matrix products,
after which the rows that may be near enough are looked at exactly. The model holds all training rows, with 7 digits of each number.`,
		Tasks:  []metrics.Task{metrics.Regression, metrics.Classification},
		Params: func() any { return &Params{Neighbours: 5, Weights: "uniform", Standardise: true} },
		Fit: func(ctx context.Context, params any, data *estimator.Data, _ estimator.Options) (estimator.Model, error) {
			m, err := fit(ctx, params.(*Params), data)
			if err != nil {
				return nil, err
			}
			return m, nil
		},
		Decode: decode,
	}
}

// maxRows is what the indices of rows allow.
const maxRows = math.MaxInt32

// fit keeps the rows in the order of a tree.
func fit(ctx context.Context, p *Params, data *estimator.Data) (*model, error) {
	n, columns := data.X.Rows, data.X.Cols
	if n == 0 || n > maxRows || columns == 0 {
		return nil, diag.New("nearest neighbours need rows and columns to learn from", "check what keep, split and drop leave")
	}
	m := &model{columns: columns, classes: len(data.Classes), neighbours: min(p.Neighbours, n), byDistance: p.Weights == "distance"}
	m.measure(data, p.Standardise)
	points := make([]float32, n*columns)
	for i := range n {
		m.standard(points[i*columns:(i+1)*columns], data.X.Row(i))
	}
	order, cuts, err := grow(ctx, points, columns)
	if err != nil {
		return nil, err
	}
	m.tree = tree{columns: columns, cuts: cuts, points: make([]float32, 0, len(points))}
	for _, i := range order {
		m.tree.points = append(m.tree.points, points[int(i)*columns:][:columns]...)
		m.targets = append(m.targets, data.Y[i])
		if data.Weights != nil {
			m.weights = append(m.weights, data.Weights[i])
		}
	}
	m.tree.measure()
	return m, nil
}

// measure finds how columns are centred and scaled: to a spread of 1 each, or
// all by one factor, which is as good as none but for rounding.
func (m *model) measure(data *estimator.Data, standardise bool) {
	m.means, m.scales = make([]float64, m.columns), make([]float64, m.columns)
	total := 0.0
	for i := range data.Y {
		w := weight(data.Weights, i)
		total += w
		for j, v := range data.X.Row(i) {
			m.means[j] += w * v
		}
	}
	for j := range m.means {
		m.means[j] /= total
	}
	for i := range data.Y {
		for j, v := range data.X.Row(i) {
			m.scales[j] += weight(data.Weights, i) / total * (v - m.means[j]) * (v - m.means[j])
		}
	}
	widest := 0.0
	for j, v := range m.scales {
		spread := math.Sqrt(v)
		if spread <= 1e-12*math.Abs(m.means[j]) { // rounding is left of a constant
			spread = 0
		}
		m.scales[j] = spread
		widest = max(widest, spread)
	}
	for j, spread := range m.scales {
		switch {
		case !standardise && widest > 0:
			m.scales[j] = 1 / widest
		case spread > 0:
			m.scales[j] = 1 / spread
		}
	}
}

func weight(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}

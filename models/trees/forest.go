package trees

import (
	"context"

	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// ForestParams are the parameters of a random forest.
type ForestParams struct {
	Params
	Share float64 `yaml:"max_samples" range:"(0,1]" doc:"Rows that are drawn for each tree, with replacement, as a share of all."`
}

// Forest describes trees that split at the best places, each grown on a sample
// of the rows.
func Forest() estimator.Spec {
	const magic = "labbook random-forest 1\n"
	return estimator.Spec{
		Name:    "random-forest",
		Version: 1,
		Doc: `A random forest: trees on samples of the rows, averaged.

Breiman, "Random forests", Machine Learning 45, 2001: every tree sees as many rows as there are, drawn with replacement;
at each node some columns are drawn, and of all their splits the one is taken that lowers the variance (of classes, the
Gini impurity) most. Names, meanings and defaults of parameters are scikit-learn's, and so is the answer for classes, the
mean of the leaves' shares. Contributions follow the way of a row down each tree and give a column what the mean changes
by at its splits.`,
		Tasks:    []metrics.Task{metrics.Regression, metrics.Classification},
		Params:   func() any { return &ForestParams{Params: *defaults(), Share: 1} },
		Parallel: true,
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			p := params.(*ForestParams)
			x, err := tableOf(data)
			if err != nil {
				return nil, err
			}
			values, err := x.rank(ctx, opt.Cores)
			if err != nil {
				return nil, err
			}
			return public(fit(ctx, magic, &p.Params, data, opt, x, func(g *grower) {
				g.sample(max(1, int(p.Share*float64(data.X.Rows))))
				g.way = newBest(g, values)
			}))
		},
		Decode: func(data []byte) (estimator.Model, error) { return decode(magic, data) },
	}
}

// sample draws n rows with replacement: each is there once, and weighs as often
// as it was drawn.
func (g *grower) sample(n int) {
	all := g.data.X.Rows
	counts := make([]float64, all)
	for range n {
		counts[g.rng.IntN(all)]++
	}
	for i, c := range counts {
		if c == 0 {
			continue
		}
		g.rows = append(g.rows, int32(i))
		if g.data.Weights != nil {
			counts[i] *= g.data.Weights[i]
		}
	}
	g.weights = counts
}

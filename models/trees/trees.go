// Package trees averages extremely randomized trees: each is grown on all rows,
// from splits at random places, of which the best of a few is taken. What they
// err by differs from what boosted trees err by, so that both together do
// better than either.
package trees

import (
	"context"

	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Params are what a pipeline can say in `params`; names and meanings are those
// of scikit-learn.
type Params struct {
	Trees       int     `yaml:"n_estimators" range:"[1,10000]" unit:"trees" doc:"Trees to average."`
	MaxFeatures float64 `yaml:"max_features" range:"[0,1]" doc:"Share of the columns that are tried at each split; 0 is all of them for numbers, the square root of their number for classes."`
	MaxDepth    int     `yaml:"max_depth" range:"[0,1000]" doc:"Splits on the way to a leaf at most; 0 is no limit."`
	MinSplit    int     `yaml:"min_samples_split" range:"[2,)" unit:"rows" doc:"Rows that a node needs to be split."`
	MinLeaf     int     `yaml:"min_samples_leaf" range:"[1,)" unit:"rows" doc:"Rows that each leaf keeps; more make smaller and smoother models."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "extra-trees",
		Version: 2,
		Doc: `Extremely randomized trees, averaged.

Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006: every tree sees all rows; at each
node a threshold is drawn at random for each of some columns, and the split is taken that lowers the variance (of
classes, the Gini impurity) most. Contributions follow the way of a row down each tree and give a column what the mean
changes by at its splits.`,
		Tasks:    []metrics.Task{metrics.Regression, metrics.Classification},
		Params:   func() any { return &Params{Trees: 100, MinSplit: 2, MinLeaf: 1} },
		Parallel: true,
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			m, err := fit(ctx, params.(*Params), data, opt)
			if err != nil {
				return nil, err
			}
			return m.public(), nil
		},
		Decode: decode,
	}
}

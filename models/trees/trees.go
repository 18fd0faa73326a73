// Package trees averages trees that differ by chance: extremely randomized ones,
// each grown on all rows from splits at random places, and random forests, each
// grown on a sample of the rows from the best splits of a few columns. What
// they err by differs from what boosted trees err by, so that both together do
// better than either.
package trees

import "labbook/models/estimator"

// Params are what a pipeline can say in `params`; names and meanings are those
// of scikit-learn.
type Params struct {
	Trees       int     `yaml:"n_estimators" range:"[1,10000]" unit:"trees" doc:"Trees to average."`
	MaxFeatures float64 `yaml:"max_features" range:"[0,1]" doc:"Share of the columns that are tried at each split; 0 is all of them for numbers, the square root of their number for classes."`
	MaxDepth    int     `yaml:"max_depth" range:"[0,1000]" doc:"Splits on the way to a leaf at most; 0 is no limit."`
	MinSplit    int     `yaml:"min_samples_split" range:"[2,)" unit:"rows" doc:"Rows that a node needs to be split."`
	MinLeaf     int     `yaml:"min_samples_leaf" range:"[1,)" unit:"rows" doc:"Rows that each leaf keeps; more make smaller and smoother models."`
}

func defaults() *Params { return &Params{Trees: 100, MinSplit: 2, MinLeaf: 1} }

// public gives what fit made with the methods that its task allows.
func public(m *model, err error) (estimator.Model, error) {
	if err != nil {
		return nil, err
	}
	return m.public(), nil
}

package stages

import (
	"context"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
	"labbook/internal/learn/partition"
	"labbook/models/estimator"
	"labbook/models/logistic"
	"labbook/models/training"
)

// classifier is what classify fits.
func classifier() *estimator.Spec { spec := logistic.Spec(); return &spec }

// classify gives each row's probabilities by a logistic regression that did not
// see it, over five folds. It implements explore.Classify; nothing is classified
// where a fold would lack rows.
func classify(ctx context.Context, x *matrix.Matrix, y []float64, classes []string, cores int) ([]float64, error) {
	const folds = 5
	if x.Rows < 10*folds {
		return nil, nil
	}
	spec := classifier()
	p := spec.Params().(*logistic.Params)
	p.C = 10
	recipe := training.Recipe{Spec: spec, Params: p, Seed: 42}
	parts, err := partition.Independent(x.Rows).ByClass(y).Folds(folds, 1, 42)
	if err != nil {
		return nil, err
	}
	out := make([]float64, x.Rows*len(classes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, cores))
	for _, fold := range parts {
		group.Go(func() error {
			part := &matrix.Labelled{X: x.Take(fold.Train), Y: make([]float64, len(fold.Train)), Classes: classes}
			for i, r := range fold.Train {
				part.Y[i] = y[r]
			}
			model, err := recipe.Fit(ctx, training.Holdout{Train: part}, estimator.Options{Cores: 1})
			if err != nil {
				return err
			}
			said := make([]float64, len(fold.Test)*len(classes))
			model.Predict(said, x.Take(fold.Test))
			for i, r := range fold.Test {
				copy(out[r*len(classes):(r+1)*len(classes)], said[i*len(classes):])
			}
			return nil
		})
	}
	return out, group.Wait()
}

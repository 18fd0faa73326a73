package stages

import (
	"context"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
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
	fold := training.Validation{Folds: folds, Seed: 42}.Folding(&matrix.Labelled{X: x, Y: y, Classes: classes})
	out := make([]float64, x.Rows*len(classes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, cores))
	for k := range folds {
		group.Go(func() error {
			var inside, held []int
			for i, f := range fold {
				if f == k {
					held = append(held, i)
				} else {
					inside = append(inside, i)
				}
			}
			part := &matrix.Labelled{X: x.Take(inside), Y: make([]float64, len(inside)), Classes: classes}
			for i, r := range inside {
				part.Y[i] = y[r]
			}
			model, err := recipe.Fit(ctx, training.Holdout{Train: part}, estimator.Options{Cores: 1})
			if err != nil {
				return err
			}
			said := make([]float64, len(held)*len(classes))
			model.Predict(said, x.Take(held))
			for i, r := range held {
				copy(out[r*len(classes):(r+1)*len(classes)], said[i*len(classes):])
			}
			return nil
		})
	}
	return out, group.Wait()
}

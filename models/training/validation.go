package training

import (
	"context"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/estimator"
)

// Validation says which rows of the training part are held out to judge a
// recipe: a share of them once, or each fold in turn. Both 0 is none.
type Validation struct {
	Share float64 // above 0 and below 1
	Folds int     // at least 2
	Seed  uint64
}

// Holdout is one division of the rows of a Source. Test is nil where nothing is
// held out.
type Holdout struct {
	// Features were fitted to the rows of Train, and made both matrices.
	Features    *features.Features
	Train, Test *matrix.Labelled
	// Layout says how the rows of Train belong together; nil: they are
	// independent.
	Layout *partition.Layout
	// Held are the numbers of the rows held out.
	Held []int

	prepared any // for Train, by Spec.Prepare
}

// View gives divisions of the rows as one view of their features shows them.
func View(divisions []Holdout, name string) []Holdout {
	of := func(l *matrix.Labelled) *matrix.Labelled {
		if l == nil {
			return nil
		}
		return &matrix.Labelled{X: l.X.View(name), Y: l.Y, Classes: l.Classes}
	}
	seen := make([]Holdout, len(divisions))
	for i, d := range divisions {
		seen[i] = d
		seen[i].Features, seen[i].Train, seen[i].Test, seen[i].prepared = d.Features.View(name), of(d.Train), of(d.Test), nil
	}
	return seen
}

// Prepare does what fits of the recipe to this division have in common, for
// whoever fits it with several parameters.
func (r *Recipe) Prepare(d *Holdout) {
	if r.Spec.Prepare != nil {
		d.prepared = r.Spec.Prepare(r.Params, d.Train.X)
	}
}

// Validate fits the recipe to each division and predicts the rows held out; it
// gives a sample for each, and the models if Settle has a use for them. With
// several divisions, each fit has one core.
func (r *Recipe) Validate(ctx context.Context, divisions []Holdout, cores int) ([]estimator.Model, []*metrics.Sample, error) {
	fitted, samples := make([]estimator.Model, len(divisions)), make([]*metrics.Sample, len(divisions))
	each := cores
	if len(divisions) > 1 {
		each = 1
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, cores))
	for i, d := range divisions {
		group.Go(func() error {
			model, err := r.Fit(ctx, d, estimator.Options{Cores: each})
			if err != nil {
				return err
			}
			if samples[i], err = r.Sample(model, d); err != nil {
				return err
			}
			if r.Spec.Settle != nil {
				fitted[i] = model
			}
			return nil
		})
	}
	return fitted, samples, group.Wait()
}

// Settle has the recipe learn as long, from now on, as models that it stopped
// early in validation.
func (r *Recipe) Settle(stopped []estimator.Model) {
	if r.Spec.Settle != nil {
		r.Params = r.Spec.Settle(r.Params, stopped)
	}
}

// Pool puts samples of the same task behind each other.
func Pool(samples []*metrics.Sample) *metrics.Sample {
	all := &metrics.Sample{Classes: samples[0].Classes}
	for _, s := range samples {
		all.Actual = append(all.Actual, s.Actual...)
		all.Predicted = append(all.Predicted, s.Predicted...)
		all.Probabilities = append(all.Probabilities, s.Probabilities...)
	}
	return all
}

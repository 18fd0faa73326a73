package training

import (
	"context"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// Recipe is how an estimator is fitted: all that the result depends on besides
// the data.
type Recipe struct {
	Spec      *estimator.Spec
	Params    any // as Spec.Params gave it, decoded over; nil if that is
	Transform bundle.Transform
	Weights   bundle.Weights
	// ClassWeights are what rows of the classes named count; others count 1.
	ClassWeights map[string]float64
	// Bounded keeps predictions of a regression between the least and the
	// greatest target that it learned from.
	Bounded bool
	Seed    uint64
	// Files are those of the project that Spec.Files names.
	Files []estimator.File
	// Memory is how many bytes a program that fits may hold; 0: any.
	Memory int64
}

// Check says, as a *diag.Error, what keeps the recipe from learning from data;
// Fit relies on its having been called.
func (r *Recipe) Check(data *matrix.Labelled) error {
	if data.Classes != nil && r.Transform != bundle.None && r.Transform != "" {
		return &diag.Error{What: "classes cannot be transformed", Found: "target: " + string(r.Transform),
			Wanted: "target: none", Hint: "leave target out, or set task: regression in the features stage"}
	}
	if data.Classes != nil && r.Bounded {
		return diag.New("classes have no bounds", "leave bounds out")
	}
	if err := r.checkWeights(data.Classes); err != nil {
		return err
	}
	if err := r.Spec.Check(&estimator.Data{X: data.X, Y: data.Y, Classes: data.Classes}); err != nil {
		return err
	}
	return r.Spec.CheckViews(r.Params, data.X)
}

// Fit fits the recipe to d.Train, whose target is in its own unit. d.Test, if
// not nil, is for early stopping and for opt.Score.
func (r *Recipe) Fit(ctx context.Context, d Holdout, opt estimator.Options) (estimator.Model, error) {
	data, err := r.data(d.Train, d.Train)
	if err != nil {
		return nil, err
	}
	data.Prepared, data.Layout = d.prepared, d.Layout
	if d.Test != nil {
		if data.Valid, err = r.data(d.Test, d.Train); err != nil {
			return nil, err
		}
	}
	opt.Seed, opt.Files, opt.Memory = r.Seed, r.Files, r.Memory
	return r.Spec.Fit(ctx, r.Params, data, opt)
}

// data gives rows as the estimator takes them; what their classes weigh is told by
// the rows that are learned from.
func (r *Recipe) data(l, learned *matrix.Labelled) (*estimator.Data, error) {
	y, err := r.Transform.Forward(l.Y)
	if err != nil {
		return nil, err
	}
	weights, err := r.weigh(l, learned)
	if err != nil {
		return nil, err
	}
	return &estimator.Data{X: l.X, Y: y, Classes: l.Classes, Weights: weights}, nil
}

// Sample has a model that was fitted to d.Train predict the rows of d.Test, for
// metrics.
func (r *Recipe) Sample(m estimator.Model, d Holdout) (*metrics.Sample, error) {
	data := d.Test
	p, err := bundle.Predict(m, r.Transform, r.Bounds(d.Train.Y), data.Classes, data.X)
	if err != nil {
		return nil, err
	}
	if data.Classes == nil {
		return metrics.NewRegression(data.Y, p.Values), nil
	}
	return metrics.NewClassification(data.Y, data.Classes, p.Probabilities), nil
}

// Bounds gives the range of the targets that the recipe learns from, or nil if
// it is not bounded.
func (r *Recipe) Bounds(y []float64) *bundle.Bounds {
	if !r.Bounded {
		return nil
	}
	return &bundle.Bounds{Low: slices.Min(y), High: slices.Max(y)}
}

package training

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Validation says which rows of the training part are held out to judge a
// recipe: a share of them once, or each fold in turn. Both 0 is none.
type Validation struct {
	Share float64 // above 0 and below 1
	Folds int     // at least 2
	Seed  uint64
}

// Holdout is one division of the training part. Test is nil where nothing is
// held out.
type Holdout struct {
	Train, Test *matrix.Labelled

	prepared any // for Train, by Spec.Prepare
}

// Prepare does what fits of the recipe to this division have in common, for
// whoever fits it with several parameters.
func (r *Recipe) Prepare(d *Holdout) {
	if r.Spec.Prepare != nil {
		d.prepared = r.Spec.Prepare(r.Params, d.Train.X)
	}
}

// Divide gives the divisions of data. Rows are shuffled by the seed; the
// classes are spread evenly (stratified). It is a *diag.Error when there are
// too few rows.
func (v Validation) Divide(data *matrix.Labelled) ([]Holdout, error) {
	if v.Share == 0 && v.Folds == 0 {
		return nil, nil
	}
	n := data.X.Rows
	place := v.order(data) // row at each place; the rows of a class are neighbours
	parts := v.Folds
	held := func(at, part int) bool { return at%v.Folds == part }
	if v.Folds == 0 {
		parts = 1
		// Place i is held out when the share's multiples pass a whole number.
		held = func(at, _ int) bool { return int(float64(at+1)*v.Share) > int(float64(at)*v.Share) }
	}
	divisions := make([]Holdout, parts)
	for part := range parts {
		var train, test []int
		for at, row := range place {
			if held(at, part) {
				test = append(test, row)
			} else {
				train = append(train, row)
			}
		}
		if len(train) == 0 || len(test) == 0 {
			return nil, &diag.Error{What: "there are too few training rows to hold some out for validation",
				Found: fmt.Sprintf("%d rows", n), Hint: "use fewer folds, another share, or no validation"}
		}
		slices.Sort(train)
		slices.Sort(test)
		divisions[part] = Holdout{Train: take(data, train), Test: take(data, test)}
	}
	return divisions, nil
}

// Folding gives the fold of each row of data, from 0; v has folds.
func (v Validation) Folding(data *matrix.Labelled) []int {
	fold := make([]int, data.X.Rows)
	for at, row := range v.order(data) {
		fold[row] = at % v.Folds
	}
	return fold
}

// order shuffles the rows and then, for a classification, brings those of a
// class together.
func (v Validation) order(data *matrix.Labelled) []int {
	order := rand.New(rand.NewPCG(v.Seed, 0x76616c6964617465)).Perm(data.X.Rows)
	if data.Classes != nil {
		slices.SortStableFunc(order, func(a, b int) int { return int(data.Y[a]) - int(data.Y[b]) })
	}
	return order
}

func take(data *matrix.Labelled, rows []int) *matrix.Labelled {
	y := make([]float64, len(rows))
	for i, row := range rows {
		y[i] = data.Y[row]
	}
	return &matrix.Labelled{X: data.X.Take(rows), Y: y, Classes: data.Classes}
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
			samples[i] = r.Sample(model, d)
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
	var actual, predicted, probabilities []float64
	for _, s := range samples {
		actual = append(actual, s.Actual...)
		predicted = append(predicted, s.Predicted...)
		probabilities = append(probabilities, s.Probabilities...)
	}
	if classes := samples[0].Classes; classes != nil {
		return metrics.NewClassification(actual, classes, probabilities)
	}
	return metrics.NewRegression(actual, predicted)
}

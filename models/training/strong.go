package training

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// strong is the estimator that does well on most tables as it stands.
const strong = "boosting"

// strongRows is from how many rows at most it is fitted as a check.
const strongRows = 10_000

// errTexts says why no check fits trees.
var errTexts = errors.New("it reads texts, of which trees are slow to learn")

func readsTexts(b *bundle.Bundle) bool {
	return slices.ContainsFunc(b.Features.Inputs, func(f table.Field) bool { return f.Type == table.Text })
}

// Strong fits boosted trees with their default parameters to what a bundle learns
// from, and gives what they say. Rows are drawn evenly.
func Strong(ctx context.Context, b *bundle.Bundle, train *table.Table, cores int) (func(*table.Table) (*bundle.Predictions, error), error) {
	spec := models.Lookup(strong)
	recipe := Recipe{Spec: spec, Params: spec.Params(), Transform: b.Transform, Bounded: b.Bounds != nil, Seed: b.Seed}
	if readsTexts(b) {
		return nil, errTexts
	}
	part, err := b.Features.Main().Learn(evenly(train, strongRows), cores)
	if err != nil {
		return nil, err
	}
	model, err := recipe.Fit(ctx, Holdout{Features: part.Features, Train: part.Data}, estimator.Options{Cores: cores})
	if err != nil {
		return nil, err
	}
	again := *b
	again.Features, again.Estimator, again.Model, again.Bounds, again.Interval, again.Calibration = part.Features, strong, model, recipe.Bounds(part.Data.Y), nil, nil
	return again.Predict, nil
}

// evenly gives at most n rows of a table.
func evenly(t *table.Table, n int) *table.Table {
	if t.Rows() <= n {
		return t
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = int(int64(i) * int64(t.Rows()) / int64(n))
	}
	return t.Take(rows)
}

// apartRows is of how many rows of each part it is asked whether they can be told
// apart; apartTrees by how many trees.
const (
	apartRows  = 1_500
	apartTrees = "30"
)

// Apart lets boosted trees tell the rows of the test part from those of the
// training part, as a bundle's features see them: half of the rows, drawn at
// random, are learned from, and what is said of the others is given. The class 1
// is the test part.
func Apart(ctx context.Context, b *bundle.Bundle, train, test *table.Table, cores int) (*metrics.Sample, error) {
	if readsTexts(b) {
		return nil, errTexts
	}
	train, test = evenly(train, apartRows), evenly(test, apartRows)
	x, err := b.Features.Main().TransformWith(table.Concat(train, test), cores)
	if err != nil {
		return nil, err
	}
	order := rand.New(rand.NewPCG(b.Seed, 0x6170617274)).Perm(x.Rows)
	half := func(rows []int) *matrix.Labelled {
		l := &matrix.Labelled{X: x.Take(rows), Y: make([]float64, len(rows)), Classes: []string{"training", "test"}}
		for i, row := range rows {
			if row >= train.Rows() {
				l.Y[i] = 1
			}
		}
		return l
	}
	learned, asked := half(order[:x.Rows/2]), half(order[x.Rows/2:])
	spec := models.Lookup(strong)
	p := spec.Params()
	if err := params.Set(p, "n_estimators", apartTrees); err != nil {
		return nil, err
	}
	recipe := Recipe{Spec: spec, Params: p, Seed: b.Seed}
	model, err := recipe.Fit(ctx, Holdout{Train: learned}, estimator.Options{Cores: cores})
	if err != nil {
		return nil, err
	}
	said := make([]float64, 2*len(asked.Y))
	model.Predict(said, asked.X)
	return metrics.NewClassification(asked.Y, asked.Classes, said), nil
}

package training

import (
	"context"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// aloneRows is from how many rows at most a recipe is fitted to one column: what
// it tells alone is told by fewer rows than all of them together.
const aloneRows = 3_000

// leastAlone is the fewest rows that it is fitted to.
const leastAlone = 30

// Alone fits a bundle's recipe anew to a training part in which only one column
// varies, and gives what it then says of a table's rows: the others are held at
// one value there too. Rows are drawn evenly.
func Alone(ctx context.Context, b *bundle.Bundle, train *table.Table, column string, cores int) (func(*table.Table) (*bundle.Predictions, error), error) {
	recipe, err := settledRecipe(b)
	if err != nil {
		return nil, err
	}
	train = evenly(train, aloneRows)
	hold := holder(train, column, b.Features.Target.Name)
	part, err := b.Features.Learn(hold(train), cores)
	if err != nil {
		return nil, err
	}
	if len(part.Data.Y) < leastAlone {
		return nil, diag.New("too few training rows have a known outcome", "")
	}
	model, err := recipe.Fit(ctx, Holdout{Features: part.Features, Train: part.Data}, estimator.Options{Cores: cores})
	if err != nil {
		return nil, err
	}
	again := *b
	again.Features, again.Model, again.Bounds, again.Interval = part.Features, model, recipe.Bounds(part.Data.Y), nil
	return func(t *table.Table) (*bundle.Predictions, error) { return again.Predict(hold(t)) }, nil
}

// holder gives the function that holds all columns of a table but these at the
// first value that they have in train.
func holder(train *table.Table, but ...string) func(*table.Table) *table.Table {
	return func(t *table.Table) *table.Table {
		columns := slices.Clone(t.Columns)
		for i, c := range columns {
			from := train.Column(c.Name)
			if from == nil || slices.Contains(but, c.Name) {
				continue
			}
			row := 0
			for row < from.Len()-1 && from.IsMissing(row) {
				row++
			}
			columns[i] = table.New(from).Take(slices.Repeat([]int{row}, t.Rows())).Columns[0]
		}
		return table.New(columns...)
	}
}

// settledRecipe gives the recipe by which a bundle was fitted in the end.
func settledRecipe(b *bundle.Bundle) (*Recipe, error) {
	found, err := settledParams(b)
	return &Recipe{Spec: models.Lookup(b.Estimator), Params: found, Transform: b.Transform, Weights: b.Weights, ClassWeights: b.ClassWeights, Bounded: b.Bounds != nil, Seed: b.Seed, Files: estimator.FilesOf(b.Model)}, err
}

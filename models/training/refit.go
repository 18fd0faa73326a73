package training

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// Refitter fits a bundle's estimator anew, with its parameters, on a share of
// the training part as its own features see it, and gives how many rows that
// were and the bundle; nil where they are too few. Rows are drawn by the bundle's
// seed; larger shares hold the smaller ones. It is nil itself where the
// estimator's parameters are not known.
func Refitter(b *bundle.Bundle, split *artifact.Artifact) func(ctx context.Context, share float64, cores int) (int, *bundle.Bundle, error) {
	if !refits(b) {
		return nil
	}
	var whole *matrix.Labelled
	return func(ctx context.Context, share float64, cores int) (int, *bundle.Bundle, error) {
		if whole == nil {
			var err error
			if whole, err = learned(b.Features, split); err != nil {
				return 0, nil, err
			}
		}
		n := int(share * float64(whole.X.Rows))
		if share >= 1 || n < fewestRefit {
			return n, nil, nil
		}
		rows := rand.New(rand.NewPCG(b.Seed, 0x6c6561726e696e67)).Perm(whole.X.Rows)[:n]
		slices.Sort(rows)
		part := &matrix.Labelled{X: whole.X.Take(rows), Y: make([]float64, n), Classes: whole.Classes}
		for i, r := range rows {
			part.Y[i] = whole.Y[r]
		}
		recipe, err := recipeOf(b)
		if err != nil {
			return 0, nil, err
		}
		model, err := recipe.Fit(ctx, Holdout{Train: part}, estimator.Options{Cores: cores})
		if err != nil {
			return 0, nil, err
		}
		again := *b
		again.Model, again.Bounds = model, recipe.Bounds(part.Y)
		return n, &again, nil
	}
}

// refits says whether the recipe of a bundle is known.
func refits(b *bundle.Bundle) bool {
	spec := models.Lookup(b.Estimator)
	return spec != nil && (spec.Params != nil || len(b.Params) == 0)
}

// recipeOf gives the recipe by which a bundle was fitted.
func recipeOf(b *bundle.Bundle) (*Recipe, error) {
	recipe := &Recipe{Spec: models.Lookup(b.Estimator), Transform: b.Transform, Weights: b.Weights, ClassWeights: b.ClassWeights, Bounded: b.Bounds != nil, Seed: b.Seed}
	if recipe.Spec.Params == nil {
		return recipe, nil
	}
	recipe.Params = recipe.Spec.Params()
	var lines []params.Line
	for _, path := range slices.Sorted(maps.Keys(b.Params)) {
		lines = append(lines, params.Line{Path: path, Value: b.Params[path]})
	}
	return recipe, params.Restore(recipe.Params, lines)
}

// fewestRefit is the fewest rows from which a model is fitted again.
const fewestRefit = 30

// learned gives the training part's matrix and outcome as a bundle's features
// make them.
func learned(f *features.Features, split *artifact.Artifact) (*matrix.Labelled, error) {
	t, err := partition.Train(split)
	if err != nil {
		return nil, err
	}
	return labelled(f, t)
}

// labelled gives the matrix and the outcome of the rows of a table whose outcome
// is known.
func labelled(f *features.Features, t *table.Table) (*matrix.Labelled, error) {
	y, err := f.Outcome(t)
	if err != nil {
		return nil, err
	}
	var known []int
	var outcome []float64
	for i, v := range y {
		if !math.IsNaN(v) {
			known, outcome = append(known, i), append(outcome, v)
		}
	}
	if len(known) != t.Rows() {
		t = t.Take(known)
	}
	x, err := f.Transform(t)
	return &matrix.Labelled{X: x, Y: outcome, Classes: f.Classes}, err
}

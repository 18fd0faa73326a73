package stages

import (
	"context"
	"sync"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
	"labbook/models/training"
)

// fewestRefit is the fewest rows from which a model is fitted again.
const fewestRefit = 30

// refitter gives what fits a model anew on a share of the training part: features
// and estimator, with the parameters that were found. Shares are drawn as the rows
// belong together, by the bundle's seed, and larger ones hold the smaller ones; in
// time they are the latest rows. It is nil where nobody knows how the model came
// about.
func refitter(declared *training.Declared, b *bundle.Bundle, split *artifact.Artifact) (func(context.Context, float64, int) (int, evaluation.Predict, error), error) {
	if declared == nil {
		return nil, nil
	}
	settled, err := declared.Settled(b)
	if err != nil {
		return nil, err
	}
	whole := sync.OnceValues(func() (*learned, error) { return openLearned(split, b) })
	return func(ctx context.Context, share float64, cores int) (int, evaluation.Predict, error) {
		all, err := whole()
		if err != nil {
			return 0, nil, err
		}
		if n := int(share * float64(all.table.Rows())); share >= 1 || n < fewestRefit {
			return n, nil, nil
		}
		part := all.layout.Part(share, b.Seed)
		again, err := settled.Fit(ctx, all.table.Take(part), all.structure.Of(part), b.Features, &training.Work{Cores: cores})
		if err != nil {
			return 0, nil, err
		}
		return len(part), training.Said(again.Predict), nil
	}, nil
}

// learned is the training part of a split, without the rows of unknown outcome.
type learned struct {
	table     *table.Table
	structure *partition.Structure
	layout    *partition.Layout
}

// openLearned reads the training part, and drops the rows that the bundle could
// not learn from either.
func openLearned(split *artifact.Artifact, b *bundle.Bundle) (*learned, error) {
	t, err := partition.Train(split)
	if err != nil {
		return nil, err
	}
	structure, err := partition.OpenStructure(split)
	if err != nil {
		return nil, err
	}
	known, _, err := b.Features.Known(t)
	if err != nil {
		return nil, err
	}
	if known != nil {
		t, structure = t.Take(known), structure.Of(known)
	}
	layout, err := structure.Layout(t)
	return &learned{t, structure, layout}, err
}

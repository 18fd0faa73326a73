package stages

import (
	"context"

	"labbook/internal/data/metrics"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/models/training"
)

// mostDoubted is on how many rows at most a stricter split is tried.
const mostDoubted = 50_000

// strictly makes a model again, with the parameters that were found, under a
// stricter split of the rows, which holds out as large a share of them, and asks it
// about these.
func (w *whole) strictly(ctx context.Context, m maker, strict *partition.Structure, cores int) (*evaluation.Strict, error) {
	settled, err := m.declared.Settled(m.Bundle)
	if err != nil {
		return nil, err
	}
	rows := w.known
	if n := len(rows); n > mostDoubted {
		rows = make([]int, mostDoubted)
		for i := range rows {
			rows[i] = w.known[int(int64(i)*int64(n)/mostDoubted)]
		}
	}
	t := w.table.Take(rows)
	whole := *strict
	whole.Together = w.structure.Together
	structure := whole.Of(rows)
	layout, err := structure.Layout(t)
	if err != nil {
		return nil, err
	}
	outcome, err := m.Features.Outcome(t)
	if err != nil {
		return nil, err
	}
	if m.Features.Classes != nil {
		layout = layout.ByClass(outcome)
	}
	parts, err := layout.Share(1-float64(w.train)/float64(w.table.Rows()), m.Seed)
	if err != nil {
		return nil, err
	}
	made, err := settled.Fit(ctx, t.Take(parts.Train), structure.Of(parts.Train), m.Features, &training.Work{Cores: cores})
	if err != nil {
		return nil, err
	}
	said, err := made.Predict(t.Take(parts.Test))
	if err != nil {
		return nil, err
	}
	sample := &metrics.Sample{Actual: make([]float64, len(parts.Test)), Predicted: said.Values, Classes: said.Classes, Probabilities: said.Probabilities}
	for i, row := range parts.Test {
		sample.Actual[i] = outcome[row]
	}
	return &evaluation.Strict{Said: sample, Units: layout.Take(parts.Test).Units()}, nil
}

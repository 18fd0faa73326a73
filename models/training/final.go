package training

import (
	"context"

	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
)

// Final fits the model that judged is to all of a table's rows, those that judged
// has learned from and those that it was judged on: features and estimator. What
// only rows held out can say stays as they said it of judged: parameters that were
// searched for, rounds after which it was stopped, calibration, threshold, ranges
// and sets. It is for answering. Nothing is to be measured by it, for it has seen
// all rows there are, and so it carries no figures.
func (d *Declared) Final(ctx context.Context, t *table.Table, structure *partition.Structure, judged *bundle.Bundle, work *Work) (*bundle.Bundle, error) {
	settled, err := d.Settled(judged)
	if err != nil {
		return nil, err
	}
	from, err := newSource(t, structure, settled.Features, judged.Features, work.Cores)
	if err != nil {
		return nil, err
	}
	trained, err := settled.Train.Train(ctx, from, work)
	if err != nil {
		return nil, err
	}
	final := trained.Bundle
	final.Calibration, final.Threshold = judged.Calibration, judged.Threshold
	if final.Interval = judged.Interval; judged.Interval != nil && !judged.Features.Encodes(final.Features) {
		final.Interval = judged.Interval.Reading(judged.Features.Lenient())
	}
	return final, nil
}

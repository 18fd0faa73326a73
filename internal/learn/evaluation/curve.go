package evaluation

import (
	"context"
	"fmt"

	"labbook/internal/base/facts"
	"labbook/internal/data/metrics"
)

// CurvePoint is the leader's primary metric on the test part after learning
// from so many rows.
type CurvePoint struct {
	Rows  int          `json:"rows"`
	Value facts.Number `json:"value"`
	Low   facts.Number `json:"low"` // the ends of its interval; equal to Value when none was taken
	High  facts.Number `json:"high"`
}

// shares of the training rows, or of so many of them, on which the leader is fitted
// again; the whole is the leader itself. Together they cost less than the first
// fit, and of many rows little of it.
var shares = []float64{0.1, 0.25, 0.5}

const curveRows = 100_000

// fewestRows below which a share is left out: what is learned from less says
// nothing.
const fewestRows = 30

func (j *Judgement) learn(ctx context.Context, cores int) ([]CurvePoint, error) {
	leader := j.candidates[j.Lead()]
	var points []CurvePoint
	boot := j.bootstrap(cores)
	boot.Resamples = min(boot.Resamples, 300)
	measure := func(rows int, s *metrics.Sample) error {
		value, replicates, err := boot.Replicates(ctx, []metrics.Figure{j.Main.Of(s)})
		if err != nil {
			return err
		}
		p := CurvePoint{Rows: rows, Value: facts.Number(value[0])}
		p.Low, p.High = p.Value, p.Value
		if low, high, ok := boot.Interval(replicates[0]); ok {
			p.Low, p.High = facts.Number(low), facts.Number(high)
		}
		points = append(points, p)
		return nil
	}
	all, _, err := leader.Refit(ctx, 1, cores)
	if err != nil {
		return nil, err
	}
	for _, share := range shares {
		share *= float64(min(all, curveRows)) / float64(all)
		rows, predict, err := leader.Refit(ctx, share, cores)
		if err != nil {
			return nil, fmt.Errorf("learning curve: fitting %s on %.0f%% of its rows: %w", leader.Stage, 100*share, err)
		}
		if rows < fewestRows || predict == nil {
			continue
		}
		said, err := predict(j.Table)
		if err != nil {
			return nil, err
		}
		if err := measure(rows, sample(j.Task, j.Samples[j.Lead()].Actual, j.Classes, said).Decide(leader.Threshold)); err != nil {
			return nil, err
		}
	}
	if len(points) == 0 {
		return nil, nil
	}
	return points, measure(all, j.Samples[j.Lead()])
}

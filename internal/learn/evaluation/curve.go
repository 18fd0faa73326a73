package evaluation

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/facts"
	"labbook/internal/data/metrics"
)

// CurvePoint is the leader's primary metric on the test part, or on askedRows of it,
// after learning from so many rows.
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

// learn fits the leader again on each share, several at once.
func (j *Judgement) learn(ctx context.Context, cores int) ([]CurvePoint, error) {
	leader := j.candidates[j.Lead()]
	all, _, err := leader.Refit(ctx, 1, cores)
	if err != nil {
		return nil, err
	}
	asked := j.asked(askedRows)
	points := make([]CurvePoint, len(shares))
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(max(cores, 1))
	for i := range slices.Backward(shares) { // what takes longest begins first
		group.Go(func() error {
			share, each := shares[i]*float64(min(all, curveRows))/float64(all), max(1, cores/len(shares))
			rows, predict, err := leader.Refit(running, share, each)
			if err != nil {
				return fmt.Errorf("learning curve: fitting %s on %.0f%% of its rows: %w", leader.Stage, 100*share, err)
			}
			if rows < fewestRows || predict == nil {
				return nil
			}
			said, err := predict(asked.Table)
			if err != nil {
				return err
			}
			points[i], err = j.point(running, rows, sample(j.Task, asked.Samples[0].Actual, j.Classes, said).Decide(leader.Threshold), asked.units, each)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	points = slices.DeleteFunc(points, func(p CurvePoint) bool { return p.Rows == 0 })
	if len(points) == 0 {
		return nil, nil
	}
	whole, err := j.point(ctx, all, j.Samples[j.Lead()], j.units, cores)
	if err != nil {
		return nil, err
	}
	return append(points, whole), nil
}

// point measures what was said after learning from so many rows.
func (j *Judgement) point(ctx context.Context, rows int, s *metrics.Sample, units *metrics.Units, cores int) (CurvePoint, error) {
	boot := j.bootstrap(cores)
	boot.Resamples, boot.Units = min(boot.Resamples, 300), units
	value, replicates, err := boot.Replicates(ctx, []metrics.Figure{j.Main.Of(s)})
	if err != nil {
		return CurvePoint{}, err
	}
	p := CurvePoint{Rows: rows, Value: facts.Number(value[0])}
	p.Low, p.High = p.Value, p.Value
	if low, high, ok := boot.Interval(replicates[0]); ok {
		p.Low, p.High = facts.Number(low), facts.Number(high)
	}
	return p, nil
}

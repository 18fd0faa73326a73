package training

import (
	"context"

	"labbook/internal/base/diag"
	"labbook/internal/base/facts"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
	"labbook/models/calibration"
)

// answers are what the rows held out say of how a model is to answer, for its
// bundle, and what was seen on the way.
type answers struct {
	interval    *bundle.Ranges
	calibration *calibration.Map
	threshold   *metrics.Threshold
	members     []member
	answered    []*metrics.Sample // what the model would have answered of them

	calibrated *CalibrationFacts
	chosen     *ThresholdFacts
}

// suits says which options are not for the task of these classes, nil of numbers.
func (o *Options) suits(classes []string) error {
	switch {
	case classes == nil && o.Interval != nil && o.Interval.Abstain:
		return diag.New("a model of numbers cannot abstain", "leave abstain out: the range says how far off it may be")
	case classes != nil && o.Threshold != nil && o.Interval != nil && o.Interval.Abstain:
		return diag.New("a threshold decides by what mistakes cost, and abstain leaves it open where there is doubt", "keep one of them")
	case classes == nil && o.calibrates():
		return diag.New("numbers have no probabilities to calibrate", "leave calibrate out; interval says how far off a prediction may be")
	}
	return o.Threshold.suits(classes)
}

// ofClasses finds how probabilities become answers, from what was said of the rows
// that each division held out, which belong together as held says. It gives
// besides what would have been answered of them, each row calibrated by others.
func (o *Options) ofClasses(ctx context.Context, samples []*metrics.Sample, held *partition.Layout, cores int) (a answers, err error) {
	before := Pool(samples)
	var after *metrics.Sample
	a.calibration, after = calibration.Fit(o.calibration(before.Rows()), before, parts(samples, held, o.Seed))
	if a.calibration != nil {
		a.calibrated = &CalibrationFacts{Before: curveOf(before), After: curveOf(after)}
	}
	if o.Threshold != nil {
		if a.threshold, a.chosen, err = o.Threshold.choose(ctx, after, held.Units(), o.Seed, cores); err != nil {
			return a, err
		}
	}
	if o.Interval != nil {
		if a.interval, err = o.Interval.sets(after, held.Units(), folds(samples)); err != nil {
			return a, err
		}
	}
	a.answered = apart(after.Decide(a.threshold), samples)
	return a, nil
}

// calibrationParts is into how many parts the rows of a single division are dealt.
const calibrationParts = 5

// parts gives each row held out the number of its part: its division, or, of a
// single one, one that is dealt as the rows belong together. A calibration of one
// part is fitted to the others.
func parts(samples []*metrics.Sample, held *partition.Layout, seed uint64) []int {
	if len(samples) == 1 {
		return held.Deal(calibrationParts, seed)
	}
	var part []int
	for division, s := range samples {
		for range s.Rows() {
			part = append(part, division)
		}
	}
	return part
}

// apart is the inverse of Pool: it parts a sample as these are.
func apart(pool *metrics.Sample, like []*metrics.Sample) []*metrics.Sample {
	out, at, k := make([]*metrics.Sample, len(like)), 0, len(pool.Classes)
	for i, s := range like {
		n := s.Rows()
		out[i] = &metrics.Sample{Actual: pool.Actual[at : at+n], Predicted: pool.Predicted[at : at+n], Classes: pool.Classes, Probabilities: pool.Probabilities[at*k : (at+n)*k]}
		at += n
	}
	return out
}

// curveOf measures probabilities.
func curveOf(s *metrics.Sample) Calibrated {
	measure := func(name string) facts.Number {
		m, _ := metrics.Lookup(name)
		return facts.Number(m.On(s, "").Value)
	}
	return Calibrated{LogLoss: measure("log_loss"), Error: measure("calibration_error"), Bins: metrics.Calibration(s, 10)}
}

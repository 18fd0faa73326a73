package evaluation

import (
	"fmt"
	"math"

	"labbook/internal/base/ascending"
	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// Coverage says how a model's prediction intervals, or the sets of its classes, did
// on the test part.
type Coverage struct {
	Level float64 `json:"level"` // what they should hold
	Share float64 `json:"share"` // of the rows they do hold
	// Low and High bound the share that they hold in the long run, at 95 %:
	// Wilson, "Probable Inference, the Law of Succession, and Statistical
	// Inference", JASA 22, 1927. Where rows are not independent, there are as many
	// as there are groups, or blocks of time.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Mean and Median are of the intervals' widths, in the target's unit, or of the
	// number of classes in the sets.
	Mean   float64 `json:"mean_width"`
	Median float64 `json:"median_width"`
	Rows   int     `json:"rows"`
	// Sets says more about sets; nil of intervals.
	Sets *SetCoverage `json:"sets,omitempty"`
}

// Values gives the coverage as metrics: coverage_90 and width_90, or set_size_90.
func (c *Coverage) Values(unit string) []metrics.Value {
	at := fmt.Sprintf("%g", math.Round(1000*c.Level)/10)
	width := metrics.Value{Name: "width_" + at, Value: c.Mean, Unit: unit, Better: metrics.Lower}
	if c.Sets != nil {
		width.Name = "set_size_" + at
	}
	return []metrics.Value{{Name: "coverage_" + at, Value: c.Share, Low: &c.Low, High: &c.High, Level: 0.95}, width}
}

// kept says whether the intervals hold about what they should: no more is
// missing than chance explains.
func (c *Coverage) kept() bool { return c.High >= c.Level }

// words says it in a sentence.
func (c *Coverage) words(stage, unit string) string {
	if c.Sets != nil {
		return c.ofSets(stage)
	}
	if unit != "" {
		unit = " " + unit
	}
	text := fmt.Sprintf("the %g %% intervals of %s hold %.1f %% of the test rows, and are %s%s wide on average",
		100*c.Level, stage, 100*c.Share, human.Digits(c.Mean, 4), unit)
	if !c.kept() {
		text += ": fewer than they should, so that the test rows are unlike those of training, or the fit is unstable"
	}
	return text
}

// cover measures the intervals and sets of every candidate that gives some.
func (j *Judgement) cover() error {
	for i, candidate := range j.candidates {
		var c *Coverage
		switch {
		case candidate.Interval != nil:
			low, high, err := candidate.Interval(j.Table)
			if err != nil {
				return fmt.Errorf("%s: %w", candidate.Stage, err)
			}
			c = measureCoverage(candidate.Level, j.Samples[i].Actual, low, high, j.units)
		case candidate.Sets != nil:
			in, err := candidate.Sets(j.Table)
			if err != nil {
				return fmt.Errorf("%s: %w", candidate.Stage, err)
			}
			c = coverSets(candidate.Level, j.Samples[i], in, j.units)
		default:
			continue
		}
		j.Models[i].Coverage = c
		switch {
		case !c.kept():
			j.find(checks.IntervalsFail, "", c.Rows, "%s", c.words(candidate.Stage, j.Unit))
		case i == 0:
			j.find(checks.IntervalsHold, "", 0, "%s", c.words(candidate.Stage, j.Unit))
		}
	}
	return nil
}

func measureCoverage(level float64, actual, low, high []float64, units *metrics.Units) *Coverage {
	held, widths := make([]bool, len(actual)), make([]float64, len(actual))
	for i, y := range actual {
		held[i], widths[i] = low[i] <= y && y <= high[i], high[i]-low[i]
	}
	return coverage(level, held, widths, units)
}

// coverage gives what follows from which rows were held, and how wide the ranges
// or sets are; it sorts these.
func coverage(level float64, held []bool, widths []float64, units *metrics.Units) *Coverage {
	n := len(held)
	c := &Coverage{Level: level, Rows: n}
	count := 0
	for i, is := range held {
		count += bit(is)
		c.Mean += widths[i] / float64(n)
	}
	c.Share = float64(count) / float64(n)
	ascending.Floats(widths)
	c.Median = (widths[(n-1)/2] + widths[n/2]) / 2
	c.Low, c.High = metrics.Wilson(c.Share, float64(max(1, units.Independent(n))))
	return c
}

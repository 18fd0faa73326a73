package evaluation

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// Coverage says how a model's prediction intervals did on the test part.
type Coverage struct {
	Level float64 `json:"level"` // what they should hold
	Share float64 `json:"share"` // of the rows they do hold
	// Low and High bound the share that they hold in the long run, at 95 %:
	// Wilson, "Probable Inference, the Law of Succession, and Statistical
	// Inference", JASA 22, 1927.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Mean and Median are of the intervals' widths, in the target's unit.
	Mean   float64 `json:"mean_width"`
	Median float64 `json:"median_width"`
	Rows   int     `json:"rows"`
}

// Values gives the coverage as metrics: coverage_90 and width_90.
func (c *Coverage) Values(unit string) []metrics.Value {
	at := fmt.Sprintf("%g", math.Round(1000*c.Level)/10)
	return []metrics.Value{
		{Name: "coverage_" + at, Value: c.Share, Low: &c.Low, High: &c.High, Level: 0.95},
		{Name: "width_" + at, Value: c.Mean, Unit: unit, Better: metrics.Lower},
	}
}

// kept says whether the intervals hold about what they should: no more is
// missing than chance explains.
func (c *Coverage) kept() bool { return c.High >= c.Level }

// words says it in a sentence.
func (c *Coverage) words(stage, unit string) string {
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

// cover measures the intervals of every candidate that gives some.
func (j *Judgement) cover() error {
	for i, candidate := range j.candidates {
		if candidate.Interval == nil {
			continue
		}
		low, high, err := candidate.Interval(j.Table)
		if err != nil {
			return fmt.Errorf("%s: %w", candidate.Stage, err)
		}
		c := measureCoverage(candidate.Level, j.Samples[i].Actual, low, high)
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

func measureCoverage(level float64, actual, low, high []float64) *Coverage {
	n := len(actual)
	c := &Coverage{Level: level, Rows: n}
	widths := make([]float64, n)
	held := 0
	for i, y := range actual {
		held += bit(low[i] <= y && y <= high[i])
		widths[i] = high[i] - low[i]
		c.Mean += widths[i] / float64(n)
	}
	slices.Sort(widths)
	c.Median = (widths[(n-1)/2] + widths[n/2]) / 2
	c.Share = float64(held) / float64(n)
	c.Low, c.High = wilson(c.Share, float64(n))
	return c
}

// wilson gives the 95 % interval of a share of n rows (Wilson 1927).
func wilson(share, n float64) (low, high float64) {
	const z = 1.959964
	centre := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}

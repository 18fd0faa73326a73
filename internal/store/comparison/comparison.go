// Package comparison says which of two measured models is better: better,
// worse, a tie, or not comparable, and why. Runs, versions and their pages ask
// it, so that none of them takes noise, or other test rows, for progress.
//
// The grounds are paired differences: what two evaluations kept of each model's
// predictions of the same test rows, resampled together. Two plain numbers are
// no grounds, nor are two intervals that overlap or do not.
package comparison

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
)

// NotComparable is the verdict where no honest comparison can be made; the
// others are those of package metrics.
const NotComparable metrics.Verdict = "not comparable"

// Answer is how B stands to A by a metric.
type Answer struct {
	// Verdict is "" where there is nothing to judge: one side lacks the metric,
	// or neither direction of it is better, as of a count of rows.
	Verdict metrics.Verdict `json:"verdict,omitempty"`
	// Reason says why it is a tie or not comparable.
	Reason string `json:"reason,omitempty"`
	// On says on which rows the two were compared where those are not the rows
	// of both values: "the test rows of version 2".
	On string `json:"on,omitempty"`
	// Difference is B less A, as people subtract what they see, with the
	// interval of the paired difference where one was taken. Nil where one side
	// lacks the metric.
	Difference *metrics.Value `json:"difference,omitempty"`
}

// Metric is a metric of two runs or versions side by side, with its answer.
type Metric struct {
	record.MetricChange
	Answer
}

// Signed writes the difference with its sign and interval, "–" where there is
// none: "+0.0032 [-0.0103, 0.0174]".
func (a Answer) Signed() string {
	if a.Difference == nil {
		return "–"
	}
	text := a.Difference.Format()
	if a.Difference.Value > 0 {
		text = "+" + text
	}
	return text
}

// Comparer compares what a project's runs and versions measured. It is safe for
// concurrent use. Comparisons are remembered, for pages ask again and again.
type Comparer struct {
	Registry *registry.Registry
	Ledger   Ledger
	// Cores are how many resampling may take; 0 means all of them.
	Cores int

	mu    sync.Mutex
	known map[string]map[string]Answer // by both sides, then by the metric
	tests map[string]string            // of versions that do not record it: the digest of their test part
}

// Ledger tells what the stages of a run measured and left.
type Ledger interface {
	Stages(ctx context.Context, run string) ([]*record.Stage, error)
}

// remembered is how many comparisons are kept, each some hundred bytes.
const remembered = 1000

func (c *Comparer) cores() int {
	if c.Cores > 0 {
		return c.Cores
	}
	return runtime.GOMAXPROCS(0)
}

// plain answers for a metric as far as its two values say it. done is false
// where the rows have to be looked at.
func plain(m *record.MetricChange) (a Answer, done bool) {
	if m.A == nil || m.B == nil || math.IsNaN(m.A.Value) || math.IsNaN(m.B.Value) {
		return Answer{}, true
	}
	d := *m.B
	d.Value, d.Low, d.High, d.Level = m.B.Value-m.A.Value, nil, nil, 0
	return Answer{Difference: &d}, m.B.Better == ""
}

// incomparable answers that nobody can tell, and keeps the plain difference.
func incomparable(a Answer, reason string, args ...any) Answer {
	a.Verdict, a.Reason = NotComparable, fmt.Sprintf(reason, args...)
	return a
}

// paired answers from a comparison of B with A.
func paired(m *metrics.Metric, c metrics.Comparison, unit string) Answer {
	d := metrics.Value{Name: m.Name, Value: c.Better, Low: &c.Low, High: &c.High, Level: c.Level, Better: m.Better}
	if m.Scale == metrics.OfTarget {
		d.Unit = unit
	}
	if m.Better == metrics.Lower { // Comparison counts improvement
		low, high := 0-c.High, 0-c.Low
		d.Value, d.Low, d.High = 0-c.Better, &low, &high
	}
	a := Answer{Verdict: c.Verdict, Difference: &d}
	switch {
	case c.Verdict != metrics.Tie:
	case c.Unsure:
		a.Reason = "too few rows to tell"
	case c.Better == 0 && c.Low == 0 && c.High == 0:
		a.Reason = "they do not differ"
	default:
		a.Reason = "within noise"
	}
	return a
}

// turned gives the answer for A against B.
func (a Answer) turned() Answer {
	switch a.Verdict {
	case metrics.BetterThan:
		a.Verdict = metrics.WorseThan
	case metrics.WorseThan:
		a.Verdict = metrics.BetterThan
	}
	if d := a.Difference; d != nil {
		other := *d
		other.Value = 0 - d.Value
		if d.Low != nil && d.High != nil {
			low, high := 0-*d.High, 0-*d.Low
			other.Low, other.High = &low, &high
		}
		a.Difference = &other
	}
	return a
}

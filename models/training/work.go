package training

import (
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/tune"
)

// Work is what a training may use and whom it tells. It decides nothing about
// what comes out.
type Work struct {
	Cores int
	// Progress, Scored, Logf and Warn are told how it goes; nil drops it.
	Progress func(step string, done, total int64, unit string)
	// Scored is told what a search found of one thing that it tried, and how many it
	// has tried with this.
	Scored func(number int, of string, value metrics.Value)
	Logf   func(format string, args ...any)
	Warn   func(notebook.Finding)
	// Trials gives what a search over a space resumes from, and keeps its trials
	// in; nil: nothing is kept.
	Trials func(tune.Space) (tune.Store, error)
}

func (w *Work) progress(step string, done, total int64, unit string) {
	if w.Progress != nil {
		w.Progress(step, done, total, unit)
	}
}

func (w *Work) scored(number int, of string, value metrics.Value) {
	if w.Scored != nil {
		w.Scored(number, of, value)
	}
}

func (w *Work) logf(format string, args ...any) {
	if w.Logf != nil {
		w.Logf(format, args...)
	}
}

func (w *Work) warn(f notebook.Finding) {
	if w.Warn != nil {
		w.Warn(f)
	}
}

func (w *Work) store(space tune.Space) (tune.Store, error) {
	if w.Trials == nil {
		return nil, nil
	}
	return w.Trials(space)
}

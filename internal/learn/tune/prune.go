package tune

import (
	"cmp"
	"slices"
)

// Pruner decides from intermediate scores whether a trial is worth going on
// with.
type Pruner interface {
	// Hopeless is asked after each step. steps are the trial's scores so far,
	// history the outcomes that it may know of; lower is better in both.
	Hopeless(steps []float64, history []Trial) bool
}

// Median prunes a trial whose best score so far is worse than the median of
// what others had reached at the same step: the median stopping rule of Golovin
// et al., "Google Vizier", KDD 2017.
type Median struct {
	Startup int // complete trials that must be known first; 0 means 5
	Warmup  int // steps that are never pruned
}

// Hopeless implements Pruner.
func (m Median) Hopeless(steps []float64, history []Trial) bool {
	at := len(steps)
	if at <= m.Warmup {
		return false
	}
	var others []float64
	for _, t := range history {
		if t.State == Complete && len(t.Steps) >= at {
			others = append(others, slices.Min(t.Steps[:at]))
		}
	}
	if len(others) < cmp.Or(m.Startup, 5) {
		return false
	}
	slices.Sort(others)
	return slices.Min(steps) > others[len(others)/2]
}

// Halving prunes at rungs that are each Factor times as far as the one before,
// where only the best 1/Factor of the trials that came there go on:
// asynchronous successive halving, Li et al., "A System for Massively Parallel
// Hyperparameter Tuning", MLSys 2020.
type Halving struct {
	First  int // the step of the first rung; 0 means 8
	Factor int // 0 means 3
}

// Hopeless implements Pruner.
func (h Halving) Hopeless(steps []float64, history []Trial) bool {
	at, factor := len(steps), cmp.Or(h.Factor, 3)
	rung := cmp.Or(h.First, 8)
	for rung < at {
		rung *= factor
	}
	if rung != at {
		return false
	}
	own, better, there := slices.Min(steps), 0, 1
	for _, t := range history {
		if t.State == Failed || len(t.Steps) < at {
			continue
		}
		there++
		if slices.Min(t.Steps[:at]) <= own {
			better++
		}
	}
	return better >= max(1, there/factor) && there >= factor
}

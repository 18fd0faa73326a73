package comparison

import (
	"context"
	"math"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
)

// Held is how a version did on the rows that were held out when it was registered.
type Held struct {
	*evaluation.Evaluation
	Model  *evaluation.Model
	Sample *metrics.Sample // what the model said of those rows, in their order
	// Structure says how the rows belong together, and so what was held out.
	Structure *partition.Structure
	// Guess is what somebody would say of them who knows nothing: the model of the
	// leaderboard that guesses, else always the middle of the training part, or its most
	// frequent class, in Always. Nil where the training part is not kept.
	Guess  *metrics.Sample
	Always float64 // NaN where a model guesses
	// Left is what the evaluate stage left; evaluation.OpenJudgement reads more of it.
	Left *artifact.Artifact
}

// Held opens what the run that registered a version says of it. The error is for
// people: of an import nothing is known, and predictions may have been collected.
func (c *Comparer) Held(ctx context.Context, v *record.Version) (*Held, error) {
	j, err := c.judgedVersion(ctx, v)
	if err != nil {
		return nil, err
	}
	h := &Held{Evaluation: j.from.Evaluation, Model: j.model, Left: j.from.left}
	if h.Sample, _, err = j.sample(); err != nil {
		return nil, err
	}
	if h.Structure, err = partition.OpenStructure(h.Left); err != nil {
		return nil, unreadable(err)
	}
	return h, h.guess()
}

// guess finds what is said by who knows nothing.
func (h *Held) guess() error {
	h.Always = math.NaN()
	for i := range h.Models {
		if m := &h.Models[i]; m.Estimator == "dummy" && m.Stage != h.Model.Stage {
			said, err := evaluation.OpenPredictions(h.Left)
			if err != nil {
				return unreadable(err)
			}
			h.Guess = h.SampleOf(said, m.Stage)
			return nil
		}
	}
	train, err := table.OpenFile(h.Left, evaluation.FileTrain)
	if err != nil {
		return nil // an older program kept none
	}
	if h.Always = usual(train.Column(h.Target), h.Classes); math.IsNaN(h.Always) {
		return nil
	}
	said := make([]float64, h.Sample.Rows())
	for i := range said {
		said[i] = h.Always
	}
	h.Guess = &metrics.Sample{Actual: h.Sample.Actual, Predicted: said, Classes: h.Classes}
	return nil
}

// usual gives the middle one of numbers, or the place among classes of the most
// frequent; NaN where there is none.
func usual(c *table.Column, classes []string) float64 {
	switch {
	case c == nil:
	case classes == nil:
		known := slices.DeleteFunc(slices.Clone(c.Num), math.IsNaN)
		if len(known) > 0 {
			slices.Sort(known)
			return known[(len(known)-1)/2]
		}
	default:
		best, counts := -1, make([]int, len(classes))
		for i := range c.Len() {
			if at := slices.Index(classes, c.String(i)); at >= 0 {
				if counts[at]++; best < 0 || counts[at] > counts[best] {
					best = at
				}
			}
		}
		if best >= 0 {
			return float64(best)
		}
	}
	return math.NaN()
}

package evaluation

import (
	"context"
	"fmt"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// TestPart is Evaluation.Judged where models were judged on the test part, as they
// were trained. An evaluation of an older program leaves it empty.
const TestPart = "test part"

// Folds are rows of all parts that were held out in turn, perhaps several times
// over, while every model was made again of others. A small test part tells little
// of models; all rows, held out once each time, tell as much as there is to know
// of how they are made.
//
// The metrics are of all repeats together, and the bootstrap draws a row, or its
// group, with all of its repeats. Models of one repeat learn from nearly the same
// rows, which no resampling of predictions sees: intervals are somewhat too narrow
// (Bates, Hastie and Tibshirani, "Cross-Validation: What Does It Estimate and How
// Well Does It Do It?", JASA 119, 2024): those of 95 % hold 92 of a linear
// regression of 60 rows, and 80 of 15 groups, about half of which is that groups are
// few. The variance of Nadeau and Bengio ("Inference for the Generalization Error",
// Machine Learning 52, 2003), at 5 folds 2.25 times as large, would by normal theory
// make the former 99: it is left out.
type Folds struct {
	K, Repeats int
	// Asked says that somebody declared them: where a model cannot be made again,
	// that is an error then, and else a reason to judge on the test part.
	Asked bool
	// Table holds the training part and then the test part, and Train says how many
	// rows are the former.
	Table *table.Table
	Train int
	// Rows are those held out, by their number in Table, ascending within each
	// repeat; Repeat gives the repeat of each, and Actual its outcome.
	Rows   []int
	Repeat []int
	Actual []float64
	// Units are drawn by the bootstrap, and By says what they are: a row, or a group,
	// with all repeats.
	Units *metrics.Units
	By    string
	// Digest tells rows apart that were held out otherwise.
	Digest string
	// Said gives what a candidate, made again of the others, says of Rows.
	Said func(ctx context.Context, candidate, cores int) (*metrics.Sample, error)
}

// words says how models are judged: "folds 5x4".
func (f *Folds) words() string { return fmt.Sprintf("folds %dx%d", f.K, f.Repeats) }

// ground is what models are judged on: rows, and what each model said of them.
type ground struct {
	// Samples are in the order of Evaluation.Models, the leader first.
	Samples []*metrics.Sample
	Table   *table.Table // the rows judged on; of folds those of the first repeat
	Places  []int        // of these rows in the test part; of folds in both parts, the training part first
	repeat  []int        // of each, of folds only
	units   *metrics.Units
}

// ordered gives the ground with the samples in another order.
func (g ground) ordered(order []int) ground {
	samples := make([]*metrics.Sample, len(order))
	for place, i := range order {
		samples[place] = g.Samples[i]
	}
	g.Samples = samples
	return g
}

// once gives the ground without repeats but the first, for figures, on which
// every row stands once.
func (g ground) once() ground {
	n := slices.IndexFunc(g.repeat, func(repeat int) bool { return repeat > 0 })
	if n < 0 {
		return g
	}
	first := ground{Table: g.Table.Slice(0, n), Places: g.Places[:n], repeat: g.repeat[:n]}
	for _, s := range g.Samples {
		part := &metrics.Sample{Actual: s.Actual[:n], Predicted: s.Predicted[:n], Classes: s.Classes}
		if s.Probabilities != nil {
			part.Probabilities = s.Probabilities[:n*len(s.Classes)]
		}
		first.Samples = append(first.Samples, part)
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	first.units = g.units.Take(rows)
	return first
}

// onFolds gives what the candidates, made again in each fold, are judged on, and
// notes that they are. Where that fails and nobody asked for it, it is the test
// part.
func (j *Judgement) onFolds(ctx context.Context, c Case, cores int) (ground, error) {
	judged, err := j.fold(ctx, c, cores)
	switch {
	case err == nil:
		j.note(c.Folds)
	case ctx.Err() == nil && !c.Folds.Asked:
		j.skip(checks.JudgedByFolds, err.Error())
		return j.ground, nil
	}
	return judged, err
}

// fold has every candidate made again in each fold.
func (j *Judgement) fold(ctx context.Context, c Case, cores int) (ground, error) {
	f := c.Folds
	g := ground{Table: f.Table.Take(f.Rows), Places: f.Rows, repeat: f.Repeat, units: f.Units}
	for i, candidate := range c.Candidates {
		said, err := f.Said(ctx, i, cores)
		if err != nil {
			return g, fmt.Errorf("%s, made again in folds: %w", candidate.Stage, err)
		}
		g.Samples = append(g.Samples, said)
	}
	return g, nil
}

// note says in the evaluation that the models are judged so.
func (j *Judgement) note(f *Folds) {
	j.Judged, j.Train, j.Test, j.Rows, j.Drawn = f.words(), f.Train, f.Digest, 0, nil
	for _, repeat := range f.Repeat {
		j.Rows += bit(repeat == 0)
	}
	if f.Units != nil {
		j.Drawn = &Drawn{By: f.By, Units: f.Units.Count, Block: f.Units.Block}
	}
}

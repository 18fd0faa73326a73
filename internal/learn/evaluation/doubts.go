package evaluation

import (
	"context"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/leaks"
	"labbook/internal/learn/partition"
)

// doubt looks for what makes the leader's figures better than what it will be
// worth: leaks in the rows, one column that says it all, and figures that are too
// good to be true. What could not be looked for is noted.
func (j *Judgement) doubt(ctx context.Context, q leaks.Question, declared *partition.Structure, train func() (*table.Table, error),
	outcome func(*table.Table) ([]float64, error), cores int) (err error) {
	j.tooGood()
	j.neverTold()
	j.calibrated()
	j.useless()
	if train == nil {
		j.skip(checks.ComputedTarget, "the training part is not at hand")
		return nil
	}
	if q.Train, err = train(); err != nil {
		return err
	}
	q.Test = j.Table
	found, skipped := leaks.Find(q)
	j.Findings = append(j.Findings, found...)
	j.Skipped = append(j.Skipped, skipped...)
	if err := j.doubtSplit(ctx, declared, q.Train, found, cores); err != nil {
		return err
	}
	if err := j.fits(ctx, q.Train, outcome, cores); err != nil {
		return err
	}
	if err := j.beaten(ctx, q.Train, cores); err != nil {
		return err
	}
	if err := j.apart(ctx, q.Train, q.ByTime, cores); err != nil {
		return err
	}
	return j.alone(ctx, q.Train, cores)
}

// question gives what any of the candidates reads to predict what.
func (c *Case) question() leaks.Question {
	q := leaks.Question{Target: c.Target.Name, ByTime: c.Structure != nil && c.Structure.Time != ""}
	for _, candidate := range c.Candidates {
		for _, name := range candidate.Inputs {
			if !slices.Contains(q.Inputs, name) {
				q.Inputs = append(q.Inputs, name)
			}
		}
	}
	return q
}

func (j *Judgement) skip(check *checks.Check, why string) {
	j.Skipped = append(j.Skipped, checks.Skipped{Code: check.Code, Why: why})
}

// How good is too good: the share of the variance that is explained, and the rows
// from which no mistake at all is one too few.
const (
	tooWell      = 0.999
	flawlessRows = 30
)

// tooGood doubts figures that hardly any table allows.
func (j *Judgement) tooGood() {
	leader, sample := j.Models[j.Lead()], j.Samples[j.Lead()]
	if j.guesses[j.Lead()] {
		return
	}
	if j.Task == metrics.Regression {
		r2, _ := metrics.Lookup("r2")
		if v := r2.On(sample, "").Value; v > tooWell {
			j.find(checks.TooGood, "", 0, "%s explains %.5f of the variance of %s: look for a column that holds it, or was made of it", leader.Stage, v, j.Target)
		}
		return
	}
	if n := len(sample.Actual); n >= flawlessRows && mistakes(sample) == 0 {
		j.find(checks.TooGood, "", n, "%s makes no mistake in %s: look for a column that holds %s, or was made of it", leader.Stage, rows(n), j.Target)
	}
}

func mistakes(s *metrics.Sample) int {
	n := 0
	for i, y := range s.Actual {
		n += bit(s.Predicted[i] != y)
	}
	return n
}

// dominant is how many times as much as any other a column has to count for the
// leader to be fitted to it alone.
const dominant = 4

// suspects gives the columns that may say it all by themselves: the two that count
// most where the leader tells nearly all, else the first where it counts far more
// than any other.
func (j *Judgement) suspects() []Importance {
	top := j.Importance
	if j.tellsAll(nearlyAll) {
		return top[:min(2, len(top))]
	}
	if len(top) == 1 || len(top) > 1 && top[0].Worse > dominant*max(top[1].Worse, 0) {
		return top[:1]
	}
	return nil
}

// alone fits the leader again to each of the columns that may say it all, and says
// where one of them does as well as all.
func (j *Judgement) alone(ctx context.Context, train *table.Table, cores int) error {
	leader := j.candidates[j.Lead()]
	why := ""
	switch {
	case j.guesses[j.Lead()]:
		why = "the leader looks at no column"
	case len(leader.Inputs) < 2:
		why = "the leader reads one column"
	case leader.Alone == nil:
		why = "the leader cannot be fitted again"
	case len(j.Importance) == 0:
		why = "which columns count was not measured (permutations: 0)"
	case len(j.suspects()) == 0:
		why = "no column counts far more than the others"
	}
	if why != "" {
		j.skip(checks.GoldenColumn, why)
		return nil
	}
	for _, top := range j.suspects() {
		column := train.Column(top.Column)
		if !(top.Worse > 0) || column == nil || column.Type == table.Text {
			continue
		}
		predict, err := leader.Alone(ctx, train, top.Column, cores)
		if err != nil {
			j.skip(checks.GoldenColumn, err.Error())
			return nil
		}
		asked := j.asked(askedRows)
		said, err := predict(asked.Table)
		if err != nil {
			return err
		}
		if done, err := j.golden(ctx, top.Column, asked, sample(j.Task, asked.Samples[0].Actual, j.Classes, said), cores); done || err != nil {
			return err
		}
	}
	return nil
}

// How much of what could be known one column tells, to be a leak beyond doubt.
const (
	goldenVariance = 0.999 // of the variance, of a number
	goldenMistakes = 0.95  // of the mistakes of guessing that are spared, of classes
	nearlyAll      = 0.9   // of either, that the leader tells where one of its columns may
)

// tellsAll says whether the leader tells that share of what could be known.
func (j *Judgement) tellsAll(share float64) bool {
	if j.Task == metrics.Regression {
		r2, _ := metrics.Lookup("r2")
		return r2.On(j.Samples[j.Lead()], "").Value >= share
	}
	spared, _ := sparedMistakes(j.Samples[j.Lead()])
	return spared >= share
}

// golden says what a column is worth that the leader was fitted to alone, by what was
// then said of the rows asked, and whether that was to be told.
func (j *Judgement) golden(ctx context.Context, column string, asked ground, alone *metrics.Sample, cores int) (told bool, err error) {
	boot := j.bootstrap(cores)
	boot.Resamples, boot.Units = min(boot.Resamples, 300), asked.units
	figures := []metrics.Figure{j.Main.Of(asked.Samples[0]), j.Main.Of(alone)}
	if j.Task == metrics.Regression {
		r2, _ := metrics.Lookup("r2")
		figures = append(figures, r2.Of(alone))
	}
	values, replicates, err := boot.Replicates(ctx, figures)
	if err != nil {
		return false, err
	}
	told = true
	if j.Task == metrics.Regression {
		if low, _, ok := boot.Interval(replicates[2]); ok && low >= goldenVariance {
			j.find(checks.GoldenColumn, column, 0, "%s alone explains %.5f of the variance of %s: is it known when a prediction is asked for?", column, values[2], j.Target)
			return true, nil
		}
	} else if spared, least := sparedMistakes(alone); least >= goldenMistakes {
		j.find(checks.GoldenColumn, column, 0, "%s alone tells %s: it spares %.1f %% of the mistakes of guessing; is it known when a prediction is asked for?", column, j.Target, 100*spared)
		return true, nil
	}
	all, one := values[0], values[1]
	v := boot.Compare(j.Main, j.Unit, j.Models[j.Lead()].Stage, alone.Rows(), one, all, replicates[1], replicates[0])
	if v.Verdict == metrics.WorseThan || v.Words == metrics.NoInterval || v.Unsure {
		return false, nil
	}
	j.find(checks.OneColumnDoes, column, 0, "%s alone does as well as all columns by %s (%s against %s)", column, j.Main.Title, j.Main.Format(one, j.Unit), j.Main.Bare(all))
	return told, nil
}

// sparedMistakes says which share of the mistakes of always guessing the most
// common class is not made; least is its lower end at 95 % (Wilson).
func sparedMistakes(s *metrics.Sample) (spared, least float64) {
	counts := make([]int, len(s.Classes))
	for _, y := range s.Actual {
		counts[int(y)]++
	}
	n := float64(len(s.Actual))
	guessing := 1 - float64(slices.Max(counts))/n
	wrong := float64(mistakes(s)) / n
	_, high := metrics.Wilson(wrong, n)
	return 1 - wrong/guessing, 1 - high/guessing
}

package evaluation

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// Judgement is an Evaluation with what it rests on.
type Judgement struct {
	Evaluation
	ground
	Main *metrics.Metric // the primary one

	// Of a Judgement that Judge made; one that was opened knows no models.
	whole      ground // with all repeats
	candidates []Candidate
	guesses    []bool // by place: whether the model guesses
}

// Judge measures the candidates. progress is told of finished steps; nil drops
// it. The result is the same whatever cores.
func Judge(ctx context.Context, c Case, o Options, cores int, progress func(step string)) (*Judgement, error) {
	if progress == nil {
		progress = func(string) {}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	measured, primary, err := o.measured(c.Task, c.Actual, c.Classes)
	if err != nil {
		return nil, err
	}
	if err := c.ordered(primary); err != nil {
		return nil, err
	}
	j := &Judgement{Main: primary, ground: ground{Places: c.Rows, Table: c.Test, units: c.Units}}
	if len(c.Rows) != c.Test.Rows() {
		j.Table = c.Test.Take(c.Rows)
	}
	j.Evaluation = Evaluation{
		Format: Format, Task: c.Task, Target: c.Target.Name, Unit: c.Target.Unit, Classes: c.Classes, Rows: len(c.Rows),
		Test: c.Digest, Primary: primary.Name, Better: primary.Better, Seed: o.Seed, Resamples: o.Resamples,
		Options: o, Judged: TestPart,
	}
	if c.Units != nil {
		j.Drawn = &Drawn{By: c.Structure.Words(), Units: c.Units.Count, Block: c.Units.Block}
	}
	if missing := c.Test.Rows() - len(c.Rows); missing > 0 {
		j.find(checks.MissingTarget, c.Target.Name, missing, "%s of the test part %s no known %s and %s left out", rows(missing), human.Verb(missing, "has", "have"), c.Target.Name, human.Verb(missing, "is", "are"))
	}
	measured = j.leaveOutMAPE(measured, c.Actual)

	progress("predict")
	if j.Samples, err = j.predict(ctx, c, cores); err != nil {
		return nil, err
	}
	test, judged := j.ground, j.ground
	if c.Folds != nil {
		progress("folds")
		if judged, err = j.onFolds(ctx, c, cores); err != nil {
			return nil, err
		}
	}
	if s := c.Structure; c.Folds == nil && s != nil && s.Folds > 0 && slices.ContainsFunc(c.Candidates, func(c Candidate) bool { return c.Given != nil }) {
		j.skip(checks.JudgedByFolds, "some predictions were made elsewhere, and are of the test part alone")
	}
	progress("bootstrap")
	j.ground = judged
	order, err := j.rank(ctx, c, measured, cores)
	if err != nil {
		return nil, err
	}
	j.whole = judged.ordered(order)
	// The models as they were trained are asked about the test part only.
	test, judged = test.ordered(order), j.whole.once()
	j.ground = test
	if err := j.decide(ctx, cores); err != nil {
		return nil, err
	}
	if err := j.cover(); err != nil {
		return nil, err
	}
	train, outcome, question := c.Train, c.Outcome, c.question()
	for i := range j.candidates { // what follows asks the leader alone
		if i != j.Lead() {
			j.candidates[i] = Candidate{Stage: j.candidates[i].Stage}
		}
	}
	if o.Permutations > 0 {
		progress("permutation importance")
		if j.Importance, err = j.permute(ctx, cores); err != nil {
			return nil, err
		}
	}
	if o.LearningCurve && j.candidates[j.Lead()].Refit != nil {
		progress("learning curve")
		if j.Curve, err = j.learn(ctx, cores); err != nil {
			return nil, err
		}
	}
	j.ground = judged
	if j.Task == metrics.Classification {
		j.mistake()
	}
	j.conclude()
	progress("checks")
	j.ground = test
	err = j.doubt(ctx, question, c.Structure, train, outcome, cores)
	j.ground = judged
	slices.SortStableFunc(j.Findings, func(a, b notebook.Finding) int {
		return bit(b.Level == notebook.Error) - bit(a.Level == notebook.Error)
	})
	return j, err
}

// leaveOutMAPE drops an error relative to zero, which says nothing; the
// primary metric stays.
func (j *Judgement) leaveOutMAPE(measured []*metrics.Metric, actual []float64) []*metrics.Metric {
	zeros := 0
	for _, y := range actual {
		if y == 0 {
			zeros++
		}
	}
	return slices.DeleteFunc(slices.Clone(measured), func(m *metrics.Metric) bool {
		if m.Name != "mape" || m == j.Main || zeros == 0 {
			return false
		}
		j.find(checks.UndefinedMetric, j.Target, zeros, "MAPE is left out: %s is 0 in %s", j.Target, rows(zeros))
		return true
	})
}

func (j *Judgement) predict(ctx context.Context, c Case, cores int) ([]*metrics.Sample, error) {
	samples := make([]*metrics.Sample, len(c.Candidates))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(cores, 1))
	for i, candidate := range c.Candidates {
		if candidate.Given != nil {
			samples[i] = candidate.Given
			continue
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			said, err := candidate.Predict(j.Table)
			if err != nil {
				return fmt.Errorf("%s: %w", candidate.Stage, err)
			}
			samples[i] = c.sample(said).Decide(candidate.Threshold)
			return nil
		})
	}
	return samples, group.Wait()
}

func (c *Case) sample(said []float64) *metrics.Sample {
	return sample(c.Task, c.Actual, c.Classes, said)
}

func sample(task metrics.Task, actual []float64, classes []string, said []float64) *metrics.Sample {
	if task == metrics.Regression {
		return metrics.NewRegression(actual, said)
	}
	return metrics.NewClassification(actual, classes, said)
}

// rank measures every metric of every candidate on the same resamples, orders
// the candidates, compares them, and gives their order.
func (j *Judgement) rank(ctx context.Context, c Case, measured []*metrics.Metric, cores int) ([]int, error) {
	samples, rows := j.Samples, j.Samples[0].Rows()
	var figures []metrics.Figure
	for _, s := range samples {
		for _, m := range measured {
			figures = append(figures, m.Of(s))
		}
	}
	boot := j.bootstrap(cores)
	values, replicates, err := boot.Replicates(ctx, figures)
	if err != nil {
		return nil, err
	}
	at := func(candidate, metric int) int { return candidate*len(measured) + metric }
	main := slices.Index(measured, j.Main)

	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := values[at(a, main)], values[at(b, main)]
		switch {
		case math.IsNaN(x) || math.IsNaN(y):
			return bit(math.IsNaN(x)) - bit(math.IsNaN(y))
		case j.Main.Improvement(x, y) > 0:
			return -1
		case j.Main.Improvement(x, y) < 0:
			return 1
		}
		return bit(c.Candidates[a].Guesses) - bit(c.Candidates[b].Guesses)
	})
	for place, i := range order {
		candidate := c.Candidates[i]
		model := Model{Stage: candidate.Stage, Folder: candidate.Folder, Artifact: candidate.Artifact, Estimator: candidate.Estimator, Inputs: candidate.Inputs,
			Elsewhere: candidate.Given != nil}
		for m, metric := range measured {
			if v := values[at(i, m)]; !math.IsNaN(v) && !math.IsInf(v, 0) {
				model.Metrics = append(model.Metrics, boot.Value(metric, v, replicates[at(i, m)], j.Unit))
			}
		}
		if other := order[bit(place == 0)%len(order)]; other != i {
			v := boot.Compare(j.Main, j.Unit, c.Candidates[other].Stage, rows, values[at(i, main)], values[at(other, main)], replicates[at(i, main)], replicates[at(other, main)])
			if !math.IsNaN(v.Better) && !math.IsInf(v.Better, 0) {
				model.Versus = &v
			}
		}
		j.Models = append(j.Models, model)
		j.candidates = append(j.candidates, candidate)
		j.guesses = append(j.guesses, candidate.Guesses)
	}
	return order, nil
}

func (j *Judgement) bootstrap(cores int) metrics.Bootstrap {
	return metrics.Bootstrap{Resamples: j.Options.Resamples, Seed: j.Options.Seed, Level: j.Options.Level, Cores: cores, Units: j.units}
}

// conclude says what came out.
func (j *Judgement) conclude() {
	leader, sample := &j.Models[0], j.Samples[0]
	if v := leader.Versus; v != nil && !j.beatsNothing() {
		runner := j.Models[1].Stage
		switch {
		case v.Verdict == metrics.Tie && v.Words == metrics.NoInterval:
		case v.Verdict == metrics.Tie:
			j.find(checks.Tied, "", 0, "%s and %s are tied by %s (%s): take the simpler one", leader.Stage, runner, j.Main.Title, strings.TrimPrefix(v.Words, "tie: "))
		default:
			j.find(checks.Leads, "", 0, "%s leads by %s: %s than %s", leader.Stage, j.Main.Title, v.Words, runner)
		}
	}
	if j.Task == metrics.Regression && !j.guesses[0] {
		if r2, _ := metrics.Lookup("r2"); r2.On(sample, "").Value < 0 {
			j.find(checks.WorseThanMean, "", 0, "even %s does worse than always guessing the mean (R² below 0)", leader.Stage)
		}
	}
	for i, s := range j.Samples {
		odd := 0
		for _, v := range s.Predicted {
			odd += bit(math.IsNaN(v) || math.IsInf(v, 0))
		}
		if odd > 0 {
			j.find(checks.NoFiniteNumber, "", odd, "%s predicts no finite number for %s", j.Models[i].Stage, rows(odd))
		}
	}
	if j.ByFolds() {
		j.find(checks.JudgedByFolds, "", j.Rows, "judged by %s over all %s: every model was made again of the others, for the test part is too small to tell; figures are of the first time", j.Judged, rows(j.Rows))
	}
	switch n, free := j.Rows, j.units.Independent(j.Rows); {
	case free < 30 && free < n:
		j.find(checks.FewTestRows, "", free, "the %s of the test part come to only %d that are independent of one another: the intervals are rough", rows(n), free)
	case n < 100:
		j.find(checks.FewTestRows, "", n, "the test part has only %s: the intervals are wide", rows(n))
	}
	j.readCurve()
}

// readCurve says what more data would bring.
func (j *Judgement) readCurve() {
	if n := len(j.Curve); n >= 2 {
		last, before := j.Curve[n-1], j.Curve[n-2]
		gain := j.Main.Improvement(float64(last.Value), float64(before.Value)) / math.Abs(float64(before.Value))
		switch {
		case gain > 0.02:
			j.find(checks.MoreDataHelps, "", 0, "going from %s to %s training rows made %s better by %.0f%%: more data should still help",
				human.Int(before.Rows), human.Int(last.Rows), j.Main.Title, 100*gain)
		case gain < -0.02:
			j.find(checks.MoreDataHelps, "", 0, "going from %s to %s training rows made %s worse by %.0f%%: this is noise, or the rows that were added are unlike those of the test part",
				human.Int(before.Rows), human.Int(last.Rows), j.Main.Title, -100*gain)
		case !math.IsNaN(gain):
			j.find(checks.MoreDataHelps, "", 0, "the learning curve has levelled off: going from %s to %s training rows changed %s by %.1f%%",
				human.Int(before.Rows), human.Int(last.Rows), j.Main.Title, 100*math.Abs(gain))
		}
	}
}

func (j *Judgement) find(check *checks.Check, column string, count int, format string, args ...any) {
	j.Findings = append(j.Findings, check.Finding(column, count, format, args...))
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func rows(n int) string { return human.Count(n, "row") }

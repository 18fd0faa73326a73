package evaluation

import (
	"context"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// beaten says whether a strong default does better than the leader, beyond noise.
func (j *Judgement) beaten(ctx context.Context, train *table.Table, cores int) error {
	leader := j.candidates[j.Lead()]
	why := ""
	switch {
	case leader.Strong == nil:
		why = "nothing can be fitted to its features"
	case slices.ContainsFunc(j.Models, func(m Model) bool { return m.Estimator == "boosting" }):
		why = "boosted trees are among the models"
	}
	if why != "" {
		j.skip(checks.BeatenByDefault, why)
		return nil
	}
	predict, err := leader.Strong(ctx, train, cores)
	if err != nil {
		return j.unable(ctx, checks.BeatenByDefault, err)
	}
	said, err := predict(j.Table)
	if err != nil {
		return j.unable(ctx, checks.BeatenByDefault, err)
	}
	strong := sample(j.Task, j.Samples[j.Lead()].Actual, j.Classes, said)
	boot := j.bootstrap(cores)
	boot.Resamples = min(boot.Resamples, 300)
	values, replicates, err := boot.Replicates(ctx, []metrics.Figure{j.Main.Of(strong), j.Main.Of(j.Samples[j.Lead()])})
	if err != nil {
		return err
	}
	theirs, ours := values[0], values[1]
	if v := boot.Compare(j.Main, j.Unit, leader.Stage, strong.Rows(), theirs, ours, replicates[0], replicates[1]); v.Verdict == metrics.BetterThan {
		j.find(checks.BeatenByDefault, "", 0, "boosted trees as they stand do better than %s: %s %s against %s, %s", leader.Stage,
			j.Main.Title, j.Main.Format(theirs, j.Unit), j.Main.Bare(ours), v.Words)
	}
	return nil
}

// unable notes why a check could not be made; that it was stopped is an error.
func (j *Judgement) unable(ctx context.Context, check *checks.Check, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j.skip(check, err.Error())
	return nil
}

// What makes the parts of a table so unlike that a test at random is none.
const (
	toldApart     = 0.6 // AUC, by the lower end of its interval
	apartLevel    = 0.99
	leastApart    = 50 // rows of each part
	apartSamples  = 500
	otherwiseTold = "the parts are divided by time or by group, and are meant to differ"
)

// apart says whether the test part can be told from the training part, though they
// were divided at random.
func (j *Judgement) apart(ctx context.Context, train *table.Table, byTime bool, cores int) error {
	why := ""
	switch {
	case j.candidates[j.Lead()].Apart == nil:
		why = "nothing can be fitted to the leader's features"
	case byTime || j.units != nil:
		why = otherwiseTold
	case min(train.Rows(), j.Table.Rows()) < leastApart:
		why = "a part has too few rows"
	}
	if why != "" {
		j.skip(checks.ToldApart, why)
		return nil
	}
	s, err := j.candidates[j.Lead()].Apart(ctx, train, j.Table, cores)
	if err != nil {
		return j.unable(ctx, checks.ToldApart, err)
	}
	auc, _ := metrics.Lookup("roc_auc")
	boot := metrics.Bootstrap{Resamples: min(j.Options.Resamples, apartSamples), Seed: j.Options.Seed, Level: apartLevel, Cores: cores}
	value, replicates, err := boot.Replicates(ctx, []metrics.Figure{auc.Of(s)})
	if err != nil {
		return err
	}
	if low, high, ok := boot.Interval(replicates[0]); ok && low >= toldApart {
		j.find(checks.ToldApart, "", 0, "test rows are unlike those of training: trees tell them apart (ROC AUC %s [%s, %s])",
			auc.Bare(value[0]), auc.Bare(low), auc.Bare(high))
	}
	return nil
}

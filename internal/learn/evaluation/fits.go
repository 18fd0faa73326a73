package evaluation

import (
	"context"
	"math"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// What is looked at to tell whether the leader fits.
const (
	fitRows      = 5_000 // of the training part, evenly
	fitResamples = 200
	keptGain     = 0.5 // of what it gains over guessing in training, below which it is overfitted
)

// fits compares the leader on rows that it learned from with the test part and
// with guessing, and says whether it learned them by heart, or nothing.
func (j *Judgement) fits(ctx context.Context, train *table.Table, outcome func(*table.Table) ([]float64, error), cores int) error {
	if j.guesses[j.Lead()] {
		j.skip(checks.Overfit, "the leader looks at no column")
		return nil
	}
	train, actual, err := known(train, outcome)
	if err != nil {
		return err
	}
	if len(actual) < fewestRows {
		j.skip(checks.Overfit, "too few training rows have a known outcome")
		return nil
	}
	said, err := j.candidates[j.Lead()].Predict(train)
	if err != nil {
		return err
	}
	learned := sample(j.Task, actual, j.Classes, said)
	guess := j.guess(actual)
	boot := metrics.Bootstrap{Resamples: min(j.Options.Resamples, fitResamples), Seed: j.Options.Seed, Level: j.Options.Level, Cores: cores}
	var counted, by, nothing int
	first := false // whether the primary metric says nothing was learned
	for _, test := range j.Models[j.Lead()].Metrics {
		m, ok := metrics.Lookup(test.Name)
		if !ok || test.Low == nil || test.High == nil {
			continue
		}
		value, replicates, err := boot.Replicates(ctx, []metrics.Figure{m.Of(learned)})
		if err != nil {
			return err
		}
		low, high, ok := boot.Interval(replicates[0])
		atTrain, atTest := m.On(guess(actual), "").Value, m.On(guess(j.Samples[j.Lead()].Actual), "").Value
		if !ok || math.IsNaN(atTrain) || math.IsNaN(atTest) {
			continue
		}
		counted++
		worst, best := low, *test.High // of the learned rows, and of the test rows
		if m.Better == metrics.Lower {
			worst, best = high, *test.Low
		}
		gained := m.Improvement(value[0], atTrain)
		by += bit(m.Improvement(worst, best) > 0 && m.Improvement(test.Value, atTest) < keptGain*gained)
		if m.Improvement(worst, atTrain) <= 0 {
			nothing++
			first = first || m == j.Main
		}
	}
	leader := j.Models[j.Lead()].Stage
	switch main := j.Main.On(learned, j.Unit); {
	case counted == 0:
		j.skip(checks.Overfit, "no metric has an interval")
	case 2*nothing > counted && first:
		j.find(checks.Underfit, "", 0, "%s does no better than guessing even on rows that it learned from (%d of %d metrics say so)", leader, nothing, counted)
	case 2*by > counted:
		v, _ := j.Models[j.Lead()].Metric(j.Main.Name)
		j.find(checks.Overfit, "", 0, "%s learned its rows by heart: on them its %s is %s, on the test part %s (%d of %d metrics say so)",
			leader, j.Main.Title, j.Main.Format(main.Value, j.Unit), j.Main.Bare(v.Value), by, counted)
	}
	return nil
}

// known gives at most fitRows rows of a table whose outcome is known, evenly, and
// the outcomes.
func known(t *table.Table, outcome func(*table.Table) ([]float64, error)) (*table.Table, []float64, error) {
	y, err := outcome(t)
	if err != nil {
		return nil, nil, err
	}
	var rows []int
	for i, v := range y {
		if !math.IsNaN(v) {
			rows = append(rows, i)
		}
	}
	if n := len(rows); n > fitRows {
		for i := range fitRows {
			rows[i] = rows[int(int64(i)*int64(n)/fitRows)]
		}
		rows = rows[:fitRows]
	}
	actual := make([]float64, len(rows))
	for i, row := range rows {
		actual[i] = y[row]
	}
	return t.Take(rows), actual, nil
}

// guess gives the predictions of somebody who knows nothing but the outcomes of
// training: their mean, or how common each class is.
func (j *Judgement) guess(train []float64) func(actual []float64) *metrics.Sample {
	if j.Task == metrics.Regression {
		mean := 0.0
		for _, y := range train {
			mean += y / float64(len(train))
		}
		return func(actual []float64) *metrics.Sample {
			said := make([]float64, len(actual))
			for i := range said {
				said[i] = mean
			}
			return metrics.NewRegression(actual, said)
		}
	}
	shares := make([]float64, len(j.Classes))
	for _, y := range train {
		shares[int(y)] += 1 / float64(len(train))
	}
	return func(actual []float64) *metrics.Sample {
		var said []float64
		for range actual {
			said = append(said, shares...)
		}
		return metrics.NewClassification(actual, j.Classes, said)
	}
}

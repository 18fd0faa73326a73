package pages

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/internal/store/comparison"
	"labbook/internal/store/registry"
)

// judged makes what is known of a model that said this of these rows.
func judged(classes []string, actual, predicted []float64, always float64) *comparison.Held {
	guess := make([]float64, len(actual))
	for i := range guess {
		guess[i] = always
	}
	return &comparison.Held{Evaluation: &evaluation.Evaluation{Classes: classes, Rows: len(actual)}, Model: &evaluation.Model{}, Structure: &partition.Structure{}, Always: always,
		Sample: &metrics.Sample{Actual: actual, Predicted: predicted, Classes: classes}, Guess: &metrics.Sample{Actual: actual, Predicted: guess, Classes: classes}}
}

// times repeats values n times.
func times(n int, values ...float64) (out []float64) {
	for range n {
		out = append(out, values...)
	}
	return out
}

// What is told of a model is counted from the rows, whatever it predicts.
func TestTold(t *testing.T) {
	prices := judged(nil, []float64{100, 200, 400, 800}, []float64{110, 180, 400, 880}, 200)
	around := judged(nil, []float64{-1, 0, 1}, []float64{-1.5, 0, 1}, 0)
	binary := judged([]string{"no", "yes"}, times(1, append(times(150, 0), times(50, 1)...)...), append(append(times(140, 0), times(10, 1)...), append(times(30, 1), times(20, 0)...)...), 0)
	never := judged([]string{"no", "yes"}, []float64{0, 0, 1}, []float64{0, 0, 0}, 0)
	many := judged([]string{"a", "b", "c"}, []float64{0, 0, 0, 1, 1, 2, 2, 2}, []float64{0, 0, 0, 1, 2, 2, 2, 2}, 0)
	later := judged(nil, []float64{1, 2}, []float64{1, 2}, 1)
	later.Structure = &partition.Structure{Time: "day"}
	broken := judged(nil, times(50, 100, 100), times(50, 100, 130), 90)
	broken.Model.Coverage = &evaluation.Coverage{Level: .9, Share: .5, High: .6, Rows: 100}
	tests := map[string]struct {
		told           told
		lead, guessing string
		more           []string
	}{
		"prices": {told{Unit: "USD", Held: prices, Level: .9}, "Off by 7.5 % on average; nine of ten lie in the range shown.",
			"Who knows nothing and always says 200 USD, the middle of all it learned from, is off by 225 USD on average: the model is off by 12 % of that.",
			[]string{"That is 27.50 USD on average. Half of the answers were off by less than 10 USD, nine of ten by less than 80 USD.", "Measured on 4 rows that it had not seen."}},
		"around 0": {told{Held: around}, "Off by 0.1667 on average.", "Who knows nothing and always says 0, the middle of all it learned from, is off by 0.6667 on average: the model is off by about a quarter of that.",
			[]string{"Half of the answers were off by less than 0, nine of ten by less than 0.5000.", "Measured on 3 rows that it had not seen."}},
		"two classes": {told{Held: binary, Level: .95}, "Right in 85 of 100; 95 of 100 are among the classes named.",
			"Who knows nothing and always says “no”, the most frequent, is right in 75 of 100: the model makes 60 % of those mistakes.",
			[]string{"When it says “yes”, it is right in 30 of 40; of those that are “yes” it finds 30 of 50.", "Measured on 200 rows that it had not seen."}},
		"a class never said": {told{Held: never}, "Right in 2 of 3.", "Who knows nothing and always says “no”, the most frequent, is right in 2 of 3: the model is no better.",
			[]string{"It never says “yes”.", "Measured on 3 rows that it had not seen."}},
		"many classes": {told{Held: many}, "Right in 7 of 8.", "Who knows nothing and always says “a”, the most frequent, is right in 3 of 8: the model makes about a fifth of those mistakes.",
			[]string{"It finds least well: “b” (1 of 2).", "Measured on 8 rows that it had not seen."}},
		"time": {told{Held: later}, "Off by 0 % on average.", "Who knows nothing and always says 1, the middle of all it learned from, is off by 0.5000 on average: the model is off by 0 % of that.",
			[]string{"That is 0 on average. Half of the answers were off by less than 0, nine of ten by less than 0.", "Measured on 2 rows that it had not seen, all of them later than those it learned from."}},
		"a broken promise": {told{Held: broken, Level: .9}, "Off by 15 % on average; nine of ten are promised to lie in the range shown, and only 50 of 100 did.",
			"Who knows nothing and always says 90, the middle of all it learned from, is off by 10 on average: the model is no better.",
			[]string{"That is 15 on average. Half of the answers were off by less than 0, nine of ten by less than 30.", "Measured on 100 rows that it had not seen."}},
		"nothing known": {told{}, "", "", nil},
	}
	for name, tt := range tests {
		lead, more := tt.told.quality()
		assert.Equal(t, tt.lead, lead, name)
		assert.Equal(t, tt.more, more, name)
		assert.Equal(t, tt.guessing, tt.told.guessing(), name)
	}
	assert.Empty(t, (&told{Held: &comparison.Held{Sample: &metrics.Sample{}, Always: math.NaN()}}).guessing(), "nobody guessed")
}

// The champion before is told of as it was found, and ties are no victories.
func TestToldBefore(t *testing.T) {
	compared := func(v metrics.Verdict, by float64) *metrics.Comparison {
		return &metrics.Comparison{Metric: "mae", Verdict: v, Better: by}
	}
	for want, d := range map[string]registry.Decision{
		"There was no champion before it.": {Promoted: true},
		"Better than version 3 before it, by more than chance explains: MAE is better by 12 USD.":                        {Promoted: true, Champion: 3, Comparison: compared(metrics.BetterThan, 12)},
		"As good as version 3 before it, as far as so few rows can tell. Somebody chose it by hand.":                     {Champion: 3, Comparison: compared(metrics.Tie, 1)},
		"Worse than version 3 before it: MAE by 12 USD. Somebody chose it by hand.":                                      {Champion: 3, Comparison: compared(metrics.WorseThan, -12)},
		"It did not win against version 3: somebody chose it by hand.":                                                   {Champion: 3},
		"It was not compared with version 3 before it: promoted without a comparison: the champion, version 3, is lost.": {Promoted: true, Champion: 3, Words: "promoted without a comparison: the champion, version 3, is lost"},
	} {
		data, err := d.Encode()
		assert.NoError(t, err)
		assert.Equal(t, want, (&told{Unit: "USD", Version: &record.Version{Details: data}}).before())
	}
	assert.Empty(t, (&told{Version: &record.Version{}}).before(), "an import says nothing")
}

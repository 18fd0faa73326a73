package selection_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/models/selection"
)

func metric(t *testing.T, name string) *metrics.Metric {
	m, ok := metrics.Lookup(name)
	require.True(t, ok)
	return m
}

// numbers gives what candidates say of the same numbers: each row's truth times
// what the candidate knows of it, and an error of its own.
func numbers(n int, knows, noise []float64, seed uint64) []*metrics.Sample {
	rng := rand.New(rand.NewPCG(seed, 1))
	truth := make([]float64, n)
	for i := range truth {
		truth[i] = rng.NormFloat64()
	}
	all := make([]*metrics.Sample, len(knows))
	for c := range all {
		said := make([]float64, n)
		for i := range said {
			said[i] = knows[c]*truth[i] + noise[c]*rng.NormFloat64()
		}
		all[c] = metrics.NewRegression(truth, said)
	}
	return all
}

// classes is numbers for two classes: the truth is the log odds, and labels are
// drawn by it.
func classes(n int, knows, noise []float64, seed uint64) []*metrics.Sample {
	rng := rand.New(rand.NewPCG(seed, 2))
	odds, truth := make([]float64, n), make([]float64, n)
	for i := range odds {
		if odds[i] = 2 * rng.NormFloat64(); rng.Float64() < 1/(1+math.Exp(-odds[i])) {
			truth[i] = 1
		}
	}
	all := make([]*metrics.Sample, len(knows))
	for c := range all {
		said := make([]float64, 2*n)
		for i := range odds {
			p := 1 / (1 + math.Exp(-knows[c]*odds[i]-noise[c]*rng.NormFloat64()))
			said[2*i], said[2*i+1] = 1-p, p
		}
		all[c] = metrics.NewClassification(truth, []string{"no", "yes"}, said)
	}
	return all
}

// TestGreedyIsForwardSelection: the weights are those of a search written down
// from the paper, which measures squared errors of every multiset on its way.
func TestGreedyIsForwardSelection(t *testing.T) {
	said := numbers(60, []float64{1, .9, .5, 0}, []float64{.8, .7, .4, .01}, 3)
	mse := func(counts []int) float64 {
		var sum, n float64
		for _, c := range counts {
			n += float64(c)
		}
		for i, y := range said[0].Actual {
			mean := 0.
			for c, count := range counts {
				mean += float64(count) * said[c].Predicted[i] / n
			}
			sum += (mean - y) * (mean - y)
		}
		return sum
	}
	counts, best, least := make([]int, 4), []int(nil), math.Inf(1)
	for range 40 {
		next, nextLoss := 0, math.Inf(1)
		for c := range counts {
			counts[c]++
			if l := mse(counts); l < nextLoss {
				next, nextLoss = c, l
			}
			counts[c]--
		}
		counts[next]++
		if nextLoss < least {
			least, best = nextLoss, append([]int(nil), counts...)
		}
	}
	n := 0
	for _, c := range best {
		n += c
	}
	for c, w := range selection.Greedy(said, metric(t, "rmse")) {
		assert.InDelta(t, float64(best[c])/float64(n), w, 1e-12)
	}
}

// TestGreedyOfTwo: of two candidates there is hardly a better mean on a fine grid.
func TestGreedyOfTwo(t *testing.T) {
	for seed := range uint64(20) {
		said := numbers(200, []float64{1, 1}, []float64{.5, .6 + float64(seed)/20}, seed)
		at := func(w float64) float64 {
			return metric(t, "rmse").On(selection.Mean(said, []float64{w, 1 - w}), "").Value
		}
		best := math.Inf(1)
		for i := range 1001 {
			best = min(best, at(float64(i)/1000))
		}
		w := selection.Greedy(said, metric(t, "rmse"))
		assert.InDelta(t, 1, w[0]+w[1], 1e-12)
		assert.Less(t, at(w[0])/best, 1.001)
	}
}

// TestCounts: weights are multiples of one over how many were added.
func TestCounts(t *testing.T) {
	assert.Equal(t, []float64{1, 3, 8, 0}, selection.Counts([]float64{1. / 12, .25, 2. / 3, 0}))
	assert.Equal(t, []float64{1}, selection.Counts([]float64{1}))
	assert.Equal(t, []float64{math.Pi}, selection.Counts([]float64{math.Pi}))
}

// TestGreedyEdges: one candidate has all the weight, an equal one none, and a
// metric that cannot be measured takes the first.
func TestGreedyEdges(t *testing.T) {
	said := numbers(50, []float64{1, .2}, []float64{.1, 2}, 1)
	assert.Equal(t, []float64{1}, selection.Greedy(said[:1], metric(t, "mae")))
	assert.Equal(t, []float64{1, 0}, selection.Greedy([]*metrics.Sample{said[0], said[0]}, metric(t, "mae")))
	assert.Equal(t, []float64{1, 0}, selection.Greedy(said, metric(t, "mae")))
	one := classes(30, []float64{1, 0}, []float64{0, 0}, 1)
	for _, s := range one {
		clear(s.Actual)
	}
	assert.Equal(t, []float64{1, 0}, selection.Greedy(one, metric(t, "roc_auc")))
}

// TestGreedyMaximises: where more is better, more is looked for.
func TestGreedyMaximises(t *testing.T) {
	said := numbers(300, []float64{.1, 1}, []float64{1, .1}, 4)
	w := selection.Greedy(said, metric(t, "r2"))
	assert.Greater(t, w[1], .9)
}

// TestGreedyShrinks: models that hear noise and say it loudly are drawn towards
// a guess.
func TestGreedyShrinks(t *testing.T) {
	said := classes(1000, []float64{.1, 0}, []float64{1, 0}, 5)
	w := selection.Greedy(said, metric(t, "log_loss"))
	assert.Greater(t, w[1], .5)
	assert.Greater(t, w[0], 0.)
}

// TestGreedyOnFreshRows: what the weights gain on the rows that they were chosen
// by holds on others: on the mean they do as well there, but for half a per cent, as the candidate that is
// best on those, which nobody could have known, of twelve that are much alike.
func TestGreedyOnFreshRows(t *testing.T) {
	for _, rows := range []int{50, 300} {
		for _, make := range []func(int, []float64, []float64, uint64) []*metrics.Sample{numbers, classes} {
			var excess float64
			const repeats = 12
			for seed := range uint64(repeats) {
				said := make(rows+1000, []float64{1, 1, 1, 1, .9, .9, .8, .8, .7, .5, .3, 0}, []float64{.5, .5, .6, .6, .5, .6, .5, .7, .8, .6, .4, .1}, seed)
				held, fresh := part(said, 0, rows), part(said, rows, rows+1000)
				name := metrics.Primary(said[0].Task())
				m := metric(t, name)
				best := math.Inf(1)
				for _, s := range fresh {
					best = min(best, m.On(s, "").Value)
				}
				excess += m.On(selection.Mean(fresh, selection.Greedy(held, m)), "").Value/best - 1
			}
			assert.LessOrEqual(t, excess/repeats, .005, "%d rows, %s", rows, make(2, []float64{1}, []float64{1}, 1)[0].Task())
		}
	}
}

func part(said []*metrics.Sample, from, to int) []*metrics.Sample {
	rows := make([]int, to-from)
	for i := range rows {
		rows[i] = from + i
	}
	out := make([]*metrics.Sample, len(said))
	for c, s := range said {
		out[c] = s.Take(rows)
	}
	return out
}

// TestGreedyOfManyRows: rows beyond those looked at change nothing but time, and
// the weights stay close to those of all.
func TestGreedyOfManyRows(t *testing.T) {
	said := numbers(50000, []float64{1, 1}, []float64{.5, .5}, 6)
	w := selection.Greedy(said, metric(t, "rmse"))
	assert.InDelta(t, .5, w[0], .03)
}

// Package selection weighs models by what they said of rows that were held out,
// so that their weighted mean does best there.
package selection

import (
	"math"

	"labbook/internal/data/metrics"
)

const (
	// most is how often a candidate is put into the selection: weights are
	// multiples of 1/most or coarser.
	most = 40
	// rowsLooked is how many rows of the samples are looked at: more tell no
	// more of a handful of weights.
	rowsLooked = 20000
)

// Greedy gives each candidate its weight in a mean: not negative, of sum 1, and
// 0 for those that the others can do without. said[c] is what candidate c said of
// the same rows held out, in the same order: numbers in the target's own unit, or
// the probabilities of the same classes.
//
// It is forward selection with replacement after Caruana, Niculescu-Mizil, Crew
// and Ksikes, "Ensemble selection from libraries of models", ICML 2004: again and
// again the candidate is added that improves the mean of those added so far
// most, or spoils it least, and the best of these means is taken. Of equals the
// first candidate is taken. A candidate that guesses shrinks the others where
// there is little to learn.
func Greedy(said []*metrics.Sample, metric *metrics.Metric) []float64 {
	m := mixture{metric: metric, said: make([]*metrics.Sample, len(said))}
	for c, s := range said {
		m.said[c] = spread(s, rowsLooked)
	}
	m.sum = make([]float64, len(outputs(m.said[0])))
	counts, best := make([]float64, len(said)), make([]float64, len(said))
	reached := metric.Worst()
	for n := range most {
		chosen, score := m.next(float64(n))
		m.add(chosen)
		counts[chosen]++
		if n == 0 || metric.Improvement(score, reached) > 0 {
			reached = score
			for c, count := range counts {
				best[c] = count / float64(n+1)
			}
		}
	}
	return best
}

// Counts gives weights of Greedy as whole numbers: how often each candidate was
// added.
func Counts(weights []float64) []float64 {
	counts := make([]float64, len(weights))
	for n := 1.; n <= most; n++ {
		whole := true
		for c, w := range weights {
			counts[c] = math.Round(w * n)
			whole = whole && math.Abs(counts[c]-w*n) < 1e-9
		}
		if whole {
			return counts
		}
	}
	return weights
}

// mixture is the sum of what the candidates chosen so far said.
type mixture struct {
	metric *metrics.Metric
	said   []*metrics.Sample
	sum    []float64
}

// next gives the candidate that the mean of n is best with, and how good.
func (m *mixture) next(n float64) (chosen int, score float64) {
	mean := make([]float64, len(m.sum))
	for c, s := range m.said {
		for i, v := range outputs(s) {
			mean[i] = (m.sum[i] + v) / (n + 1)
		}
		if is := m.metric.On(sample(s, mean), "").Value; c == 0 || m.metric.Improvement(is, score) > 0 {
			chosen, score = c, is
		}
	}
	return chosen, score
}

func (m *mixture) add(chosen int) {
	for i, v := range outputs(m.said[chosen]) {
		m.sum[i] += v
	}
}

// outputs gives what a sample has predicted: numbers, or probabilities.
func outputs(s *metrics.Sample) []float64 {
	if s.Classes != nil {
		return s.Probabilities
	}
	return s.Predicted
}

// sample gives the sample of the same rows with other outputs.
func sample(s *metrics.Sample, outputs []float64) *metrics.Sample {
	if s.Classes == nil {
		return metrics.NewRegression(s.Actual, outputs)
	}
	return metrics.NewClassification(s.Actual, s.Classes, outputs)
}

// Mean gives the sample of the weighted mean of what was said of the same rows.
func Mean(said []*metrics.Sample, weights []float64) *metrics.Sample {
	mean := make([]float64, len(outputs(said[0])))
	for c, s := range said {
		if weights[c] == 0 {
			continue
		}
		for i, v := range outputs(s) {
			mean[i] += weights[c] * v
		}
	}
	return sample(said[0], mean)
}

// spread gives so many rows of a sample at most, evenly spaced.
func spread(s *metrics.Sample, rows int) *metrics.Sample {
	all := s.Rows()
	if all <= rows {
		return s
	}
	some := make([]int, rows)
	for i := range some {
		some[i] = int(int64(i) * int64(all) / int64(rows))
	}
	return s.Take(some)
}

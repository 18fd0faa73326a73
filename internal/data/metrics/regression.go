package metrics

import (
	"math"

	"labbook/internal/base/ascending"
)

// The definitions are scikit-learn's (sklearn.metrics, 1.2.1), with its
// sample_weight as the weights.

func r2(s *Sample) Measure {
	// Deviations from a centre near the mean keep the sums of squares exact
	// enough whatever the target's offset; the centre itself cancels out.
	centre := mean(s.Actual)(Ones(s.Rows()))
	return func(weights []float64) float64 {
		var total, sum, squares, residual float64
		for i, w := range weights {
			d, e := s.Actual[i]-centre, s.Actual[i]-s.Predicted[i]
			total += w
			sum += w * d
			squares += w * d * d
			residual += w * e * e
		}
		spread := squares - sum*sum/total
		switch {
		case total == 0:
			return math.NaN()
		case spread > 0:
			return 1 - residual/spread
		case residual == 0:
			return 1
		}
		return 0
	}
}

func mae(s *Sample) Measure { return mean(errors(s, math.Abs)) }

func rmse(s *Sample) Measure {
	mse := mean(errors(s, func(e float64) float64 { return e * e }))
	return func(weights []float64) float64 { return math.Sqrt(mse(weights)) }
}

// mape divides by at least the spacing of floating-point numbers at 1, as
// scikit-learn does: a true value of 0 makes it huge, not undefined.
func mape(s *Sample) Measure {
	const epsilon = 0x1p-52
	terms := errors(s, math.Abs)
	for i, y := range s.Actual {
		terms[i] /= max(math.Abs(y), epsilon)
	}
	return mean(terms)
}

// medianAE is the weighted median: the mean of the two middle values when the
// weights split evenly between them.
func medianAE(s *Sample) Measure {
	terms := errors(s, math.Abs)
	order := ascending.Places(terms)
	return func(weights []float64) float64 {
		var total float64
		for _, w := range weights {
			total += w
		}
		var below float64
		for k, i := range order {
			below += weights[i]
			switch {
			case weights[i] == 0 || below < total/2:
				continue
			case below > total/2:
				return terms[i]
			}
			for _, j := range order[k+1:] {
				if weights[j] > 0 {
					return (terms[i] + terms[j]) / 2
				}
			}
		}
		return math.NaN()
	}
}

// errors applies f to every error, actual less predicted.
func errors(s *Sample, f func(float64) float64) []float64 {
	out := make([]float64, s.Rows())
	for i, y := range s.Actual {
		out[i] = f(y - s.Predicted[i])
	}
	return out
}

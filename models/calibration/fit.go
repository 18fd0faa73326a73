package calibration

import (
	"math"
	"slices"

	"labbook/internal/data/metrics"
)

// FewestIsotonic is the fewest rows from which curves are fitted. In simulations of
// two classes, common and rare, with models that were too sure, shifted or bent,
// curves lost to one temperature at 200 rows whatever the distortion but a shift,
// and won from 500 on wherever one temperature could not mend it.
const FewestIsotonic = 500

// beyond is how many standard errors of the mean gain, from row to row, are more
// than noise.
const beyond = 2

// Fit finds the calibration of what was said of rows that the model was not fitted
// to, and whose class is known. part has a number for each row: besides, it gives
// what would have been said of the rows of each part after a calibration by the
// others, so that nobody is judged by rows that he was fitted to; a single part is
// calibrated by itself. None gives nil, and the sample as it is.
//
// Isotonic keeps to one temperature where the rows are fewer than FewestIsotonic,
// or where the log loss, after a calibration by the other parts, is no better with
// curves.
func Fit(method Method, s *metrics.Sample, part []int) (*Map, *metrics.Sample) {
	if method == None || method == "" {
		return nil, s
	}
	k := len(s.Classes)
	warm := across(fitTemperature, s, part)
	if method == Auto && !gains(s, warm) {
		return nil, s
	}
	if method == Isotonic && s.Rows() >= FewestIsotonic {
		if bent := across(fitIsotonic, s, part); lossOf(bent) < lossOf(warm) {
			return fitIsotonic(s.Probabilities, s.Actual, k), bent
		}
	}
	return fitTemperature(s.Probabilities, s.Actual, k), warm
}

// across calibrates the rows of each part by a fit to all the others.
func across(fit func(p, actual []float64, k int) *Map, s *metrics.Sample, part []int) *metrics.Sample {
	k, out := len(s.Classes), slices.Clone(s.Probabilities)
	parts := slices.Compact(slices.Sorted(slices.Values(part)))
	for _, held := range parts {
		var p, actual []float64
		for i, at := range part {
			if at != held || len(parts) == 1 {
				p, actual = append(p, s.Probabilities[i*k:(i+1)*k]...), append(actual, s.Actual[i])
			}
		}
		m := fit(p, actual, k)
		for i, at := range part {
			if at == held {
				m.Apply(out[i*k:(i+1)*k], k)
			}
		}
	}
	return metrics.NewClassification(s.Actual, s.Classes, out)
}

// gains says that the log loss of the rows is less after than before, by more than
// noise.
func gains(before, after *metrics.Sample) bool {
	k, n := len(before.Classes), float64(before.Rows())
	said := func(s *metrics.Sample, row int) float64 {
		return math.Log(max(s.Probabilities[row*k+int(s.Actual[row])], leastSaid))
	}
	sum, squares := 0.0, 0.0
	for row := range before.Rows() {
		gain := said(after, row) - said(before, row)
		sum, squares = sum+gain, squares+gain*gain
	}
	mean := sum / n
	return mean > beyond*math.Sqrt(max(squares/n-mean*mean, 0)/n)
}

// leastSaid is the probability that one below it counts as: a single row that was
// ruled out is not to outweigh all others.
const leastSaid = 1e-6

func lossOf(s *metrics.Sample) float64 {
	loss, _ := metrics.Lookup("log_loss")
	return loss.On(s, "").Value
}

package offer

import (
	"math"
	"slices"
)

// Interval says between which bounds the truth lies around a prediction, as
// often as Level says, for rows like those of the test part.
//
// It is split conformal prediction (Lei et al., Distribution-Free Predictive
// Inference for Regression, 2018): order statistics of the errors on rows that
// the model did not see, which needs no assumption about their distribution.
type Interval struct {
	Level float64 `json:"level"`
	// Low and High are added to the prediction, or, when Relative, it is
	// multiplied by them.
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Relative bool    `json:"relative,omitempty"`
	Rows     int     `json:"rows"` // that it was taken from
}

// leastRows is how many errors an interval needs.
const leastRows = 40

// NewInterval takes the interval from what was true and what was predicted. It
// gives nil when there are too few rows. relative asks for factors instead of
// differences, and is not heeded unless all values are positive.
func NewInterval(actual, predicted []float64, level float64, relative bool) *Interval {
	relative = relative && positive(actual) && positive(predicted)
	errors := make([]float64, 0, len(actual))
	for i, y := range actual {
		e := y - predicted[i]
		if relative {
			e = y / predicted[i]
		}
		if !math.IsNaN(e) && !math.IsInf(e, 0) {
			errors = append(errors, e)
		}
	}
	n := len(errors)
	if n < leastRows {
		return nil
	}
	slices.Sort(errors)
	tail := (1 - level) / 2
	low := int(math.Floor(float64(n+1) * tail))
	high := int(math.Ceil(float64(n+1) * (1 - tail)))
	return &Interval{Level: level, Low: errors[max(low, 1)-1], High: errors[min(high, n)-1], Relative: relative, Rows: n}
}

// Around gives the bounds around a prediction.
func (v *Interval) Around(prediction float64) (low, high float64) {
	if v.Relative {
		return prediction * v.Low, prediction * v.High
	}
	return prediction + v.Low, prediction + v.High
}

func positive(values []float64) bool {
	for _, v := range values {
		if !(v > 0) {
			return false
		}
	}
	return true
}

// Package calibration makes a classifier's probabilities come true as often as
// they say, by what it said of rows that it did not learn from.
package calibration

import (
	"errors"
	"math"
)

// Method is a way to calibrate.
type Method string

// The methods.
const (
	None Method = "none"
	// Auto is Temperature, where the log loss gains from one beyond noise.
	Auto Method = "auto"
	// Temperature divides the logarithms of the probabilities by one number: Guo,
	// Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML
	// 2017. It makes a model more or less sure and never changes which class is
	// likeliest.
	Temperature Method = "temperature"
	// Isotonic fits a rising curve of any form to each class against the rest, and
	// scales the sum to 1: Zadrozny and Elkan, "Transforming Classifier Scores into
	// Accurate Multiclass Probability Estimates", KDD 2002.
	Isotonic Method = "isotonic"
)

// Map is a fitted calibration. Its JSON form is part of a bundle. A nil *Map
// changes nothing.
type Map struct {
	Method Method `json:"method"`
	// Temperature is what the logarithms are divided by: above 1 the model is less
	// sure than before. A probability of 0, which has none, counts as Floor.
	Temperature float64 `json:"temperature,omitempty"`
	Floor       float64 `json:"floor,omitempty"`
	// Curves are those of Isotonic: one per class, or, of two classes, that of the
	// second.
	Curves []Curve `json:"curves,omitempty"`
	// Rows were held out to find it.
	Rows int `json:"rows"`
}

// Apply calibrates rows of k probabilities each, in place. Each row is calibrated
// by itself, and sums to 1. What is not a number stays none.
func (m *Map) Apply(p []float64, k int) {
	if m == nil {
		return
	}
	for at := 0; at < len(p); at += k {
		row := p[at : at+k]
		if m.Method == Temperature {
			soften(row, 1/m.Temperature, m.Floor)
		} else {
			m.bend(row)
		}
	}
}

// soften takes the probabilities of a row to a power, and scales them.
func soften(row []float64, power, floor float64) {
	most := math.Inf(-1)
	for c, p := range row {
		row[c] = power * math.Log(max(p, floor))
		most = max(most, row[c])
	}
	for c, v := range row {
		row[c] = math.Exp(v - most)
	}
	scale(row)
}

// bend applies the curves to a row.
func (m *Map) bend(row []float64) {
	if len(m.Curves) == 1 {
		row[1] = m.Curves[0].at(row[1])
		row[0] = 1 - row[1]
		return
	}
	for c, curve := range m.Curves {
		row[c] = curve.at(row[c])
	}
	scale(row)
}

func scale(row []float64) {
	sum := 0.0
	for _, p := range row {
		sum += p
	}
	for c := range row {
		row[c] /= sum
	}
}

// curves gives how many curves k classes need: of two, the second tells the first.
func curves(k int) int {
	if k == 2 {
		return 1
	}
	return k
}

// Check says what keeps a decoded map from being one of k classes.
func (m *Map) Check(k int) error {
	if m == nil {
		return nil
	}
	bad := errors.New("an impossible calibration")
	switch m.Method {
	case Temperature:
		if !(m.Temperature > 0) || math.IsInf(m.Temperature, 0) || !(m.Floor > 0 && m.Floor <= 1) {
			return bad
		}
		return nil
	case Isotonic:
		if len(m.Curves) != curves(k) {
			return bad
		}
		for _, c := range m.Curves {
			if !c.rises() {
				return bad
			}
		}
		return nil
	}
	return bad
}

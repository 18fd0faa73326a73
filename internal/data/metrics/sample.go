package metrics

import (
	"fmt"
	"slices"
)

// Task is what predictions are of, everywhere: of features, models, metrics and
// services. It is part of several formats on disk.
type Task string

// The tasks.
const (
	Regression     Task = "regression"     // a number
	Classification Task = "classification" // one of two or more classes
)

// Sample is what a metric is measured on: what was true and what was said of
// the same rows. It must not be changed while a Measure of it is in use.
type Sample struct {
	// Actual and Predicted hold a number per row; with Classes, the index of
	// the true and of the predicted class.
	Actual, Predicted []float64
	// Classes are the names of the classes; nil for regression.
	Classes []string
	// Probabilities holds, row by row, a probability per class: row i's are
	// at i*len(Classes). Nil when there are none.
	Probabilities []float64
}

// NewRegression makes a Sample of numbers. It panics when the lengths differ.
func NewRegression(actual, predicted []float64) *Sample {
	if len(actual) != len(predicted) {
		panic(fmt.Sprintf("metrics: %d actual values and %d predicted", len(actual), len(predicted)))
	}
	return &Sample{Actual: actual, Predicted: predicted}
}

// NewClassification makes a Sample of classes from row-major probabilities:
// the likeliest class is the predicted one, the first of equally likely ones.
// It panics when the lengths do not fit.
func NewClassification(actual []float64, classes []string, probabilities []float64) *Sample {
	k := len(classes)
	if len(probabilities) != k*len(actual) {
		panic(fmt.Sprintf("metrics: %d probabilities for %d rows of %d classes", len(probabilities), len(actual), k))
	}
	predicted := make([]float64, len(actual))
	for i := range actual {
		predicted[i] = float64(argmax(probabilities[i*k : (i+1)*k]))
	}
	return &Sample{Actual: actual, Predicted: predicted, Classes: classes, Probabilities: probabilities}
}

// Take gives the sample of those rows.
func (s *Sample) Take(rows []int) *Sample {
	out := &Sample{Classes: s.Classes, Actual: make([]float64, len(rows)), Predicted: make([]float64, len(rows))}
	for i, row := range rows {
		out.Actual[i], out.Predicted[i] = s.Actual[row], s.Predicted[row]
	}
	if k := len(s.Classes); s.Probabilities != nil {
		out.Probabilities = make([]float64, 0, k*len(rows))
		for _, row := range rows {
			out.Probabilities = append(out.Probabilities, s.Probabilities[row*k:(row+1)*k]...)
		}
	}
	return out
}

// Rows gives the number of rows.
func (s *Sample) Rows() int { return len(s.Actual) }

// Task says what the sample is of.
func (s *Sample) Task() Task {
	if s.Classes != nil {
		return Classification
	}
	return Regression
}

// rarest gives how many rows the rarest class has of those that occur; of
// numbers all rows.
func (s *Sample) rarest() int {
	if s.Classes == nil {
		return s.Rows()
	}
	counts := make([]int, len(s.Classes))
	for _, class := range s.Actual {
		counts[int(class)]++
	}
	return slices.Min(slices.DeleteFunc(counts, func(n int) bool { return n == 0 }))
}

// Same says whether two samples of the same rows say the same of each.
func (s *Sample) Same(other *Sample) bool {
	return slices.Equal(s.Predicted, other.Predicted) && slices.Equal(s.Probabilities, other.Probabilities)
}

// Measure gives a metric's value when row i counts weights[i] times. Weights
// are not negative; a resample of the bootstrap is nothing but weights. It is
// NaN where the metric is not defined (no rows, one class for a curve). It may
// be called from several goroutines at once.
type Measure func(weights []float64) float64

// Ones gives n weights of 1: the sample as it is.
func Ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// mean is the weighted mean of a term per row.
func mean(terms []float64) Measure {
	return func(weights []float64) float64 {
		var sum, total float64
		for i, w := range weights {
			sum += w * terms[i]
			total += w
		}
		return sum / total
	}
}

func argmax(values []float64) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

package models

import (
	"fmt"

	"labbook/internal/base/diag"
)

// Weights say what a row counts in learning.
type Weights string

// The weights.
const (
	Equal Weights = "equal"
	// ByTarget counts rows in proportion to their target. Where its logarithm
	// is learned, errors are shares of the target, and a share of a large one
	// costs more: this is half-way to squared errors in the target's own unit,
	// and suits errors that are judged as amounts.
	ByTarget Weights = "target"
)

// of gives the weights of rows, 1 on average, or nil where all are equal. A
// target that is not positive is a *diag.Error.
func (w Weights) of(y []float64) ([]float64, error) {
	switch w {
	case Equal, "":
		return nil, nil
	case ByTarget:
	default:
		panic("models: no weights are called " + string(w))
	}
	sum := 0.0
	for i, v := range y {
		if !(v > 0) {
			return nil, &diag.Error{What: fmt.Sprintf("row %d of the training part cannot weigh what its target says", i+1),
				Found: fmt.Sprint(v), Wanted: "a number greater than 0", Hint: "drop such rows at load with keep, or train with weights: equal"}
		}
		sum += v
	}
	weights := make([]float64, len(y))
	for i, v := range y {
		weights[i] = v * float64(len(y)) / sum
	}
	return weights, nil
}

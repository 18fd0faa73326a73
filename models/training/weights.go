package training

import (
	"fmt"

	"labbook/internal/base/diag"
	"labbook/models/bundle"
)

// weigh gives the weights of rows with these targets, 1 on average, or nil
// where all are equal. A target that is not positive is a *diag.Error.
func weigh(w bundle.Weights, y []float64) ([]float64, error) {
	switch w {
	case bundle.Equal, "":
		return nil, nil
	case bundle.ByTarget:
	default:
		panic("training: no weights are called " + string(w))
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

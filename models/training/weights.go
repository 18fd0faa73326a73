package training

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/models/bundle"
)

// weigh gives the weights of the rows of data, or nil where all are equal. What a
// class weighs is told by the rows that are learned from. By their target, whose
// values then are positive or a *diag.Error, rows weigh 1 on average; so they do
// where classes are balanced.
func (r *Recipe) weigh(data, learned *matrix.Labelled) ([]float64, error) {
	switch {
	case r.Weights == bundle.ByTarget:
		return weighTargets(data.Y)
	case data.Classes == nil:
		return nil, nil
	}
	class := r.classWeights(learned)
	if class == nil {
		return nil, nil
	}
	weights := make([]float64, len(data.Y))
	for i, y := range data.Y {
		weights[i] = class[int(y)]
	}
	return weights, nil
}

// classWeights gives what a row of each class weighs, or nil where all are equal.
// Balanced, every class that occurs has the same sum, as scikit-learn's
// class_weight="balanced" has it.
func (r *Recipe) classWeights(data *matrix.Labelled) []float64 {
	weights := make([]float64, len(data.Classes))
	switch {
	case r.Weights == bundle.Balanced:
		for _, y := range data.Y {
			weights[int(y)]++
		}
		for class, n := range weights {
			weights[class] = 1 // of a class that does not occur
			if n > 0 {
				weights[class] = float64(len(data.Y)) / (float64(len(weights)) * n)
			}
		}
	case len(r.ClassWeights) > 0:
		for class, name := range data.Classes {
			weights[class] = 1
			if w, ok := r.ClassWeights[name]; ok {
				weights[class] = w
			}
		}
	default:
		return nil
	}
	return weights
}

// checkWeights says, as a *diag.Error, why the rows of these classes, nil of
// numbers, cannot weigh as declared.
func (r *Recipe) checkWeights(classes []string) error {
	switch {
	case classes != nil && r.Weights == bundle.ByTarget:
		return diag.New("rows cannot weigh what their class says", "leave weights out, or say weights: balanced")
	case classes == nil && r.Weights == bundle.Balanced:
		return diag.New("numbers are no classes that could be balanced", "leave weights out")
	case classes == nil && len(r.ClassWeights) > 0:
		return diag.New("numbers have no classes to weigh", "leave class_weights out")
	}
	for _, name := range slices.Sorted(maps.Keys(r.ClassWeights)) {
		if !slices.Contains(classes, name) {
			return noClass("class_weights", name, classes)
		}
	}
	return nil
}

// noClass is the error for an option that names a class which the target has not.
func noClass(option, name string, classes []string) error {
	return &diag.Error{What: option + " names a class that the target does not have", Found: fmt.Sprintf("%q", name),
		Wanted: "one of " + strings.Join(classes[:min(len(classes), 20)], ", "), Hint: diag.DidYouMean(name, classes)}
}

// weighTargets gives rows weights in proportion to their targets.
func weighTargets(y []float64) ([]float64, error) {
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

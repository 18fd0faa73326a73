package bundle

import (
	"fmt"
	"math"

	"labbook/internal/base/diag"
)

// Transform is what is done to the target of a regression before it is
// learned, and undone to predictions.
type Transform string

// The transforms.
const (
	None  Transform = "none"
	Log   Transform = "log"   // for positive targets
	Log1p Transform = "log1p" // log(1 + y), for targets that may be 0
)

// Forward gives the transformed target as a new slice. A value outside the
// transform's domain is a *diag.Error.
func (t Transform) Forward(y []float64) ([]float64, error) {
	out := make([]float64, len(y))
	switch t {
	case None, "":
		copy(out, y)
	case Log, Log1p:
		shift := t.shift()
		for i, v := range y {
			if !(v+shift > 0) {
				return nil, &diag.Error{
					What:   fmt.Sprintf("row %d of the training part: the target has no %s", i+1, t),
					Found:  fmt.Sprintf("%g", v),
					Wanted: fmt.Sprintf("a number greater than %g", 0-shift),
					Hint:   "drop such rows at load with keep, or train with target: none",
				}
			}
			out[i] = t.forward(v)
		}
	default:
		panic("bundle: no target transform is called " + string(t))
	}
	return out, nil
}

// Inverse undoes the transform in place.
func (t Transform) Inverse(y []float64) {
	switch t {
	case Log:
		for i, v := range y {
			y[i] = math.Exp(v)
		}
	case Log1p:
		for i, v := range y {
			y[i] = math.Expm1(v)
		}
	}
}

func (t Transform) shift() float64 {
	if t == Log1p {
		return 1
	}
	return 0
}

func (t Transform) forward(v float64) float64 {
	if t == Log1p {
		return math.Log1p(v)
	}
	return math.Log(v)
}

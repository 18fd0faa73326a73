package bundle

import (
	"errors"
	"math"
)

// Bounds are the least and the greatest prediction that a regression makes, in
// the target's own unit. A nil *Bounds holds nothing back.
type Bounds struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// hold moves each value that lies outside to the nearer end, in place. NaN
// stays.
func (b *Bounds) hold(values []float64) {
	if b == nil {
		return
	}
	for i, v := range values {
		values[i] = min(max(v, b.Low), b.High)
	}
}

// check says what keeps decoded bounds from being any.
func (b *Bounds) check() error {
	if b != nil && !(b.Low <= b.High && !math.IsInf(b.Low, 0) && !math.IsInf(b.High, 0)) {
		return errors.New("bundle: bounds that hold nothing")
	}
	return nil
}

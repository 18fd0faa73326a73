package bundle

import (
	"errors"
	"fmt"
)

// answer turns what a classifier said into what the bundle says: probabilities
// that were calibrated, and the class that follows from them.
func (b *Bundle) answer(p *Predictions) {
	if p.Classes == nil || b.Calibration == nil && b.Threshold == nil {
		return
	}
	b.Calibration.Apply(p.Probabilities, len(p.Classes))
	for i := range p.Values {
		p.Values[i] = float64(b.Threshold.Label(p.Row(i)))
	}
}

// checkAnswers says what keeps decoded rules of a classifier's answers from being
// its own.
func (b *Bundle) checkAnswers() error {
	classes := b.Features.Classes
	if classes == nil && (b.Calibration != nil || b.Threshold != nil) {
		return errors.New("numbers have no probabilities")
	}
	if t := b.Threshold; t != nil && (len(classes) != 2 || t.Positive < 0 || t.Positive > 1 || !(t.At >= 0 && t.At <= 1)) {
		return fmt.Errorf("a threshold of %v for class %d of %d", t.At, t.Positive, len(classes))
	}
	return b.Calibration.Check(len(classes))
}

package bundle

import "errors"

// answer turns what a classifier said into what the bundle says: probabilities
// that were calibrated, and the class that follows from them.
func (b *Bundle) answer(p *Predictions) {
	if p.Classes == nil || b.Calibration == nil {
		return
	}
	b.Calibration.Apply(p.Probabilities, len(p.Classes))
	for i := range p.Values {
		p.Values[i] = float64(likeliest(p.Row(i)))
	}
}

// checkAnswers says what keeps decoded rules of a classifier's answers from being
// its own.
func (b *Bundle) checkAnswers() error {
	if b.Features.Classes == nil && b.Calibration != nil {
		return errors.New("numbers have no probabilities to calibrate")
	}
	return b.Calibration.Check(len(b.Features.Classes))
}

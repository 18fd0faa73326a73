package bundle

import (
	"errors"
	"fmt"
	"slices"

	"labbook/internal/data/matrix"
)

// answer turns what a classifier said of the rows of x into what the bundle says:
// probabilities that were calibrated, the class and the set that follow from them.
func (b *Bundle) answer(p *Predictions, x *matrix.Matrix) {
	k := len(p.Classes)
	b.Calibration.Apply(p.Probabilities, k)
	blank := b.blank(x)
	for i := range blank {
		if blank[i] {
			copy(p.Row(i), b.Prior)
		}
	}
	if b.Calibration != nil || b.Threshold != nil || blank != nil {
		for i := range p.Values {
			p.Values[i] = float64(b.Threshold.Label(p.Row(i)))
		}
	}
	v := b.Interval
	if v == nil {
		return
	}
	p.Level, p.Sets = v.Level, v.sets(p.Probabilities, k)
	if v.Abstain {
		p.Abstained = make([]bool, len(p.Values))
		for i := range p.Abstained {
			p.Abstained[i] = len(p.Named(i)) > 1
		}
	}
	for i := range blank {
		if blank[i] {
			p.anyClass(i)
		}
	}
}

// anyClass makes the set of row i hold every class.
func (p *Predictions) anyClass(i int) {
	for c := range p.Set(i) {
		p.Set(i)[c] = true
	}
	if p.Abstained != nil {
		p.Abstained[i] = true
	}
}

// blank says which rows tell the model nothing, where it is one that knows what to
// say of them; nil: none does.
func (b *Bundle) blank(x *matrix.Matrix) []bool {
	if b.Prior == nil {
		return nil
	}
	return b.Features.Blank(x)
}

// Set says which classes the set of row i has; it shares memory.
func (p *Predictions) Set(i int) []bool {
	k := len(p.Classes)
	return p.Sets[i*k : (i+1)*k]
}

// Named gives the names of the classes in the set of row i.
func (p *Predictions) Named(i int) []string {
	var names []string
	for c, is := range p.Set(i) {
		if is {
			names = append(names, p.Classes[c])
		}
	}
	return names
}

// checkAnswers says what keeps decoded rules of a classifier's answers from being
// its own.
func (b *Bundle) checkAnswers() error {
	classes := b.Features.Classes
	if classes == nil && (b.Calibration != nil || b.Threshold != nil || b.Prior != nil) {
		return errors.New("numbers have no probabilities")
	}
	if t := b.Threshold; t != nil && (len(classes) != 2 || t.Positive < 0 || t.Positive > 1 || !(t.At >= 0 && t.At <= 1)) {
		return fmt.Errorf("a threshold of %v for class %d of %d", t.At, t.Positive, len(classes))
	}
	if b.Prior != nil && (len(b.Prior) != len(classes) || slices.ContainsFunc(b.Prior, func(p float64) bool { return !(p >= 0 && p <= 1) })) {
		return errors.New("shares of other classes than its own")
	}
	if v := b.Interval; v != nil && (v.Abstain && classes == nil || v.Local && classes != nil) {
		return errors.New("an interval of another task")
	}
	return b.Calibration.Check(len(classes))
}

package ensemble

import (
	"slices"

	"labbook/internal/base/params"
	"labbook/models/estimator"
)

// settle gives the parameters with those of each member settled by its models
// in the stopped ensembles, see estimator.Spec. A member that counts for
// nothing in all of them has none, and is not stopped.
func (e *ensemble) settle(p Params, stopped []estimator.Model) *Params {
	fitted := make([][]estimator.Model, len(p.Of))
	for _, s := range stopped {
		for _, part := range s.(interface{ fitted() []part }).fitted() {
			fitted[part.member] = append(fitted[part.member], part.model)
		}
	}
	p.Of = slices.Clone(p.Of)
	for m := range p.Of {
		member := &p.Of[m]
		if spec := e.lookup(member.Model); spec.Settle != nil && len(fitted[m]) > 0 {
			member.Params = params.OpenOf(spec.Settle(member.Params.Value(), fitted[m]))
		}
	}
	return &p
}

// fitted gives the parts of a model that Fit gave.
func (m *model) fitted() []part { return m.parts }

package ensemble

import (
	"slices"

	"labbook/models/estimator"
)

// settle gives the parameters with those of each member settled by its models
// in the stopped ensembles, see estimator.Spec. A member that counts for
// nothing in all of them has none, and is not stopped.
func (e *ensemble) settle(p Params, stopped []estimator.Model) *Params {
	fitted := make([][]estimator.Model, len(p.Of))
	for _, s := range stopped {
		for _, part := range p.own(s.(interface{ fitted() []part }).fitted()) {
			fitted[part.member] = append(fitted[part.member], part.model)
		}
	}
	p.Of = slices.Clone(p.Of)
	for m := range p.Of {
		member := &p.Of[m]
		if spec := e.lookup(member.Model); spec.Settle != nil && len(fitted[m]) > 0 {
			member.Params = member.Params.With(spec.Settle(member.Params.Value(), fitted[m]))
		}
	}
	return &p
}

// own gives parts with the members that they are of, none where nobody knows: an
// older program did not say, and parts without weight may be missing among its own.
func (p *Params) own(parts []part) []part {
	if parts[0].member >= 0 {
		return parts
	}
	var known []part
	for m, member := range p.Of {
		for range p.repeats(m) {
			if len(known) == len(parts) || parts[len(known)].name != member.Model {
				return nil
			}
			of := parts[len(known)]
			of.member = m
			known = append(known, of)
		}
	}
	if len(known) < len(parts) {
		return nil
	}
	return known
}

// fitted gives the parts of a model that Fit gave.
func (m *model) fitted() []part { return m.parts }

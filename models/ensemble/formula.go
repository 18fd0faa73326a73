package ensemble

import "labbook/models/formula"

// Formula implements formula.Said.
func (m *model) Formula() (formula.Formula, error) {
	sum := &formula.Sum{Outputs: m.outputs}
	if m.outputs > 1 {
		sum.Most = 1
	}
	for _, p := range m.parts {
		said, ok := p.model.(formula.Said)
		if !ok {
			return nil, formula.None(p.name)
		}
		f, err := said.Formula()
		if err != nil {
			return nil, err
		}
		sum.Parts = append(sum.Parts, formula.Part{Formula: f, Weight: p.weight, View: p.view, Step: p.step, Missing: m.specs(p.name).Missing, Name: p.name})
	}
	return sum, nil
}

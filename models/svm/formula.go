package svm

import "labbook/models/formula"

// Formula implements formula.Said.
func (m *model) Formula() (formula.Formula, error) {
	link := formula.Link{Kind: formula.Softmax}
	if m.sigmoids != nil {
		link.Kind = formula.Sigmoids
		for _, s := range m.sigmoids {
			link.Slopes, link.Offsets = append(link.Slopes, s.slope), append(link.Offsets, s.offset)
		}
	}
	return m.margins.Linked(link), nil
}

package logistic

import "labbook/models/formula"

// Formula implements formula.Said.
func (m *model) Formula() (formula.Formula, error) {
	return m.Linked(formula.Link{Kind: formula.Softmax}), nil
}

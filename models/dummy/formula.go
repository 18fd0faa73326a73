package dummy

import "labbook/models/formula"

// Formula implements formula.Said.
func (m *model) Formula() (formula.Formula, error) {
	return &formula.Constant{Values: m.Constant}, nil
}

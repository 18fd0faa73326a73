package features

import (
	"errors"

	"labbook/internal/table"
)

// derived is a numeric column computed by an expression.
type derived struct {
	Name string `json:"name"`
	Expr string `json:"expr"`
}

func (d *derived) reads() []string { return nil }

func compileAll(exprs map[string]string, fields []table.Field) ([]derived, error) {
	if len(exprs) > 0 {
		return nil, errors.New("derive is not there yet")
	}
	return nil, nil
}

func derive(ds []derived, t *table.Table) (map[string]*table.Column, error) {
	return nil, nil
}

func compileDerived(ds []derived, fields []table.Field) error { return nil }

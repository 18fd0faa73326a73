package features

import (
	"fmt"
	"slices"

	"labbook/internal/base/params"
	"labbook/internal/data/expression"
	"labbook/internal/data/table"
)

// derived is a column computed from others.
type derived struct {
	Field table.Field `json:"field"`
	Expr  string      `json:"expr"`
	// Generated says that nobody declared it.
	Generated bool `json:"generated,omitempty"`

	compiled *expression.Expr
}

// deriveAll computes the columns that are declared, each from the table's and
// those before it, and gives the table with them at its end. The target is not
// among the columns that they see.
func deriveAll(t *table.Table, declared params.Map[string], target string) ([]derived, *table.Table, error) {
	var all []derived
	for _, d := range declared {
		compiled, err := expression.Compile(d.Value, t.Without(target).Fields())
		if err != nil {
			return nil, nil, params.FaultOf("derive."+d.Key, err)
		}
		c, err := compiled.Column(d.Key, t)
		if err != nil {
			return nil, nil, params.FaultOf("derive."+d.Key, err)
		}
		all = append(all, derived{Field: c.Field, Expr: d.Value, compiled: compiled})
		t = t.With(c)
	}
	return all, t, nil
}

// compile makes decoded columns ready to be computed.
func compile(all []derived, inputs []table.Field) error {
	known := slices.Clone(inputs)
	for i := range all {
		d := &all[i]
		var err error
		if d.compiled, err = expression.Compile(d.Expr, known); err != nil {
			return fmt.Errorf("derived column %q: %w", d.Field.Name, err)
		}
		known = append(known, d.Field)
	}
	return nil
}

// extend gives the inputs of t with statistics and derived columns at the end.
func (f *Features) extend(t *table.Table) (*table.Table, error) {
	if len(f.derived) == 0 && len(f.statistics) == 0 {
		return t, nil
	}
	columns := make([]*table.Column, 0, len(f.Inputs)+len(f.statistics)+len(f.derived))
	for i := range f.Inputs {
		columns = append(columns, t.Column(f.Inputs[i].Name))
	}
	for _, s := range f.statistics {
		columns = append(columns, s.column(t))
	}
	all := table.New(columns...)
	for i := range f.derived {
		d := &f.derived[i]
		c, err := d.compiled.Column(d.Field.Name, all)
		if err != nil {
			return nil, fmt.Errorf("derived column %q: %w", d.Field.Name, err)
		}
		all = all.With(c)
	}
	return all, nil
}

// derivesAs says whether what f derives from a table is what g does: the same formulas of
// the same columns.
func (f *Features) derivesAs(g *Features) bool {
	alike := func(a, b table.Field) bool {
		return a.Name == b.Name && a.Type == b.Type && a.Ordered == b.Ordered && slices.Equal(a.Levels, b.Levels)
	}
	return len(f.statistics)+len(g.statistics) == 0 && slices.EqualFunc(f.Inputs, g.Inputs, alike) &&
		slices.EqualFunc(f.derived, g.derived, func(a, b derived) bool { return a.Expr == b.Expr && a.Field.Name == b.Field.Name })
}

// gives is the type of column that the formula makes.
func (d *derived) gives() table.Type {
	switch d.compiled.Kind() {
	case expression.Text:
		return table.Category
	case expression.Date:
		return table.Date
	}
	return table.Number
}

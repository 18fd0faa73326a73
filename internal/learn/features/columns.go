package features

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/expression"
)

// CheckColumns says which options name a column that a table with these columns
// does not have, or the target where it may not be: as errors of package params.
func (o *Options) CheckColumns(columns []string) error {
	if o.Target == "" {
		return params.FaultOf("target", &diag.Error{What: "no target is declared", Wanted: "the name of the column to predict",
			Hint: "add target: to the features stage; the columns are " + strings.Join(columns, ", ")})
	}
	wrong := []error{params.NoColumn("target", o.Target, columns)}
	given := columns
	columns, err := expression.Extend(o.Derive, columns, o.Target)
	wrong = append(wrong, err,
		params.NoColumns("select", o.Select, columns),
		params.NoColumns("drop", o.Drop, columns),
		params.NoColumns("numbers.log", o.Numbers.Log, columns))
	for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
		wrong = append(wrong, params.NoColumn("columns."+name, name, columns))
	}
	if at := slices.Index(o.Select, o.Target); at >= 0 {
		wrong = append(wrong, params.FaultOf(fmt.Sprintf("select[%d]", at), &diag.Error{What: "select names the target",
			Found: fmt.Sprintf("%q", o.Target), Hint: "leave it out: what is predicted cannot be a feature"}))
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	return o.checkViews(given)
}

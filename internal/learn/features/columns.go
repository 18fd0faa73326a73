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

// withStatistics gives the columns with those of the statistics, and what is wrong with them.
func (o *Options) withStatistics(columns []string, wrong []error) ([]string, []error) {
	given := columns
	columns = slices.Clone(columns)
	for _, s := range o.Statistics {
		at := "statistics." + s.Key
		if s.Value.Of != "" {
			wrong = append(wrong, params.NoColumn(at+".of", s.Value.Of, given))
		}
		wrong = append(wrong, params.NoColumns(at+".by", s.Value.By, given))
		if slices.Contains(columns, s.Key) {
			wrong = append(wrong, params.FaultOf(at, &diag.Error{What: "a statistic has the name of a column", Found: fmt.Sprintf("%q", s.Key), Hint: "give it a name of its own"}))
			continue
		}
		columns = append(columns, s.Key)
	}
	return columns, wrong
}

// CheckColumns says which options name a column that a table with these columns
// does not have, or the target where it may not be: as errors of package params.
func (o *Options) CheckColumns(columns []string) error {
	if o.Target == "" {
		return params.FaultOf("target", &diag.Error{What: "no target is declared", Wanted: "the name of the column to predict",
			Hint: "add target: to the features stage; the columns are " + strings.Join(columns, ", ")})
	}
	wrong := []error{params.NoColumn("target", o.Target, columns)}
	given := columns
	columns, wrong = o.withStatistics(columns, wrong)
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

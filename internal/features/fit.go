package features

import (
	"fmt"
	"slices"

	"labbook/internal/diag"
	"labbook/internal/notebook"
	"labbook/internal/table"
)

// Fit learns from the training part. A problem with the options is a
// *diag.Error; what is merely worth knowing is in Findings.
func Fit(t *table.Table, o Options) (*Features, error) {
	target, task, classes, err := targetOf(t, o)
	if err != nil {
		return nil, err
	}
	f := &Features{Task: task, Target: target.Field, Classes: classes}
	f.derived, err = compileAll(o.Derive, t.Without(target.Name).Fields())
	if err != nil {
		return nil, err
	}
	derived, err := derive(f.derived, t)
	if err != nil {
		return nil, err
	}
	candidates, err := choose(t, f.derived, derived, o)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		if e := f.fitEncoder(c, o); e != nil {
			f.encoders = append(f.encoders, e)
		}
	}
	if len(f.encoders) == 0 {
		return nil, &diag.Error{What: "no column is left to learn from", Hint: "drop fewer columns"}
	}
	f.Inputs = inputs(t, f.derived, f.encoders)
	return f, nil
}

// choose gives the columns that become features: those of the table in order,
// then the derived ones by name.
func choose(t *table.Table, derivation []derived, derived map[string]*table.Column, o Options) ([]*table.Column, error) {
	all := slices.Clone(t.Columns)
	for _, d := range derivation {
		all = append(all, derived[d.Name])
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	if err := known(o, names); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c *table.Column) bool {
		return c.Name == o.Target || slices.Contains(o.Drop, c.Name) ||
			len(o.Select) > 0 && !slices.Contains(o.Select, c.Name)
	}), nil
}

// known checks every column name in the options.
func known(o Options, names []string) error {
	check := func(option string, wanted []string) error {
		for _, name := range wanted {
			if !slices.Contains(names, name) {
				return unknownColumn(option, name, names)
			}
		}
		return nil
	}
	overridden := make([]string, 0, len(o.Columns))
	for name := range o.Columns {
		overridden = append(overridden, name)
	}
	slices.Sort(overridden)
	for _, list := range []struct {
		option string
		names  []string
	}{{"select", o.Select}, {"drop", o.Drop}, {"numbers.log", o.Numbers.Log}, {"columns", overridden}} {
		if err := check(list.option, list.names); err != nil {
			return err
		}
	}
	if slices.Contains(o.Select, o.Target) {
		return &diag.Error{What: "select names the target", Found: fmt.Sprintf("%q", o.Target),
			Hint: "leave it out: what is predicted cannot be a feature"}
	}
	return nil
}

// fitEncoder fits what suits the column, or notes why nothing does.
func (f *Features) fitEncoder(c *table.Column, o Options) encoder {
	own := o.column(c.Name)
	if reason := useless(c); reason != "" {
		f.note("advice", c.Name, fmt.Sprintf("%s %s in training: left out", c.Name, reason))
		return nil
	}
	switch c.Type {
	case table.Number:
		return fitNumber(c, own)
	case table.Date:
		return fitDate(c, own)
	case table.Category:
		if own.Encode == "onehot" {
			return fitOnehot(c, own, o.Encode.DropFirst)
		}
		if own.Encode == "ordinal" && !c.Ordered && len(c.Levels) > 2 {
			f.note("advice", c.Name, fmt.Sprintf(
				"%s has no declared order: its levels are numbered as sorted; declare order: at load, or encode it onehot", c.Name))
		}
		return fitOrdinal(c, own)
	}
	f.note("warning", c.Name, fmt.Sprintf("%s is %s, which no encoder reads: left out", c.Name, c.Type))
	return nil
}

// useless says what keeps a column from telling rows apart, or "".
func useless(c *table.Column) string {
	for i := range c.Len() {
		if !c.IsMissing(i) {
			return ""
		}
	}
	return "has no value"
}

func (f *Features) note(level, column, text string) {
	f.Findings = append(f.Findings, notebook.Finding{Level: level, Column: column, Text: text})
}

// inputs gives the fields of the table that the encoders read, directly or
// through what is derived, in the table's order.
func inputs(t *table.Table, derivation []derived, encoders []encoder) []table.Field {
	read := map[string]bool{}
	for _, e := range encoders {
		read[e.source()] = true
	}
	for _, d := range derivation {
		for _, name := range d.reads() {
			read[name] = true
		}
	}
	var fields []table.Field
	for _, field := range t.Fields() {
		if read[field.Name] {
			fields = append(fields, field)
		}
	}
	return fields
}

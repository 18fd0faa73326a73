package features

import (
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// Fit learns from the training part. A problem with the options is a
// *diag.Error; what is merely worth knowing is in Findings.
func Fit(t *table.Table, o Options) (*Features, error) { return FitWith(t, o, 1) }

// FitWith is Fit on several cores; the result is the same.
func FitWith(t *table.Table, o Options, cores int) (*Features, error) {
	f, _, err := fit(t, o, cores)
	return f, err
}

// made is what encoders made of the rows that they were fitted to, of those that
// have it when they are fitted.
type made map[encoder]*matrix.CSR

func fit(t *table.Table, o Options, cores int) (*Features, made, error) {
	if err := o.CheckColumns(t.Names()); err != nil {
		return nil, nil, err
	}
	target, task, classes, err := targetOf(t, o)
	if err != nil {
		return nil, nil, err
	}
	f := &Features{Task: task, Target: target.Field, Classes: classes}
	names, rows := t.Names(), made{}
	f.derived, t, err = deriveAll(t, o.Derive, target.Name)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range t.Columns {
		left := c == target || slices.Contains(o.Drop, c.Name)
		if left || len(o.Select) > 0 && !slices.Contains(o.Select, c.Name) {
			continue
		}
		e, err := f.fitEncoder(c, o, cores, rows)
		if err != nil {
			return nil, nil, err
		}
		if e != nil {
			f.encoders = append(f.encoders, e)
		}
	}
	if len(f.encoders) == 0 {
		return nil, nil, &diag.Error{What: "no column is left to learn from", Hint: "drop fewer columns"}
	}
	f.Inputs = f.inputs(t)
	f.Unread = slices.DeleteFunc(names, func(name string) bool {
		return name == target.Name || slices.ContainsFunc(f.Inputs, func(i table.Field) bool { return i.Name == name })
	})
	f.prefix()
	f.seal()
	return f, rows, nil
}

// fitEncoder fits what suits the column; nil, with a note, when nothing does.
func (f *Features) fitEncoder(c *table.Column, o Options, cores int, rows made) (encoder, error) {
	own := o.column(c.Name)
	if reason := useless(c); reason != "" {
		f.note(checks.NothingToLearn, c.Name, "%s %s in training: left out", c.Name, reason)
		return nil, nil
	}
	switch {
	case c.Type == table.Number:
		return fitNumber(c, own)
	case c.Type == table.Date:
		return fitDate(c, own), nil
	case c.Type == table.Text:
		return f.fitText(c, o, cores, rows)
	case own.Encode == "onehot":
		return fitOnehot(c, own, o.Encode.DropFirst), nil
	}
	if own.Encode == "ordinal" && !c.Ordered && len(c.Levels) > 2 {
		f.note(checks.NoOrder, c.Name,
			"%s has no declared order: its levels are numbered as sorted; declare order: at load, or encode it onehot", c.Name)
	}
	return fitOrdinal(c, own), nil
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

func (f *Features) note(check *checks.Check, column, format string, args ...any) {
	f.Findings = append(f.Findings, check.Finding(column, 0, format, args...))
}

// inputs gives the fields of the table that the encoders read, directly or
// through what is derived, in the table's order, with the levels that its rows show.
func (f *Features) inputs(t *table.Table) []table.Field {
	read := map[string]bool{}
	for _, e := range f.encoders {
		read[e.source()] = true
	}
	for _, d := range f.derived {
		for _, name := range d.compiled.Columns() {
			read[name] = true
		}
	}
	for _, d := range f.derived {
		delete(read, d.Field.Name)
	}
	var fields []table.Field
	for _, c := range t.Columns {
		if read[c.Name] {
			fields = append(fields, shown(c))
		}
	}
	return fields
}

// shown gives the field of c without the levels that none of its rows has: the
// table lists those of rows too that are held out, and nothing is learned from
// these. An order that is declared stays whole.
func shown(c *table.Column) table.Field {
	f := c.Field
	if f.Type != table.Category || f.Ordered {
		return f
	}
	occurs := make([]bool, len(f.Levels))
	for _, code := range c.Codes {
		if code >= 0 {
			occurs[code] = true
		}
	}
	if !slices.Contains(occurs, false) {
		return f
	}
	f.Levels = where(f.Levels, occurs)
	if f.Seen != nil && len(f.Seen.Counts) == len(occurs) {
		seen := *f.Seen
		seen.Counts = where(seen.Counts, occurs)
		f.Seen = &seen
	}
	return f
}

// where gives the values whose place is marked, in a slice of its own.
func where[T any](values []T, marked []bool) []T {
	var kept []T
	for i, v := range values {
		if marked[i] {
			kept = append(kept, v)
		}
	}
	return kept
}

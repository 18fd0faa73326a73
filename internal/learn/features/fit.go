package features

import (
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/partition"
)

// Fit learns from the training part. A problem with the options is a
// *diag.Error; what is merely worth knowing is in Findings.
func Fit(t *table.Table, o Options) (*Features, error) { return FitWith(t, o, 1) }

// FitWith is Fit on several cores; the result is the same.
func FitWith(t *table.Table, o Options, cores int) (*Features, error) {
	f, _, err := fit(t, fitting{options: o, cores: cores})
	return f, err
}

// fitting is what Fit knows besides the columns: the rows, how they are used, and
// what is made of them already.
type fitting struct {
	options Options
	cores   int
	layout  *partition.Layout // of the rows; nil: they are independent
	like    *Features         // whose task and classes the fit is for; nil: its own
	ready   made
	y       *outcomes // nil until an encoder asks for it
}

// made is what encoders made of the rows that they were fitted to, of those that
// have it when they are fitted: what would be another where the rows are encoded
// later, or would cost as much again.
type made struct {
	sparse map[encoder]*matrix.CSR
	dense  map[encoder][]float64 // by row, then column
}

// take gives what was made of some of the rows and has to be kept.
func (m made) take(rows []int) made {
	some := made{nil, map[encoder][]float64{}}
	for e, all := range m.dense {
		width := len(e.names())
		part := make([]float64, 0, len(rows)*width)
		for _, row := range rows {
			part = append(part, all[row*width:(row+1)*width]...)
		}
		some.dense[e] = part
	}
	return some
}

func fit(t *table.Table, with fitting) (*Features, made, error) {
	o := with.options
	with.ready = made{map[encoder]*matrix.CSR{}, map[encoder][]float64{}}
	if err := o.CheckColumns(t.Names()); err != nil {
		return nil, made{}, err
	}
	if len(o.Views) > 0 {
		return fitViews(t, with)
	}
	target, task, classes, err := targetOf(t, o)
	if err != nil {
		return nil, made{}, err
	}
	f := &Features{Task: task, Target: target.Field, Classes: classes}
	if with.like != nil {
		f.Task, f.Classes = with.like.Task, with.like.Classes
	}
	names, rows := t.Names(), t
	if t, err = f.addStatistics(t, &with); err != nil {
		return nil, made{}, err
	}
	if f.derived, t, err = deriveAll(t, o.Derive, target.Name); err != nil {
		return nil, made{}, err
	}
	if o.Generate == "auto" {
		if t, err = f.addGenerated(t, &with); err != nil {
			return nil, made{}, err
		}
	}
	for _, c := range t.Columns {
		if c == target || !o.uses(c.Name) && !f.generated(c.Name) {
			continue
		}
		e, err := f.fitEncoder(c, rows, &with)
		if err != nil {
			return nil, made{}, err
		}
		if e == nil {
			continue
		}
		f.encoders = append(f.encoders, e)
		if o.Numbers.Indicate && c.Type == table.Number {
			if m := fitMissing(c); m != nil {
				f.encoders = append(f.encoders, m)
			}
		}
	}
	if len(f.encoders) == 0 {
		return nil, made{}, &diag.Error{What: "no column is left to learn from", Hint: "drop fewer columns"}
	}
	if f.Inputs = f.inputs(t); len(f.Inputs) == 0 {
		return nil, made{}, &diag.Error{What: "nothing that is learned from reads a column of the data", Found: strings.Join(t.Names()[len(names):], ", "),
			Wanted: "a column, or a formula with one", Hint: "select a column too: a constant tells no rows apart"}
	}
	f.Unread = slices.DeleteFunc(names, func(name string) bool {
		return name == target.Name || slices.ContainsFunc(f.Inputs, func(i table.Field) bool { return i.Name == name })
	})
	f.prefix()
	f.seal()
	return f, with.ready, nil
}

// fitEncoder fits what suits the column; nil, with a note, when nothing does.
func (f *Features) fitEncoder(c *table.Column, rows *table.Table, with *fitting) (encoder, error) {
	own := with.options.column(c.Name)
	if reason := useless(c); reason != "" {
		f.note(checks.NothingToLearn, c.Name, "%s %s in training: left out", c.Name, reason)
		return nil, nil
	}
	switch {
	case c.Type == table.Number:
		return fitNumberOrCurve(c, own)
	case c.Type == table.Date:
		return fitDate(c, own), nil
	case c.Type == table.Text:
		return f.fitText(c, with)
	case !c.Ordered && (own.Encode == "target" || with.options.manyLevels(c)):
		return f.fitTarget(c, own, rows, with)
	case own.Encode == "onehot":
		return fitOnehot(c, own, with.options.Encode.DropFirst), nil
	}
	if own.Encode == "ordinal" && !c.Ordered && len(c.Levels) > 2 {
		f.note(checks.NoOrder, c.Name,
			"%s has no declared order: its levels are numbered as sorted; declare order: at load, or encode it onehot", c.Name)
	}
	return fitOrdinal(c, own), nil
}

func fitNumberOrCurve(c *table.Column, own Column) (encoder, error) {
	e, err := fitNumber(c, own)
	if err != nil {
		return nil, err
	}
	if own.Quantile {
		if ranked := fitRanks(c, e); ranked != nil {
			return ranked, nil
		}
	}
	if own.Spline < leastKnots || own.Quantile {
		return e, nil
	}
	if bent := fitCurve(c, e, own); bent != nil {
		return bent, nil
	}
	return e, nil
}

// fitTarget fits the means of the outcome, which is read once for all columns.
func (f *Features) fitTarget(c *table.Column, own Column, rows *table.Table, with *fitting) (encoder, error) {
	if with.y == nil {
		var err error
		if with.y, err = f.outcomesOf(rows, with.layout); err != nil {
			return nil, err
		}
	}
	e, made := fitTargetMean(c, own, with.y)
	with.ready.dense[e] = made
	return e, nil
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
	for _, s := range f.statistics {
		delete(read, s.Field.Name)
		for _, name := range s.reads() {
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

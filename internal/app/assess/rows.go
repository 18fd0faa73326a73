package assess

import (
	"fmt"
	"io"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/models/training"
)

// asked are the rows of a file that are judged on.
type asked struct {
	table    *table.Table // what the versions read, and the target
	whole    *table.Table // the same rows with all columns of the file
	places   []int        // of these rows in the file
	actual   []float64
	left     LeftOut
	findings []notebook.Finding
}

// read reads the rows of a file and leaves out those that say nothing about the
// versions: without a target, of a class that they do not know, and, unless they
// are wanted, those that any of them learned from.
func read(versions []*version, q Question, in io.Reader) (*asked, error) {
	features := versions[0].bundle.Features // task, target and classes are those of all fits
	fields := inputs(versions)
	target := features.Target
	target.Missing = true // a gap in it is left out, and not filled
	read, whole, err := rows.ReadWhole(in, q.File, append(fields, target))
	if err != nil {
		return nil, err
	}
	if whole.Column(target.Name) == nil {
		return nil, &diag.Error{File: q.File, What: fmt.Sprintf("the target column %q is missing", target.Name),
			Wanted: "rows whose outcome is known", Hint: diag.DidYouMean(target.Name, whole.Names())}
	}
	actual, err := features.Outcome(read.Table)
	if err != nil {
		return nil, err
	}
	a := &asked{findings: slices.Concat(read.Remarks, choose(versions, whole))}
	learned := make([]bool, whole.Rows())
	if !q.Seen {
		a.learned(learned, versions, whole)
	}
	outcomes := read.Table.Column(target.Name)
	var kept []int
	for i, y := range actual {
		switch {
		case outcomes.IsMissing(i):
			a.left.Missing++
		case math.IsNaN(y):
			a.left.Unknown++
		case learned[i]:
			a.left.Learned++
		default:
			kept = append(kept, i)
			a.actual = append(a.actual, y)
		}
	}
	a.tell(target.Name, whole.Rows())
	if len(kept) == 0 {
		hint := ""
		if a.left.Learned > 0 {
			hint = "--seen judges on rows that a version learned from; what comes out is too good"
		}
		return nil, &diag.Error{File: q.File, What: "no row is left to judge on", Found: a.left.words(target.Name), Wanted: "rows that no version learned from, with a known " + target.Name, Hint: hint}
	}
	a.table, a.whole, a.places = read.Table.Take(kept), whole.Take(kept), kept
	return a, nil
}

// inputs gives the columns that any fit of the versions reads. A gap is filled only
// in what none of them can do without.
func inputs(versions []*version) []table.Field {
	var all, fields []table.Field
	for _, v := range versions {
		all = append(all, v.bundle.Features.Inputs...)
		if v.final != nil {
			all = append(all, v.final.bundle.Features.Inputs...)
		}
	}
	for _, f := range all {
		if known := field(fields, f.Name); known == nil {
			fields = append(fields, f)
		} else if !f.Missing {
			known.Missing = false
		}
	}
	return slices.Clip(fields)
}

// learned marks the rows that any of the versions learned from, and warns of
// versions of which that is not known.
func (a *asked) learned(marks []bool, versions []*version, whole *table.Table) {
	for _, v := range versions {
		why := "it does not say which rows it learned from"
		if v.learned != nil {
			has, err := v.learned.Has(whole)
			if err == nil {
				for i, known := range has {
					marks[i] = marks[i] || known
				}
				continue
			}
			why = err.Error()
		}
		a.findings = append(a.findings, notebook.Finding{Level: notebook.Warning,
			Text: fmt.Sprintf("rows that %s learned from cannot be left out: %s; where there are any, it looks better than it is", v.name, why)})
	}
}

// tell says what was left out.
func (a *asked) tell(target string, of int) {
	if words := a.left.words(target); words != "" {
		a.findings = append(a.findings, notebook.Finding{Level: notebook.Info, Count: a.left.Learned + a.left.Unknown + a.left.Missing,
			Text: fmt.Sprintf("left out of %s: %s", human.Count(of, "row"), words)})
	}
}

// words says how many rows were left out, and why.
func (l LeftOut) words(target string) string {
	var parts []string
	for _, p := range []struct {
		n   int
		why string
	}{
		{l.Learned, "that a version learned from"},
		{l.Missing, "without " + target},
		{l.Unknown, "of a class that was not in training"},
	} {
		if p.n > 0 {
			parts = append(parts, human.Int(p.n)+" "+p.why)
		}
	}
	return human.And(parts)
}

// has says that a column is not in the file, or gives nil.
func (a *asked) has(name, file string) error {
	if a.whole.Column(name) != nil {
		return nil
	}
	return &diag.Error{File: file, What: "there is no column " + name, Hint: diag.DidYouMean(name, a.whole.Names())}
}

// task is what is judged.
func (a *asked) task(versions []*version, q Question) (evaluation.Case, error) {
	structure := partition.Structure{Groups: q.Group, Time: q.Time}
	for _, name := range append(slices.Clone(q.Group), q.Time) {
		if name != "" {
			if err := a.has(name, q.File); err != nil {
				return evaluation.Case{}, err
			}
		}
	}
	layout, err := structure.Layout(a.whole)
	if err != nil {
		return evaluation.Case{}, err
	}
	f := versions[0].bundle.Features
	c := evaluation.Case{Task: f.Task, Target: f.Target, Classes: f.Classes, Test: a.table, Actual: a.actual, Structure: &structure, Units: layout.Units()}
	for i := range a.actual {
		c.Rows = append(c.Rows, i)
	}
	for _, v := range versions {
		c.Candidates = append(c.Candidates, training.Candidate(v.name, v.bundle))
	}
	return c, nil
}

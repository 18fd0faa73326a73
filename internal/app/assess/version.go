package assess

import (
	"context"
	"fmt"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
)

// version is one that is asked.
type version struct {
	name     string // "diamonds@3"
	chosenBy string // the metric by which it was registered
	champion bool
	fit           // that is judged here, as choose has it
	final    *fit // that answers; nil where the judged one does
}

// fit is a bundle and what it learned from.
type fit struct {
	bundle  *bundle.Bundle
	learned *table.RowSet // nil: it does not say
}

// choose takes for every version the fit that answers, unless one of them has
// learned from rows of the file that the fit it was judged by has not: then there
// is more to judge that one on, and, to compare like with like, that of all. It
// says which.
func choose(versions []*version, whole *table.Table) (findings []notebook.Finding) {
	known := 0
	for _, v := range versions {
		if v.final != nil {
			known = max(known, v.final.beyond(&v.fit, whole))
		}
	}
	for _, v := range versions {
		if v.final == nil {
			continue
		}
		rows, judged := human.Count(v.final.bundle.Rows, "row"), human.Int(v.bundle.Rows)
		text := fmt.Sprintf("%s is judged by the fit that answers, to %s; the figures of its run are of a fit to %s of them", v.name, rows, judged)
		if known > 0 {
			text = fmt.Sprintf("%s is judged by its fit to %s rows: the one that answers was fitted to %s, of which this file has some", v.name, judged, rows)
		} else {
			v.fit = *v.final
		}
		findings = append(findings, notebook.Finding{Level: notebook.Info, Text: text})
	}
	return findings
}

// beyond counts the rows of a table that a fit learned from and another did not;
// where nobody can tell it is all of them.
func (f *fit) beyond(other *fit, whole *table.Table) int {
	if f.learned == nil || other.learned == nil {
		return whole.Rows()
	}
	has, err := f.learned.Has(whole)
	had, failed := other.learned.Has(whole)
	if err != nil || failed != nil {
		return whole.Rows()
	}
	n := 0
	for i := range has {
		if has[i] && !had[i] {
			n++
		}
	}
	return n
}

// contenders gives the version that is asked about and those it is compared with.
// One that was named and answers another question is an error; the champion, which
// is taken where none is named, is left out then, and that is said.
func contenders(ctx context.Context, reg *registry.Registry, q *Question) (versions []*version, findings []notebook.Finding, err error) {
	main, err := reg.Resolve(ctx, q.Model)
	if err != nil {
		return nil, nil, err
	}
	champion, err := reg.Champion(ctx, main.Model)
	if err != nil {
		return nil, nil, err
	}
	all := []*record.Version{main}
	for _, name := range q.Against {
		other, err := reg.Resolve(ctx, name)
		if err != nil {
			return nil, nil, fmt.Errorf("against %s: %w", name, err)
		}
		all = append(all, other)
	}
	if q.Against == nil && champion != nil {
		all = append(all, champion)
	}
	for i, r := range all {
		if slices.ContainsFunc(versions, func(v *version) bool { return v.name == registry.Name(r) }) {
			continue
		}
		v, err := open(reg, r)
		if err == nil && i > 0 {
			err = versions[0].alike(v)
		}
		switch {
		case err == nil:
			v.champion = champion != nil && registry.Name(champion) == v.name
			versions = append(versions, v)
		case i == 0 || q.Against != nil:
			return nil, nil, err
		default:
			findings = append(findings, notebook.Finding{Level: notebook.Warning, Text: "not compared with the champion: " + err.Error()})
		}
	}
	return versions, findings, nil
}

// open loads both fits of a version, proved.
func open(reg *registry.Registry, r *record.Version) (*version, error) {
	v := &version{name: registry.Name(r), chosenBy: r.Metric}
	files, err := reg.Judged(r)
	if err == nil {
		v.fit, err = load(files, v.name)
	}
	if err != nil || r.Final == nil {
		return v, err
	}
	if files, err = reg.Answering(r); err != nil {
		return nil, err
	}
	final, err := load(files, v.name)
	v.final = &final
	return v, err
}

func load(files *artifact.Artifact, name string) (f fit, err error) {
	if f.bundle, err = bundle.Load(files.ReadFile); err != nil {
		return f, fmt.Errorf("%s: %w", name, err)
	}
	if data, err := files.ReadFile(bundle.FileRows); err == nil {
		set := &table.RowSet{}
		if set.UnmarshalBinary(data) == nil {
			f.learned = set
		}
	}
	return f, nil
}

// alike says why another version cannot be compared with this one, or nil.
func (v *version) alike(other *version) error {
	mine, theirs := v.bundle.Features, other.bundle.Features
	switch {
	case mine.Target.Name != theirs.Target.Name || mine.Task != theirs.Task:
		return &diag.Error{What: v.name + " and " + other.name + " answer different questions",
			Found: fmt.Sprintf("%s of %s and %s of %s", mine.Task, mine.Target.Name, theirs.Task, theirs.Target.Name), Wanted: "one target and task"}
	case !slices.Equal(mine.Classes, theirs.Classes):
		return &diag.Error{What: v.name + " and " + other.name + " know different classes", Wanted: "the same classes"}
	}
	for _, f := range theirs.Inputs {
		if own := field(mine.Inputs, f.Name); own != nil && own.Type != f.Type {
			return &diag.Error{What: fmt.Sprintf("%s and %s read the column %s otherwise", v.name, other.name, f.Name),
				Found: fmt.Sprintf("%s and %s", own.Type, f.Type), Wanted: "one type"}
		}
	}
	return nil
}

// field gives the field of that name, or nil.
func field(fields []table.Field, name string) *table.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

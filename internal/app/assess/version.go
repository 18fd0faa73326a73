package assess

import (
	"context"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
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
	bundle   *bundle.Bundle
	learned  *table.RowSet // nil: it does not say
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

// open loads a version, proved.
func open(reg *registry.Registry, r *record.Version) (*version, error) {
	files, err := reg.Open(r)
	if err != nil {
		return nil, err
	}
	v := &version{name: registry.Name(r), chosenBy: r.Metric}
	if v.bundle, err = bundle.Load(files.ReadFile); err != nil {
		return nil, fmt.Errorf("%s: %w", v.name, err)
	}
	if data, err := files.ReadFile(bundle.FileRows); err == nil {
		set := &table.RowSet{}
		if set.UnmarshalBinary(data) == nil {
			v.learned = set
		}
	}
	return v, nil
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

package stages

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/dataset"
	"labbook/internal/data/expression"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
	"labbook/runner/stage"
)

// loadColumns implements stage.Kind.Columns: the columns are those of the first
// file's header, or of the stage that makes it, and the derived ones.
func loadColumns(a *stage.Ahead) (stage.Columns, error) {
	p := a.Params.(*loadParams)
	wrong := []error{unreadStages(a, p), p.unnamed()}
	columns := firstHeader(a, p)
	if columns == nil {
		return nil, errors.Join(wrong...)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Columns)) {
		wrong = append(wrong, params.NoColumn("columns."+name, name, columns))
	}
	if p.Rest == string(csvfile.Drop) {
		columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool { _, declared := p.Columns[name]; return !declared })
	}
	columns, err := expression.Extend(p.Derive, columns, "")
	wrong = append(wrong, err)
	if p.Keep != "" {
		if err := expression.Check(p.Keep, columns); err != nil {
			wrong = append(wrong, params.FaultOf("keep", err))
		}
	}
	wrong = append(wrong, p.expectAhead(columns)...)
	return stage.Columns{table.File: columns}, errors.Join(wrong...)
}

// unreadStages says which paths are of a stage that is not read.
func unreadStages(a *stage.Ahead, p *loadParams) error {
	var wrong []error
	for i, pattern := range slices.Concat(p.Path, p.Otherwise) {
		name, _, ok := strings.Cut(pattern, ":")
		if !ok || slices.ContainsFunc(a.From, func(up stage.Upstream) bool { ok, _ := path.Match(name, up.Stage); return ok }) {
			continue
		}
		e := &diag.Error{What: "path names a stage that is not in from", Found: strconv.Quote(pattern), Wanted: "STAGE:FILE of a stage in from, or a path in the project",
			Hint: "add from: " + name}
		at := fmt.Sprintf("path[%d]", i)
		if k := i - len(p.Path); k >= 0 {
			at = fmt.Sprintf("otherwise[%d]", k)
		}
		wrong = append(wrong, params.FaultOf(at, e))
	}
	return errors.Join(wrong...)
}

// unfit implements stage.Kind.Unfit.
func unfit(params any, f stage.File) error {
	p := params.(*loadParams)
	if format, err := formats.Of(f.Abs); err != nil || format != formats.CSV || p.Reject != "" || p.BadRows == "drop" {
		return nil
	}
	o := p.options().CSV
	o.Name = f.Path
	return csvfile.Unfit(f.Abs, o)
}

// firstHeader gives the columns of the file that is read first, which says what
// columns there are; nil when they cannot be told.
func firstHeader(a *stage.Ahead, p *loadParams) []string {
	if len(p.Otherwise) == 0 {
		columns, _ := headerOf(a, p, p.Path, a.Files)
		return columns
	}
	columns, found := headerOf(a, p, p.Path, ofPatterns(p.Path, a.Files))
	if !found {
		columns, _ = headerOf(a, p, p.Otherwise, ofPatterns(p.Otherwise, a.Files))
	}
	return columns
}

// headerOf gives the columns of the first of some files, or of a stage's that
// matches; found is false where there is none.
func headerOf(a *stage.Ahead, p *loadParams, patterns []string, files []stage.File) (columns []string, found bool) {
	if len(files) > 0 {
		tables := slices.DeleteFunc(slices.Clone(files), func(f stage.File) bool { return besides(patterns, f.Path) })
		if len(tables) == 0 {
			return nil, true
		}
		if p.Reject != "" {
			slices.SortFunc(tables, func(x, y stage.File) int { return cmp.Compare(x.Path, y.Path) })
			sources := make([]dataset.Source, len(tables))
			for i, f := range tables {
				sources[i] = dataset.Source{Name: f.Path, Path: f.Abs}
			}
			if names := dataset.MostNames(sources, p.options().CSV); names != nil {
				return names, true
			}
		}
		first := slices.MinFunc(tables, func(x, y stage.File) int { return cmp.Compare(x.Path, y.Path) })
		names, err := dataset.Names(dataset.Source{Name: first.Path, Path: first.Abs}, p.options().CSV)
		if err != nil {
			return nil, true // which the stage says better
		}
		return names, true
	}
	for _, up := range a.From {
		for _, file := range slices.Sorted(maps.Keys(up.Columns)) {
			if matchesAny(patterns, up.Stage+":"+file) {
				return up.Columns[file], true
			}
		}
	}
	return nil, false
}

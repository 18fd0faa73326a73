package stages

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"labbook/internal/csvfile"
	"labbook/internal/expression"
	"labbook/internal/params"
	"labbook/runner/stage"
)

// fileTable is the file of the kind load.
const fileTable = "table.lbt"

// loadColumns implements stage.Kind.Columns: the columns are those of the first
// file's header, or of the stage that makes it, and the derived ones.
func loadColumns(a *stage.Ahead) (stage.Columns, error) {
	p := a.Params.(*loadParams)
	columns := firstHeader(a, p)
	if columns == nil {
		return nil, nil
	}
	var wrong []error
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
	return stage.Columns{fileTable: columns}, errors.Join(wrong...)
}

// firstHeader gives the columns of the file that is read first, which says what
// columns there are; nil when they cannot be told.
func firstHeader(a *stage.Ahead, p *loadParams) []string {
	if len(a.Files) > 0 {
		first := slices.MinFunc(a.Files, func(x, y stage.File) int { return cmp.Compare(x.Path, y.Path) })
		names, err := csvfile.Names(first.Abs, p.options().CSV)
		if err != nil {
			return nil // which the stage says better
		}
		return names
	}
	for _, up := range a.From {
		for _, file := range slices.Sorted(maps.Keys(up.Columns)) {
			if matchesAny(p.Path, up.Stage+":"+file) {
				return up.Columns[file]
			}
		}
	}
	return nil
}

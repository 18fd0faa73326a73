package stage

import "slices"

// Columns are the columns of tables that a stage makes, by the file of each:
// "table.arrow". A table whose columns cannot be told yet is not in it.
type Columns map[string][]string

// Ahead is what can be known of a stage before anything has run: what
// Kind.Columns is asked with.
type Ahead struct {
	// Params are the stage's, as Kind.Params gave them, decoded over.
	Params any
	// From are the stages that it reads, in the order of `from`.
	From []Upstream
	// Files are those of the project that Kind.Files names and that exist: of
	// them the kind may read so much as shows what columns they have.
	Files []File
}

// Upstream is a stage that another one reads, before it has run.
type Upstream struct {
	Stage, Kind string
	Columns     Columns
}

// Table gives the columns of the first of these files that a stage in `from`
// makes; nil when they cannot be told.
func (a *Ahead) Table(files ...string) []string {
	for _, up := range a.From {
		for _, file := range files {
			if columns, ok := up.Columns[file]; ok {
				return slices.Clip(columns)
			}
		}
	}
	return nil
}

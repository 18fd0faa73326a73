package runner

import (
	"os"

	"labbook/internal/base/diag"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// LookAhead says which parameters name columns that will not be there, as far
// as that can be told before anything runs: see stage.Kind.Columns. It writes
// nothing. The error is a diag.List with every place.
func LookAhead(project *pipeline.Project, root string) error {
	var errs diag.List
	files := newGlobs(root)
	for _, p := range project.Pipelines {
		made := map[*pipeline.Stage]stage.Columns{}
		for _, s := range p.Stages {
			if s.Kind.Columns == nil || !s.Enabled {
				continue
			}
			ahead := &stage.Ahead{Files: files.existing(s.Files)}
			for _, up := range s.From {
				ahead.From = append(ahead.From, stage.Upstream{Stage: up.Name, Kind: up.Kind.Name, Columns: made[up]})
			}
			var err error
			if ahead.Params, err = s.Params(); err != nil {
				errs.Add(err)
				continue
			}
			columns, err := s.Kind.Columns(ahead)
			made[s] = columns
			errs.Add(s.Place(err))
		}
	}
	return errs.Err()
}

// existing gives the files that match the patterns, as far as there are any.
func (g *globs) existing(patterns []string) []stage.File {
	var files []stage.File
	for _, pattern := range patterns {
		names, _ := g.expand(pattern)
		for _, name := range names {
			if info, err := os.Stat(abs(g.project, name)); err == nil && info.Mode().IsRegular() {
				files = append(files, stage.File{Path: name, Abs: abs(g.project, name), Size: info.Size()})
			}
		}
	}
	return files
}

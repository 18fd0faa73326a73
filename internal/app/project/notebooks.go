package project

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/record"
	"labbook/runner"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
	"labbook/serve"
	"labbook/stages"
)

// notebooks are what the server's pages show that is the project's: the pages of
// runs, which are files, and what is declared.
type notebooks struct {
	project *Project
	kinds   stage.Kinds

	mu    sync.Mutex
	of    *pipeline.Project
	known []serve.Declared // of what was last read without an error, which is of
}

// Notebooks gives the pages of the project's runs, and what is declared now.
func (p *Project) Notebooks() serve.Notebooks {
	return &notebooks{project: p, kinds: stages.All(stages.Deps{})}
}

// Declared implements serve.Notebooks.
func (n *notebooks) Declared(context.Context) ([]serve.Declared, error) {
	declared, err := n.project.lately()
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil && declared != n.of {
		n.of, n.known = declared, nil
		for _, one := range declared.Pipelines {
			n.known = append(n.known, declaredOf(one))
		}
	}
	return n.known, err
}

func declaredOf(p *pipeline.Pipeline) serve.Declared {
	d := serve.Declared{Name: p.Name, Title: p.Title}
	for _, one := range p.Params {
		d.Params = append(d.Params, serve.Param{Name: one.Name, Value: one.Value})
	}
	for _, s := range p.Stages {
		if s.Variant != "" && slices.Contains(s.Makes, artifact.Model) {
			d.Models = append(d.Models, s.Name)
		}
		if slices.Contains(s.Makes, artifact.Evaluation) {
			d.Judges = append(d.Judges, s.Name)
		}
	}
	return d
}

// Learners implements serve.Notebooks.
func (n *notebooks) Learners(_ context.Context, name string) ([]serve.Learner, error) {
	declared, err := n.project.lately()
	if err != nil {
		return nil, err
	}
	one := declared.Lookup(name)
	if one == nil {
		return nil, nil
	}
	var all []serve.Learner
	for _, s := range one.Stages {
		if !s.Enabled || s.Kind.Params == nil || !slices.Contains(s.Makes, artifact.Model) {
			continue
		}
		v, err := s.Params()
		if err != nil {
			return nil, err
		}
		all = append(all, serve.Learner{Stage: s.Name, Settings: params.Settings(v, s.Kind.Params())})
	}
	return all, nil
}

// Cell implements serve.Notebooks.
func (n *notebooks) Cell(ctx context.Context, s *record.Stage) *notebook.Cell {
	at := slices.IndexFunc(n.kinds, func(k stage.Kind) bool { return k.Name == s.Kind })
	if at < 0 {
		return nil
	}
	n.project.bringResult(ctx, s.KeyText)
	return runner.Cell(ctx, n.project.Cache, &n.kinds[at], s)
}

// Offline implements serve.Notebooks.
func (n *notebooks) Offline(_ context.Context, pipeline string) ([]byte, error) {
	file := filepath.Join(latestPictures(pipeline), offlineName)
	if !filepath.IsLocal(file) {
		return nil, nil
	}
	page, err := os.ReadFile(filepath.Join(n.project.Root, file))
	return page, ignore(err, fs.ErrNotExist)
}

// HasNotebook implements serve.Notebooks.
func (n *notebooks) HasNotebook(run string) bool {
	file := ownReport(run)
	if !filepath.IsLocal(file) {
		return false
	}
	info, err := os.Stat(filepath.Join(n.project.Root, file))
	return err == nil && info.Mode().IsRegular()
}

// Notebook implements serve.Notebooks.
func (n *notebooks) Notebook(ctx context.Context, pipeline, run string) ([]byte, error) {
	switch {
	case run != "":
		return n.project.page(ctx, run)
	case n.project.Ledger.Shared():
		return n.project.latestPage(ctx, pipeline)
	}
	file := latestReport(pipeline)
	if !filepath.IsLocal(file) {
		return nil, nil
	}
	page, err := os.ReadFile(filepath.Join(n.project.Root, file))
	return page, ignore(err, fs.ErrNotExist)
}

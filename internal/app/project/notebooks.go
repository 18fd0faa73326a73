package project

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/runner"
	"labbook/runner/cache"
	"labbook/runner/stage"
	"labbook/serve"
	"labbook/stages"
)

// notebooks are what the server's pages show that is the project's: the pages of
// runs, which are files, and the titles of pipelines, which are declared.
type notebooks struct {
	root   string
	titles map[string]string
	cache  *cache.Cache
	kinds  stage.Kinds
}

// Notebooks gives the pages of the project's runs, and the titles as they are
// declared now; of declarations that cannot be read there are none.
func (p *Project) Notebooks() serve.Notebooks {
	n := &notebooks{p.Root, map[string]string{}, p.Cache, stages.All(stages.Deps{})}
	if declared, err := p.Load(Declared()); err == nil {
		for _, one := range declared.Pipelines {
			n.titles[one.Name] = one.Title
		}
	}
	return n
}

// Titles implements serve.Notebooks.
func (n *notebooks) Titles() map[string]string { return n.titles }

// Cell implements serve.Notebooks.
func (n *notebooks) Cell(ctx context.Context, s *record.Stage) *notebook.Cell {
	at := slices.IndexFunc(n.kinds, func(k stage.Kind) bool { return k.Name == s.Kind })
	if at < 0 {
		return nil
	}
	return runner.Cell(ctx, n.cache, &n.kinds[at], s)
}

// Notebook implements serve.Notebooks.
func (n *notebooks) Notebook(_ context.Context, pipeline, run string) ([]byte, error) {
	file := latestReport(pipeline)
	if run != "" {
		file = ownReport(run)
	}
	if !filepath.IsLocal(file) {
		return nil, nil
	}
	page, err := os.ReadFile(filepath.Join(n.root, file))
	return page, ignore(err, fs.ErrNotExist)
}

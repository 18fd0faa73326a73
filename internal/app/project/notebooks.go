package project

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"labbook/serve"
)

// notebooks are what the server's pages show that is the project's: the pages of
// runs, which are files, and the titles of pipelines, which are declared.
type notebooks struct {
	root   string
	titles map[string]string
}

// Notebooks gives the pages of the project's runs, and the titles as they are
// declared now; of declarations that cannot be read there are none.
func (p *Project) Notebooks() serve.Notebooks {
	n := &notebooks{p.Root, map[string]string{}}
	if declared, err := p.Load(Declared()); err == nil {
		for _, one := range declared.Pipelines {
			n.titles[one.Name] = one.Title
		}
	}
	return n
}

// Titles implements serve.Notebooks.
func (n *notebooks) Titles() map[string]string { return n.titles }

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

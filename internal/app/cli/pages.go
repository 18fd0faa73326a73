package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"labbook/runner/pipeline"
	"labbook/serve"
)

// pages is what the server's pages show besides what the server knows: the
// notebooks, which are files, and the titles, which are declared.
func (a *app) pages(s *stores) serve.PagesOptions {
	titles := map[string]string{}
	if project, err := a.load(loading{file: pipeline.DefaultFile}, s, nil); err == nil {
		for _, p := range project.Pipelines {
			titles[p.Name] = p.Title
		}
	}
	return serve.PagesOptions{
		Titles: func() map[string]string { return titles },
		Notebook: func(_ context.Context, name, run string) ([]byte, error) {
			file := filepath.Join("reports", name+".html")
			if run != "" {
				file = filepath.Join("runs", run, "report.html")
			}
			if !filepath.IsLocal(file) {
				return nil, nil
			}
			page, err := os.ReadFile(filepath.Join(s.root, file))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil
			}
			return page, err
		},
	}
}

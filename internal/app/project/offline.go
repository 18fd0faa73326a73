package project

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"labbook/internal/base/diag"
	"labbook/internal/store/registry"
	"labbook/runner/cache"
	"labbook/serve"
)

// offlineName is the page beside a pipeline's pictures by which its champion predicts
// without a server.
const offlineName = "model.html"

// largest is how large a champion is whose page may be small enough, in bytes: larger
// ones are not even tried.
const largest = 60e6

// offline writes the page of the champion of a model beside the latest pictures of a
// pipeline, unless it is there already, and gives its path from the folder of the
// pipeline's page; "" where there is none: what has no form in a page is no fault of
// the run.
func (p *Project) offline(ctx context.Context, pipeline, model string) (string, error) {
	path := filepath.Join(p.Root, latestPictures(pipeline), offlineName)
	if p.Pictures < 1 || model == "" {
		return "", nil
	}
	r := p.Registry()
	v, err := r.Resolve(ctx, model)
	if err != nil {
		return "", ignore(os.Remove(path), fs.ErrNotExist)
	}
	mark := serve.PageMark(v)
	if marked(path, mark) {
		return pipeline + "/" + offlineName, nil
	}
	if err := ignore(os.Remove(path), fs.ErrNotExist); err != nil {
		return "", err
	}
	files, err := r.Answering(v)
	if err != nil {
		return "", ignore(err, registry.ErrLost)
	}
	size := 0.0
	for _, f := range files.Files {
		size += float64(f.Size)
	}
	if size > largest {
		return "", nil
	}
	page, err := serve.Page(ctx, r, p.Runs(), v)
	if refused := (*diag.Error)(nil); errors.As(err, &refused) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", err
	}
	return pipeline + "/" + offlineName, cache.WriteFile(path, page)
}

// marked says whether a page says in its head that it was made of this.
func marked(path, mark string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2048)
	n, _ := f.Read(head)
	return bytes.Contains(head[:n], []byte(`content="`+mark+`"`))
}

// Package project is a project, opened: its folder with the stores in it, and
// what is done with them whoever asks, a command or the server. Pipelines are
// loaded and run here, the pages of runs written, models of other programs
// entered, and runs started as processes of their own.
//
// It prints nothing and knows no flag: it takes values, and gives values and
// errors. What an error means for an exit code or a status is the caller's.
package project

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/show/render"
	"labbook/internal/store/comparison"
	"labbook/internal/store/keys"
	"labbook/internal/store/ledger"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/runner"
	"labbook/runner/cache"
)

// Project is a project's folder with its cache and its ledger, open. Any number
// of goroutines may use it until Close.
type Project struct {
	Root   string // the folder, absolute
	Cache  *cache.Cache
	Ledger *ledger.DB
	// Look is the version of how pages and figures look; Pictures how many cores
	// draw figures as pictures beside the pages, 0 for no pictures.
	Look     string
	Pictures int

	named string // the folder as whoever opened it wrote it
	looks bool   // opened only to look: nothing is written
	alone bool   // asked to ask no cache of others

	latest latest
}

// ErrNoFolder is why Open fails where there is no folder of that name.
var ErrNoFolder = errors.New("no such folder")

// Open opens the project in a folder. With options.ReadOnly nothing is made or
// changed, there or by what is later asked of the project.
func Open(dir string, options ledger.Options) (*Project, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, &diag.Error{What: "there is no folder " + dir, Hint: "-C wants a folder that exists", Err: ErrNoFolder}
	}
	p := &Project{Root: root, Look: render.Look, named: dir, looks: options.ReadOnly}
	folder := filepath.Join(root, "runs", "cache")
	if p.looks {
		p.Cache = cache.Look(folder)
	} else if p.Cache, err = cache.Open(folder); err != nil {
		return nil, err
	}
	history, err := historyAt(root)
	if err != nil {
		return nil, &Wrong{err}
	}
	if p.Ledger, err = ledger.Open(history, options); err != nil {
		return nil, err
	}
	if !p.looks {
		if err := p.share(); err != nil {
			p.Ledger.Close()
			return nil, err
		}
	}
	return p, nil
}

// Close closes the ledger.
func (p *Project) Close() error { return p.Ledger.Close() }

// OpenLedger opens only the ledger of the project in a folder, for looking. Runs
// that stand as running and whose process was killed are ended first, where that
// can be written.
func OpenLedger(dir string) (*ledger.DB, error) {
	history, err := historyAt(dir)
	if err != nil {
		return nil, &Wrong{err}
	}
	db, err := ledger.Open(history, ledger.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	if gone, err := db.Gone(context.Background()); err == nil && len(gone) > 0 {
		if w, err := ledger.Open(history, ledger.Options{}); err == nil {
			w.MarkInterrupted(context.Background())
			w.Close()
		}
	}
	return db, nil
}

// requestsFile is where the requests of a project are, unless its server keeps them
// elsewhere.
func requestsFile(root string) string { return filepath.Join(root, "runs", "requests.db") }

// Registry gives the models of the project.
func (p *Project) Registry() *registry.Registry {
	var rows registry.Ledger = p.Ledger
	if p.Ledger.Shared() {
		rows = publishing{p.Ledger, p}
	}
	return registry.New(rows, registry.StoreFunc(p.tree))
}

// Keys gives the keys of the project's server.
func (p *Project) Keys() *keys.Keys { return keys.New(p.Ledger, nil) }

// Comparer compares what the project's runs and versions measured.
func (p *Project) Comparer() *comparison.Comparer {
	return &comparison.Comparer{Registry: p.Registry(), Ledger: p.Ledger}
}

// Options are the runner's options for looking at this project.
func (p *Project) Options() runner.Options {
	return runner.Options{Project: p.Root, Cache: p.Cache, Ledger: p.Ledger}
}

// Bundle loads what a version answers with, proved.
func (p *Project) Bundle(version *record.Version) (*bundle.Bundle, error) {
	files, err := p.Registry().Answering(version)
	if err != nil {
		return nil, err
	}
	return bundle.Load(files.ReadFile)
}

// tree gives the files of an artifact, proved: from here or, where other machines have the
// same history, from the cache that is shared with them.
func (p *Project) tree(digest string) ([]artifact.Blob, error) {
	files, err := p.treeHere(digest)
	if err == nil || !errors.Is(err, registry.ErrLost) || !p.Ledger.Shared() || !cache.IsDigest(digest) {
		return files, err
	}
	if elsewhere := p.bring(digest); errors.Is(elsewhere, registry.ErrLost) {
		return nil, fmt.Errorf("%w; %w", err, elsewhere)
	} else if elsewhere != nil {
		return nil, elsewhere
	}
	return p.treeHere(digest)
}

// treeHere gives the files of an artifact, proved.
func (p *Project) treeHere(digest string) (files []artifact.Blob, err error) {
	defer func() {
		if errors.Is(err, cache.ErrLost) {
			err = fmt.Errorf("%w: %w", registry.ErrLost, err)
		}
	}()
	tree, err := p.Cache.Tree(digest)
	if err != nil {
		return nil, err
	}
	blobs := make([]artifact.Blob, len(tree.Files))
	for i, f := range tree.Files {
		if err := p.Cache.Prove(f.Digest, f.Size); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		blobs[i] = artifact.Blob{Name: f.Name, Size: f.Size, Digest: f.Digest, Path: p.Cache.Path(f.Digest), Exec: f.Exec}
	}
	return blobs, nil
}

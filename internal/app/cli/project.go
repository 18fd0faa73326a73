package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"labbook/internal/base/artifact"
	"labbook/internal/store/comparison"
	"labbook/internal/store/ledger"
	"labbook/internal/store/registry"
	"labbook/runner/cache"
)

// stores are a project's cache, ledger and registry, open.
type stores struct {
	root   string // the project's folder, absolute
	looks  bool   // opened by a command that only looks: nothing is written
	cache  *cache.Cache
	ledger *ledger.DB
}

// openStores opens them; readOnly makes and changes nothing.
func (a *app) openStores(readOnly bool) (*stores, error) {
	return a.openStoresWith(ledger.Options{ReadOnly: readOnly})
}

func (a *app) openStoresWith(options ledger.Options) (opened *stores, err error) {
	root, err := filepath.Abs(a.dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, usagef("-C wants a folder that exists", "there is no folder %s", a.dir)
	}
	s := &stores{root: root, looks: options.ReadOnly}
	folder := filepath.Join(root, "runs", "cache")
	if s.looks {
		s.cache = cache.Look(folder)
	} else if s.cache, err = cache.Open(folder); err != nil {
		return nil, err
	}
	if s.ledger, err = ledger.Open(filepath.Join(root, "runs", "labbook.db"), options); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *stores) close() error { return s.ledger.Close() }

func (s *stores) registry() *registry.Registry {
	return &registry.Registry{Ledger: s.ledger, Store: registry.StoreFunc(s.tree)}
}

// comparer compares what the project's runs and versions measured.
func (s *stores) comparer() *comparison.Comparer {
	return &comparison.Comparer{Registry: s.registry()}
}

// tree gives the files of an artifact, proved.
func (s *stores) tree(digest string) (files []artifact.Blob, err error) {
	defer func() {
		if errors.Is(err, cache.ErrLost) {
			err = fmt.Errorf("%w: %w", registry.ErrLost, err)
		}
	}()
	tree, err := s.cache.Tree(digest)
	if err != nil {
		return nil, err
	}
	blobs := make([]artifact.Blob, len(tree.Files))
	for i, f := range tree.Files {
		if err := s.cache.Prove(f.Digest, f.Size); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		blobs[i] = artifact.Blob{Name: f.Name, Size: f.Size, Digest: f.Digest, Path: s.cache.Path(f.Digest), Exec: f.Exec}
	}
	return blobs, nil
}

// openBlob opens a blob, proved.
func openBlob(c *cache.Cache, digest string) (*os.File, error) {
	f, err := os.Open(c.Path(digest))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = c.Prove(digest, info.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// readBlob gives the bytes of a blob, proved.
func readBlob(c *cache.Cache, digest string) ([]byte, error) {
	data, err := os.ReadFile(c.Path(digest))
	if err == nil && cache.DigestOf(data) != digest {
		err = fmt.Errorf("%s is damaged", digest[:12])
	}
	return data, err
}

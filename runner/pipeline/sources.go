package pipeline

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"labbook/internal/base/glob"
)

// Sources is all that a Project was made from, so that whoever remembers the
// project can tell whether it still stands.
type Sources struct {
	Files []Source
	Globs []Glob
	Env   []Variable // every listed variable, looked up
	Set   []string   // Options.Set
}

// Source is a file that was read.
type Source struct {
	Path   string // slash-separated, relative to the project
	Digest [sha256.Size]byte
}

// Glob is a pattern that was expanded.
type Glob struct {
	Pattern string
	Matches []string
}

// Variable is an environment variable that was looked up.
type Variable struct {
	Name, Value string
	Set         bool
}

// Hold reports whether loading with these options would read the same. The
// files are read: they are small, and a time can be set back.
func (s *Sources) Hold(opts Options) bool {
	if !slices.Equal(s.Set, opts.Set) {
		return false
	}
	for _, v := range s.Env {
		if value, ok := opts.env(v.Name); value != v.Value || ok != v.Set {
			return false
		}
	}
	for _, f := range s.Files {
		data, err := readFile(filepath.Join(opts.Dir, filepath.FromSlash(f.Path)))
		if err != nil || sha256.Sum256(data) != f.Digest {
			return false
		}
	}
	for _, g := range s.Globs {
		if matches, err := glob.Find(opts.Dir, g.Pattern); err != nil || !slices.Equal(matches, g.Matches) {
			return false
		}
	}
	return len(s.Files) > 0
}

// readFile reads a regular file. Opening anything else does not wait for a
// writer, as that of a pipe would.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return io.ReadAll(f)
}

var errNotRegular = errors.New("it is not a regular file")

package pipeline

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Sources is all that a Project was made from, so that whoever remembers the
// project can tell whether it still stands.
type Sources struct {
	Files []Source
	Globs []Glob
	Env   []Variable // every listed variable, looked up
	Set   []string   // Options.Set

	loaded time.Time
}

// Source is a file that was read.
type Source struct {
	Path    string // slash-separated, relative to the project
	Size    int64
	ModTime int64 // nanoseconds since 1970
	Digest  [sha256.Size]byte
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

// granularity is how close to its loading a file's modification can be hidden
// by the clock of a file system.
const granularity = 2 * time.Second

// Hold reports whether loading with these options would read the same. A file
// whose size and time are as they were is not read again, unless it changed
// just before it was loaded.
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
		if !f.holds(opts.Dir, s.loaded) {
			return false
		}
	}
	for _, g := range s.Globs {
		if matches, err := glob(opts.Dir, g.Pattern); err != nil || !slices.Equal(matches, g.Matches) {
			return false
		}
	}
	return len(s.Files) > 0
}

func (f *Source) holds(dir string, loaded time.Time) bool {
	at := filepath.Join(dir, filepath.FromSlash(f.Path))
	info, err := os.Stat(at)
	if err != nil || info.Size() != f.Size {
		return false
	}
	if info.ModTime().UnixNano() == f.ModTime && loaded.Sub(info.ModTime()) > granularity {
		return true
	}
	data, err := os.ReadFile(at)
	return err == nil && sha256.Sum256(data) == f.Digest
}

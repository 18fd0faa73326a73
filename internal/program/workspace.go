// Package program runs a program in a folder of its own that holds copies of
// what the program declared to read, and takes from it what it declared to
// make.
package program

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Workspace is the folder a program runs in. It is for one run of one program.
type Workspace struct {
	Dir     string // does not exist yet
	Scratch string // for TMPDIR and HOME

	given map[string]bool // slash-separated names of the copies
	tail  *tail           // the end of what the program printed
}

// Make makes the folder.
func (w *Workspace) Make() error {
	w.given = map[string]bool{}
	return os.MkdirAll(w.Dir, 0o777)
}

// Add copies the file at from into the workspace under a name. It is a copy, so
// whatever the program does to it harms nobody; where the file system can, the
// copy shares its blocks.
func (w *Workspace) Add(name, from string, exec bool) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("%s lies outside the project and cannot be an input of a command", name)
	}
	if w.given[name] {
		return fmt.Errorf("two inputs are called %s", name)
	}
	w.given[name] = true
	to := filepath.Join(w.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return clone(from, to, exec)
}

// clone copies a file, block-sharing where that can be had. The copy may be
// executed if the original may, or if exec says so.
func clone(from, to string, exec bool) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if exec || info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if info.Size() > 0 && reflink(dst, src) != nil {
		_, err = io.Copy(dst, src)
	}
	return errors.Join(err, dst.Close())
}

// Collect moves what the patterns name to where place says, under the same
// names. A pattern is a file, a folder (all below it) or has wildcards; one
// that matches nothing is an error. left are the other files that the program
// made.
func (w *Workspace) Collect(patterns []string, place func(name string) string) (left []string, err error) {
	taken := map[string]bool{}
	for _, pattern := range patterns {
		matches, err := filepath.Glob(filepath.Join(w.Dir, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, fmt.Errorf("output pattern %q: %w", pattern, err)
		}
		found := false
		for _, m := range matches {
			err := w.files(m, func(name, path string) error {
				found = true
				if taken[name] {
					return nil
				}
				taken[name] = true
				return w.take(path, place(name))
			})
			if err != nil {
				return nil, err
			}
		}
		if !found {
			return nil, w.lacking(pattern)
		}
	}
	err = w.files(w.Dir, func(name, _ string) error {
		if !w.given[name] && !taken[name] && !strings.Contains(name, "__pycache__") {
			left = append(left, name)
		}
		return nil
	})
	return left, err
}

// files calls each for the files at and below a path of the workspace, those
// that links lead to included, and refuses links that lead out of it.
func (w *Workspace) files(top string, each func(name, path string) error) error {
	return filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(w.Dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.Type()&fs.ModeSymlink == 0 {
			return each(name, path)
		}
		real, err := filepath.EvalSymlinks(path)
		root, err2 := filepath.EvalSymlinks(w.Dir)
		if err != nil || err2 != nil {
			return fmt.Errorf("output %s is a link to nothing", name)
		}
		if rel, err := filepath.Rel(root, real); err != nil || !filepath.IsLocal(rel) {
			return fmt.Errorf("output %s is a link that leaves the workspace; write the file itself", name)
		}
		info, err := os.Stat(real)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return fmt.Errorf("output %s is a link to a folder; write the folder itself", name)
		}
		return each(name, path)
	})
}

// take moves a file to its place, or copies what a link leads to.
func (w *Workspace) take(path, to string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	switch {
	case info.Mode().IsRegular():
		return os.Rename(path, to)
	case info.Mode()&fs.ModeSymlink != 0:
		return clone(path, to, false)
	}
	return fmt.Errorf("output %s is not a plain file", filepath.Base(path))
}

// lacking is the error of an output that is not there, with what is.
func (w *Workspace) lacking(pattern string) error {
	var made []string
	w.files(w.Dir, func(name, _ string) error {
		if !w.given[name] {
			made = append(made, name)
		}
		return nil
	})
	slices.Sort(made)
	if len(made) == 0 {
		return fmt.Errorf("the command did not make its output %s; it wrote nothing", pattern)
	}
	if len(made) > 8 {
		made = append(made[:8], "…")
	}
	return fmt.Errorf("the command did not make its output %s; it wrote %s", pattern, strings.Join(made, ", "))
}

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
	"syscall"

	"labbook/internal/base/glob"
)

// Workspace is the folder a program runs in. It is for one run of one program.
type Workspace struct {
	Dir     string // does not exist yet
	Scratch string // for TMPDIR and HOME
	// Progress, if not nil, is given each line that the program writes to file
	// descriptor 3, without its end and of at most longestTold bytes.
	Progress func(line []byte)

	// Memory is how many bytes the program may use, with all that it starts; 0 is any.
	// It is looked after where the system has /proc.
	Memory int64

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
	return w.Put(name, func(to string) error { return clone(from, to, exec) })
}

// Put has write make the file that the workspace knows by a name.
func (w *Workspace) Put(name string, write func(path string) error) error {
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
	return write(to)
}

// clone copies a file, block-sharing where that can be had.
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
	if exec {
		mode = 0o755
	}
	copied := func() error {
		dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return err
		}
		if info.Size() > 0 && reflink(dst, src) != nil {
			_, err = io.Copy(dst, src)
		}
		return errors.Join(err, dst.Close())
	}
	if exec {
		return Unshared(copied)
	}
	return copied()
}

// Unshared keeps this process from starting others while write has an executable file
// open. A process that is begun has all of its files until it becomes another program,
// and whoever ran the new file in that moment would be told that it is busy
// (https://go.dev/issue/22315).
func Unshared(write func() error) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return write()
}

// Collect moves what the patterns name to where place says, under the same
// names. A pattern is a file, a folder (all below it) or has wildcards; one
// that matches nothing is an error. Of a link that is named, what it leads to
// is kept, if that lies in the workspace. left are the other files that the
// program made.
func (w *Workspace) Collect(patterns []string, place func(name string) string) (left []string, err error) {
	made, err := w.files(".")
	if err != nil {
		return nil, err
	}
	var outputs []string
	for _, pattern := range patterns {
		matches, err := glob.Find(w.Dir, filepath.ToSlash(pattern))
		if err != nil {
			return nil, fmt.Errorf("output pattern %q: %w", pattern, err)
		}
		before := len(outputs)
		for _, m := range matches {
			found, err := w.files(m)
			if err != nil {
				return nil, err
			}
			outputs = append(outputs, found...)
		}
		if len(outputs) == before {
			return nil, w.lacking(pattern, made)
		}
	}
	slices.Sort(outputs)
	outputs = slices.Compact(outputs)
	if err := w.take(outputs, place); err != nil {
		return nil, err
	}
	for _, name := range made {
		_, kept := slices.BinarySearch(outputs, name)
		if !kept && !w.given[name] && !strings.Contains(name, "__pycache__") {
			left = append(left, name)
		}
	}
	return left, nil
}

// files lists what is at and below a name of the workspace and is no folder.
func (w *Workspace) files(top string) (names []string, err error) {
	err = filepath.WalkDir(filepath.Join(w.Dir, filepath.FromSlash(top)), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(w.Dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}

// take brings files to their places. What links lead to is copied before
// anything moves, for it may be an output itself.
func (w *Workspace) take(names []string, place func(name string) string) error {
	var plain []string
	for _, name := range names {
		path := filepath.Join(w.Dir, filepath.FromSlash(name))
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(place(name)), 0o777); err != nil {
			return err
		}
		switch {
		case info.Mode().IsRegular():
			plain = append(plain, name)
		case info.Mode()&fs.ModeSymlink == 0:
			return fmt.Errorf("output %s is not a plain file", name)
		default:
			target, exec, err := w.follow(name)
			if err != nil {
				return err
			}
			if err := clone(target, place(name), exec); err != nil {
				return err
			}
		}
	}
	for _, name := range plain {
		if err := os.Rename(filepath.Join(w.Dir, filepath.FromSlash(name)), place(name)); err != nil {
			return err
		}
	}
	return nil
}

// follow gives the file that a link leads to, and refuses what is no output.
func (w *Workspace) follow(name string) (target string, exec bool, err error) {
	target, err = filepath.EvalSymlinks(filepath.Join(w.Dir, filepath.FromSlash(name)))
	if err != nil {
		return "", false, fmt.Errorf("output %s is a link to nothing", name)
	}
	root, err := filepath.EvalSymlinks(w.Dir)
	if err != nil {
		return "", false, err
	}
	if rel, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(rel) {
		return "", false, fmt.Errorf("output %s is a link that leaves the workspace; write the file itself", name)
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return "", false, err
	case info.IsDir():
		return "", false, fmt.Errorf("output %s is a link to a folder; write the folder itself", name)
	case !info.Mode().IsRegular():
		return "", false, fmt.Errorf("output %s is a link to what is not a plain file", name)
	}
	return target, info.Mode()&0o100 != 0, nil
}

// lacking is the error of an output that is not there, with what is.
func (w *Workspace) lacking(pattern string, made []string) error {
	made = slices.DeleteFunc(slices.Clone(made), func(name string) bool { return w.given[name] })
	if len(made) == 0 {
		return fmt.Errorf("the command did not make its output %s; it wrote nothing", pattern)
	}
	if len(made) > 8 {
		made = append(made[:8], "…")
	}
	return fmt.Errorf("the command did not make its output %s; it wrote %s", pattern, strings.Join(made, ", "))
}

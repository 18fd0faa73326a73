package runner

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"labbook/internal/base/diag"
	"labbook/internal/base/glob"
	"labbook/runner/stage"
)

// globs expands the patterns of files outside the cache, each once: the stages
// of an execution agree on which files there are.
type globs struct {
	project string
	mu      sync.Mutex
	known   map[string][]string
}

func newGlobs(project string) *globs { return &globs{project: project, known: map[string][]string{}} }

// expand gives the files that match a pattern, sorted: paths as people know
// them. A pattern without wildcards names a file, which need not exist, or a
// folder, which stands for all files below it.
func (g *globs) expand(pattern string) ([]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if found, ok := g.known[pattern]; ok {
		return found, nil
	}
	found, err := expand(g.project, pattern)
	if err == nil {
		g.known[pattern] = found
	}
	return found, err
}

// abs gives where a path of a pipeline is.
func abs(project, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(project, filepath.FromSlash(name))
}

// expand is the uncached expansion. Besides what path.Match knows, ** stands
// for any number of folders.
func expand(project, pattern string) ([]string, error) {
	if pattern, optional := stage.IsOptional(pattern); optional {
		found, err := expand(project, pattern)
		return slices.DeleteFunc(found, func(name string) bool {
			info, err := os.Stat(abs(project, name))
			return err != nil || info.IsDir()
		}), err
	}
	if !glob.Is(pattern) {
		info, err := os.Stat(abs(project, pattern))
		if err != nil || !info.IsDir() {
			return []string{pattern}, nil
		}
		return walk(project, pattern, func(string) bool { return true })
	}
	if !strings.Contains(pattern, "**") {
		matches, err := glob.Find(project, pattern)
		if err != nil {
			return nil, err
		}
		files := slices.DeleteFunc(matches, func(name string) bool {
			info, err := os.Stat(abs(project, name))
			return err != nil || info.IsDir()
		})
		slices.Sort(files)
		return files, nil
	}
	root := glob.Base(pattern)
	if _, err := path.Match(strings.ReplaceAll(pattern, "**", "*"), ""); err != nil {
		return nil, err
	}
	return walk(project, root, func(name string) bool { return glob.Match(pattern, name) })
}

// walk gives the files below root that are wanted, sorted. What labbook and
// git generate at the top of the project is no input.
func walk(project, root string, wanted func(string) bool) ([]string, error) {
	generated := []string{"runs", "reports", ".git"}
	var files []string
	top := abs(project, root) + string(filepath.Separator) // so a link to a folder is one
	err := filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, p)
		if err != nil {
			return err
		}
		name := path.Join(filepath.ToSlash(root), filepath.ToSlash(rel))
		if d.IsDir() {
			if slices.Contains(generated, name) && name != root {
				return fs.SkipDir
			}
			return nil
		}
		if wanted(name) {
			files = append(files, name)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

// missing is the error of a declared file that is not there.
func missing(project, name string) *diag.Error {
	if target, err := os.Readlink(abs(project, name)); err == nil {
		return &diag.Error{What: name + " is a link to " + target + ", which does not exist",
			Hint: "put the file there, or correct the link", Err: fs.ErrNotExist}
	}
	var siblings []string
	entries, _ := os.ReadDir(filepath.Dir(abs(project, name)))
	for _, e := range entries {
		siblings = append(siblings, path.Join(path.Dir(name), e.Name()))
	}
	hint := diag.DidYouMean(name, siblings)
	if hint == "" {
		hint = "put the file there, or correct the path"
	}
	return &diag.Error{What: name + " does not exist", Hint: hint, Err: fs.ErrNotExist}
}

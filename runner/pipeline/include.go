package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"labbook/internal/base/diag"
	"labbook/internal/base/glob"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

func (l *loader) unreadable(name string, err error, at *tree.Node) {
	e := &diag.Error{File: name, What: "the file cannot be read", Hint: "check its permissions", Err: err}
	if at != nil {
		e = at.Fault(fmt.Sprintf("the included file %s cannot be read", name))
		e.Err = err
	}
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist) && at == nil:
		e.What, e.Hint = "there is no such file", "run labbook in the project's folder, or name it with -C DIR"
	case errors.Is(err, fs.ErrNotExist):
		e.What, e.Hint = fmt.Sprintf("the included file %s does not exist", name), l.similarFile(name)
	case errors.As(err, &pathErr):
		e.Found = pathErr.Err.Error()
	default:
		e.Found = err.Error()
		e.Hint = "name a YAML file"
	}
	l.errs = append(l.errs, e)
}

// similarFile suggests a file beside the one that is missing.
func (l *loader) similarFile(name string) string {
	entries, _ := os.ReadDir(filepath.Join(l.opts.Dir, filepath.FromSlash(path.Dir(name))))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if c, ok := diag.Closest(path.Base(name), names); ok {
		return fmt.Sprintf("did you mean %q?", path.Join(path.Dir(name), c))
	}
	return "names are relative to the including file"
}

// include follows the includes of a file, in order, each pattern's matches
// sorted.
func (l *loader) include(f *file, chain []string) {
	var patterns params.Strings
	if err := params.DecodeAt("include", f.Include.Node, &patterns); err != nil {
		l.errs.Add(err)
		return
	}
	for i, pattern := range patterns {
		at := f.Include.Node
		if at.Kind == tree.List {
			at = at.Items[i]
		}
		full := path.Join(path.Dir(f.path), pattern)
		if !filepath.IsLocal(filepath.FromSlash(full)) || path.IsAbs(pattern) {
			e := at.Fault("an include leaves the project")
			e.Found, e.Wanted, e.Hint = pattern, "a file of the project, relative to the including one", "move the file into the project"
			l.errs = append(l.errs, e)
			continue
		}
		if !glob.Is(pattern) {
			l.file(full, chain, at)
			continue
		}
		matches, err := glob.Find(l.opts.Dir, full)
		if err != nil || len(matches) == 0 {
			e := at.Fault(fmt.Sprintf("no file matches %s", full))
			e.Hint = "add a file there, or remove the include"
			if err != nil {
				e.What, e.Hint = fmt.Sprintf("%s is not a pattern", pattern), "close its brackets"
			}
			l.errs = append(l.errs, e)
			continue
		}
		l.project.Sources.Globs = append(l.project.Sources.Globs, Glob{full, matches})
		for _, m := range matches {
			l.file(m, chain, at)
		}
	}
}

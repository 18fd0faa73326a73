// Package glob finds files by patterns below a folder. The folder's own name
// may hold any characters: only the pattern is one.
package glob

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Is reports whether a text is a pattern, and not just a name.
func Is(text string) bool { return strings.ContainsAny(text, `*?[`) }

// Quote gives the pattern that matches a name and nothing else.
func Quote(name string) string {
	if !Is(name) {
		return name
	}
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]", `\`, `[\\]`).Replace(name)
}

// Base gives the folder that all matches of a pattern lie in: what stands
// before its first part with a wildcard, "." for nothing.
func Base(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[`); i >= 0 {
		pattern = pattern[:i] + "x"
	}
	return path.Dir(pattern)
}

// Match says whether a name is one that the pattern stands for: besides what
// path.Match knows, ** stands for any number of folders, and a name without
// wildcards for itself and for all below it.
func Match(pattern, name string) bool {
	pattern, name = path.Clean(pattern), path.Clean(name)
	if !Is(pattern) {
		return name == pattern || strings.HasPrefix(name, pattern+"/")
	}
	return match(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

// match reports whether the parts of a name match those of a pattern.
func match(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if match(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, _ := path.Match(pattern[0], name[0]); !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}

// Find gives the names that match a slash-separated pattern, as path.Match has
// it, sorted within their folders. Names are relative to dir as the pattern is;
// those of an absolute pattern are absolute. Links are names like others,
// wherever they lead.
func Find(dir, pattern string) ([]string, error) {
	pattern = path.Clean(pattern)
	base := Base(pattern)
	top := filepath.FromSlash(base)
	if !filepath.IsAbs(top) {
		top = filepath.Join(dir, top)
	}
	if !Is(pattern) { // fs.Glob would follow a link
		if _, err := os.Lstat(filepath.Join(top, path.Base(pattern))); err != nil {
			return nil, nil
		}
		return []string{pattern}, nil
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(pattern, base), "/")
	matches, err := fs.Glob(os.DirFS(top), rest)
	for i, m := range matches {
		matches[i] = path.Join(base, m)
	}
	return matches, err
}

package stages

import (
	"path"
	"slices"
	"strings"

	"labbook/internal/base/glob"
	"labbook/internal/data/dataset"
	"labbook/runner/stage"
)

// projectFiles gives the patterns of files outside the cache.
func (p *loadParams) projectFiles() (patterns []string) {
	for _, pattern := range slices.Concat(p.Path, p.Otherwise) {
		switch {
		case strings.Contains(pattern, ":"): // of a stage
		case len(p.Otherwise) > 0:
			patterns = append(patterns, stage.Optional(pattern))
		default:
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// loadSources gives the files to read: those of path, and where there are none
// those of otherwise.
func loadSources(c *stage.Context, p *loadParams) []dataset.Source {
	if len(p.Otherwise) == 0 {
		return sourcesOf(c, p.Path, c.Files())
	}
	if sources := sourcesOf(c, p.Path, ofPatterns(p.Path, c.Files())); len(sources) > 0 {
		return sources
	}
	return sourcesOf(c, p.Otherwise, ofPatterns(p.Otherwise, c.Files()))
}

// ofPatterns gives the files of the project that any of the patterns stands for.
func ofPatterns(patterns []string, files []stage.File) []stage.File {
	return slices.DeleteFunc(slices.Clone(files), func(f stage.File) bool {
		return !slices.ContainsFunc(patterns, func(p string) bool { return glob.Match(p, f.Path) })
	})
}

// sourcesOf gives files of the project, and those of the stages in from that
// match.
func sourcesOf(c *stage.Context, patterns []string, files []stage.File) []dataset.Source {
	var sources []dataset.Source
	for _, f := range files {
		if !besides(patterns, f.Path) {
			sources = append(sources, dataset.Source{Name: f.Path, Path: f.Abs})
		}
	}
	for _, in := range c.Inputs() {
		for _, blob := range in.Files {
			if name := in.Stage + ":" + blob.Name; matchesAny(patterns, name) {
				sources = append(sources, dataset.Source{Name: name, Path: blob.Path})
			}
		}
	}
	return sources
}

// besides says whether a file lies in a folder that is read and is none of its
// tables: writers leave _SUCCESS and .part.crc there. One that is named is read.
func besides(patterns []string, name string) bool {
	base := path.Base(name)
	return (base[0] == '_' || base[0] == '.') && !slices.ContainsFunc(patterns, func(p string) bool { return path.Base(p)[0] == base[0] })
}

// matchesAny says whether one of the patterns, each of STAGE:FILE, means an
// output. A pattern that is malformed means nothing, and so ends as "no file
// matches".
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok })
}

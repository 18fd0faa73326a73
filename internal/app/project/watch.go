package project

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/glob"
	"labbook/runner"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// Watcher tells when something that was saved would change what a run makes: the
// files that declare pipelines, and those that their stages read. It looks at their
// stats, again and again, and takes at most a twentieth of a core for that.
type Watcher struct {
	project *Project
	of      Selection
	known   *pipeline.Project // as it was last loaded without an error; nil: never
	// declared are the YAML files when it was last tried; base is what has been told.
	declared, base map[string]seen
}

// seen is what of a file's stat tells that it was saved. What is done to its name
// or its rights alone is no part of it.
type seen struct {
	size, time int64
	inode      uint64
}

// Timing of a look: how often at most, and how long nothing may have moved before a
// save is taken to be whole.
const (
	lookEvery = 200 * time.Millisecond
	lookShare = 20 // a look of 10 ms is taken every 200
	settled   = 250 * time.Millisecond
)

// Watch begins to watch what is chosen: from now on.
func (p *Project) Watch(of Selection) *Watcher {
	w := &Watcher{project: p, of: of}
	w.base = w.look()
	return w
}

// Changed waits until something was saved since it last told of it, or since the
// beginning, and names what, at most some; nil where ctx ended before.
func (w *Watcher) Changed(ctx context.Context) []string {
	for {
		began := time.Now()
		now := w.look()
		if !maps.Equal(now, w.base) {
			if now = w.rest(ctx, now); now == nil {
				return nil
			}
			names := savedNames(w.base, now)
			w.base = now
			if len(names) > 0 {
				return names
			}
		}
		if !pause(ctx, max(lookEvery, lookShare*time.Since(began))) {
			return nil
		}
	}
}

// rest waits until nothing moves any more, and gives what is there then; nil where
// ctx ended before. Editors write in several steps, and copies take their time.
func (w *Watcher) rest(ctx context.Context, now map[string]seen) map[string]seen {
	for {
		if !pause(ctx, settled) {
			return nil
		}
		next := w.look()
		if maps.Equal(next, now) {
			return now
		}
		now = next
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// savedNames names what was saved, came or went.
func savedNames(was, is map[string]seen) []string {
	names := map[string]bool{}
	for name, s := range is {
		if before, had := was[name]; !had || before != s {
			names[name] = true
		}
	}
	for name := range was {
		if _, has := is[name]; !has {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// look gives what is watched, as it is now. Where a declaration was saved they are
// loaded; while that fails, what is watched stays.
func (w *Watcher) look() map[string]seen {
	files := w.declarations()
	if w.declared == nil || !maps.Equal(w.stats(files), w.declared) {
		if declared, err := w.project.Load(Selection{File: w.of.File, Set: w.of.Set}); err == nil {
			w.known = declared
		}
		files = w.declarations()
		w.declared = w.stats(files)
	}
	if w.known != nil {
		var chosen []*pipeline.Pipeline
		for _, one := range w.known.Pipelines {
			if len(w.of.Names) == 0 || slices.Contains(w.of.Names, one.Name) {
				chosen = append(chosen, one)
			}
		}
		maps.Copy(files, runner.Watched(w.project.Root, chosen))
	}
	return w.stats(files)
}

// declarations names the files that declare pipelines, as far as is known, and every
// YAML file near the top: while they cannot be loaded, one of these is to be put right.
func (w *Watcher) declarations() map[string]bool {
	files := map[string]bool{w.of.File: true}
	add := func(pattern string) {
		found, _ := glob.Find(w.project.Root, pattern)
		for _, name := range found {
			files[name] = files[name] || !generated(name)
		}
	}
	for _, pattern := range []string{"*.yaml", "*.yml", "*/*.yaml", "*/*.yml"} {
		add(pattern)
	}
	if w.known != nil {
		for _, f := range w.known.Sources.Files {
			files[f.Path] = true
		}
		for _, g := range w.known.Sources.Globs {
			add(g.Pattern)
		}
	}
	maps.DeleteFunc(files, func(_ string, watched bool) bool { return !watched })
	return files
}

// stats gives those of the files that there are.
func (w *Watcher) stats(files map[string]bool) map[string]seen {
	now := make(map[string]seen, len(files))
	for name := range files {
		path := filepath.FromSlash(name)
		if !filepath.IsAbs(path) {
			path = filepath.Join(w.project.Root, path)
		}
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		if s, err := cache.StatFile(path); err == nil {
			now[name] = seen{s.Size, s.MTime, s.Inode}
		}
	}
	return now
}

// generated says whether labbook itself writes a file of the top folders.
func generated(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return top == "runs" || top == "reports" || top == ".git"
}

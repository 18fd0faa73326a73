package runner

import (
	"context"
	"crypto/rand"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"

	"golang.org/x/sync/errgroup"
)

// snapshot is all that a good execution proved, in a form that can be proved
// again by asking for stats only: then nothing has to be parsed, digested or
// decided to know that nothing changed. It is a shortcut and never the only
// witness: whatever differs, the long way is taken.
type snapshot struct {
	program cache.Stat // of this program's file: another one may decide otherwise
	boot    string     // bytes that were not synced are trusted until a restart
	env     []pipeline.Variable
	globs   []pipeline.Glob
	files   []provedFile // read by the pipelines or their declarations
	tools   []provedTool
	blobs   []provedBlob
	answers []stoodAnswer
	runs    []stoodRun
}

type provedFile struct {
	path string // as people know it
	stat cache.Stat
}

// provedTool is a program outside the project, whose file is among the proved.
type provedTool struct{ name, path string }

type provedBlob struct {
	digest [32]byte
	stat   cache.Stat
}

// stoodAnswer is an answer to a question that is not asked while it stands.
type stoodAnswer struct {
	kind  string // of the stage that asks
	who   string // stage.Answered.ID
	about stage.Question
	facts answerFacts // when it was made, and what was seen
}

// stoodRun is a run whose rows stand for those of runs like it.
type stoodRun struct {
	pipeline, id string
	stages       int
	params       []pipeline.Param
}

// Unchanged tells that all stages of all pipelines are cached, if the snapshot
// of the last good execution of the same pipelines shows it, and records that.
// The result has no stages. Nil means that it is not known: load and Execute.
//
// A pipeline with a stage that has an effect is never known to be unchanged:
// its kind has to be asked. Nor is one whose results are shared: others may lack them.
func Unchanged(ctx context.Context, load pipeline.Options, o Options) (*Result, error) {
	o = o.withDefaults()
	if o.Force || o.Verify || len(o.Only) > 0 || o.Shared != nil {
		return nil, nil
	}
	began := o.Clock()
	file := load.File
	if file == "" {
		file = pipeline.DefaultFile
	}
	data, err := o.Cache.ReadSnapshot(snapshotName(file, load.Set))
	if err != nil {
		return nil, nil
	}
	s, ok := decodeSnapshot(data)
	if !ok || !s.holds(&o) || !s.answered(&o, load.Kinds) {
		return nil, nil
	}
	result := &Result{}
	for _, r := range s.runs {
		if o.Ledger != nil {
			if known, err := o.Ledger.FindRun(ctx, r.pipeline, r.id); err != nil || known == nil {
				return nil, nil
			}
		}
		run := &RunResult{Run: o.Run}
		if run.ID, err = record.NewRunID(began, rand.Reader); err != nil {
			return nil, err
		}
		run.Pipeline, run.SameAs, run.Status, run.Cached = r.pipeline, r.id, record.Cached, r.stages
		run.Params = paramsOf(o.Run.Params, r.params)
		run.Started, run.Ended = began, o.Clock()
		result.Runs = append(result.Runs, run)
	}
	for _, run := range result.Runs {
		o.noteSame(run)
		o.Observe(Event{Time: began, What: RunStarted, Run: run.ID, Pipeline: run.Pipeline, Stages: run.Cached})
		o.Observe(Event{Time: run.Ended, What: RunEnded, Run: run.ID, Pipeline: run.Pipeline, Stages: run.Cached,
			Status: run.Status, SameAs: run.SameAs, Took: run.Ended.Sub(began)})
	}
	return result, nil
}

// snapshotName names the snapshot of a pipeline file with what is set in it.
func snapshotName(file string, set []string) string {
	file = path.Clean(filepath.ToSlash(file))
	return cache.DigestOf([]byte(file + "\x00" + strings.Join(set, "\x00")))[:32]
}

// holds proves the snapshot: all is as it was.
func (s *snapshot) holds(o *Options) bool {
	if program, ok := programStat(); !ok || program != s.program || s.boot != cache.Boot() {
		return false
	}
	for _, v := range s.env {
		if value, set := o.Env(v.Name); value != v.Value || set != v.Set {
			return false
		}
	}
	for _, g := range s.globs {
		if found, err := expand(o.Project, g.Pattern); err != nil || !slices.Equal(found, g.Matches) {
			return false
		}
	}
	for _, t := range s.tools {
		if path, err := lookTool(t.name); err != nil || path != t.path {
			return false
		}
	}
	return each(len(s.files), func(i int) bool {
		now, err := cache.StatFile(abs(o.Project, s.files[i].path))
		return err == nil && now == s.files[i].stat
	}) && o.Cache.Stands(len(s.blobs), func(i int) ([32]byte, cache.Stat) { return s.blobs[i].digest, s.blobs[i].stat })
}

// answered says that nobody has to be asked anything.
func (s *snapshot) answered(o *Options, kinds stage.Kinds) bool {
	for _, a := range s.answers {
		kind := kinds.Lookup(a.kind)
		if kind == nil || kind.Asks == nil {
			return false
		}
		who, err := kind.Asks.Whom(o.Project, a.about.From, o.Env)
		if err != nil || who.ID != a.who || !a.facts.stands(a.about.Refresh, who, o.Clock()) {
			return false
		}
	}
	return true
}

// each calls f for 0 to n-1 on all cores, until one is false.
func each(n int, f func(int) bool) bool {
	var failed atomic.Bool
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	const chunk = 256
	for from := 0; from < n; from += chunk {
		g.Go(func() error {
			for i := from; i < min(n, from+chunk) && !failed.Load(); i++ {
				if !f(i) {
					failed.Store(true)
				}
			}
			return nil
		})
	}
	g.Wait()
	return !failed.Load()
}

// remember writes the snapshot of an execution in which everything came out.
func (x *execution) remember(ctx context.Context, project *pipeline.Project) {
	if x.Ledger == nil || len(x.Only) > 0 || len(project.Sources.Files) == 0 {
		return
	}
	sources := project.Sources
	name := snapshotName(sources.Files[0].Path, sources.Set)
	s, keys, ok := x.snapshot(ctx, &sources)
	if !ok {
		x.Cache.DropSnapshot(name)
		return
	}
	x.Cache.WriteSnapshot(name, s.encode(), keys)
}

// snapshot gathers what was proved. ok is false when something cannot be proved
// again by its stat, or did not come out.
func (x *execution) snapshot(ctx context.Context, sources *pipeline.Sources) (s *snapshot, keys []string, ok bool) {
	s = &snapshot{boot: cache.Boot(), env: x.variables(sources.Env)}
	if s.program, ok = programStat(); !ok {
		return nil, nil, false
	}
	memory := x.Cache.Memory()
	s.globs = append(s.globs, sources.Globs...)
	seen := map[string]bool{}
	for _, f := range sources.Files {
		proof, err := memory.File(ctx, f.Path, abs(x.Project, f.Path))
		if err != nil || proof.Digest != f.Digest || !proof.Settled {
			return nil, nil, false
		}
		seen[f.Path] = true
		s.files = append(s.files, provedFile{f.Path, proof.Stat})
	}
	for pattern, found := range x.outside.files.known {
		if len(found) != 1 || found[0] != pattern {
			s.globs = append(s.globs, pipeline.Glob{Pattern: pattern, Matches: found})
		}
	}
	blobs := map[string]bool{}
	for _, j := range x.tasks {
		if !j.Enabled {
			continue
		}
		if j.result.Record == nil || j.result.Status == record.Failed || j.Kind.Acts {
			return nil, nil, false
		}
		keys = append(keys, j.result.Key)
		for i, f := range j.asked.files {
			if !j.asked.proofs[i].Settled {
				return nil, nil, false
			}
			if !seen[f.Path] {
				seen[f.Path] = true
				s.files = append(s.files, provedFile{f.Path, j.asked.proofs[i].Stat})
			}
		}
		for _, t := range j.asked.tools {
			if t.path == "" || !t.proof.Settled {
				return nil, nil, false // one that tells its version has to be asked
			}
			if tool := (provedTool{t.name, t.path}); !slices.Contains(s.tools, tool) {
				s.tools = append(s.tools, tool)
			}
			if !seen[t.path] {
				seen[t.path] = true
				s.files = append(s.files, provedFile{t.path, t.proof.Stat})
			}
		}
		if a := j.asked.answer; a != nil {
			who, err := j.Kind.Asks.Whom(x.Project, j.Question.From, x.Env)
			if err != nil || !a.stands(j.Question.Refresh, who, x.Clock()) {
				return nil, nil, false // it has to be asked in every run
			}
			keys = append(keys, cache.DigestOf([]byte(a.key)))
			s.answers = append(s.answers, stoodAnswer{j.Kind.Name, who.ID, *j.Question, a.answerFacts})
		}
		for _, f := range j.published() {
			proof, err := memory.File(ctx, f.path, abs(x.Project, f.path))
			if err != nil || proof.Hex() != f.digest || !proof.Settled {
				return nil, nil, false
			}
			s.files = append(s.files, provedFile{f.path, proof.Stat})
		}
		for _, ref := range j.result.Record.Blobs() {
			if blobs[ref.Digest] {
				continue
			}
			blobs[ref.Digest] = true
			proof, known := x.Cache.Known(ref.Digest)
			if !known {
				return nil, nil, false
			}
			s.blobs = append(s.blobs, provedBlob{proof.Digest, proof.Stat})
		}
	}
	for _, c := range x.asideCopies() {
		proof, err := memory.File(ctx, c.reasonFile(), abs(x.Project, c.reasonFile()))
		if err != nil || !proof.Settled || proof.Hex() != cache.DigestOf([]byte(c.reasons)) {
			return nil, nil, false
		}
		s.files = append(s.files, provedFile{c.reasonFile(), proof.Stat})
	}
	for _, r := range x.runs {
		id := r.SameAs
		if id == "" {
			id = r.ID
		}
		s.runs = append(s.runs, stoodRun{r.Pipeline, id, len(r.Stages), r.Declared.Params})
	}
	return s, keys, true
}

// variables gives the environment that counts: the variables looked up for the
// declarations, and those that stages list, as they are now.
func (x *execution) variables(declared []pipeline.Variable) []pipeline.Variable {
	all := slices.Clone(declared)
	seen := map[string]bool{}
	for _, j := range x.tasks {
		for _, name := range j.Env {
			if !seen[name] {
				seen[name] = true
				value, set := x.Env(name)
				all = append(all, pipeline.Variable{Name: name, Value: value, Set: set})
			}
		}
	}
	return all
}

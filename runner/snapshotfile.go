package runner

import (
	"os"
	"time"

	"labbook/internal/base/wire"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// snapshotMagic begins a snapshot's file and names its format.
const snapshotMagic = "labbook snapshot 3\n"

// encode gives the snapshot's file, sealed.
func (s *snapshot) encode() []byte {
	w := append(make(wire.Writer, 0, 4096+96*len(s.files)+64*len(s.blobs)), snapshotMagic...)
	s.program.Write(&w)
	w.Text(s.boot)
	pipeline.WriteEnv(&w, s.env)
	pipeline.WriteGlobs(&w, s.globs)
	w.Int(len(s.runs))
	for _, r := range s.runs {
		w.Text(r.pipeline)
		w.Text(r.id)
		w.Int(r.stages)
		pipeline.WriteParams(&w, r.params)
	}
	w.Int(len(s.files))
	for _, f := range s.files {
		w.Text(f.path)
		f.stat.Write(&w)
	}
	w.Int(len(s.tools))
	for _, t := range s.tools {
		w.Text(t.name)
		w.Text(t.path)
	}
	w.Int(len(s.blobs))
	for i := range s.blobs {
		w.Raw(s.blobs[i].digest[:])
		s.blobs[i].stat.Write(&w)
	}
	w.Int(len(s.answers))
	for i := range s.answers {
		a := &s.answers[i]
		w.Text(a.kind)
		w.Text(a.who)
		pipeline.WriteQuestion(&w, &a.about)
		w.Uint64(uint64(a.facts.Made.UnixNano()))
		w.Int(len(a.facts.Seen))
		for _, seen := range a.facts.Seen {
			seen.Write(&w)
		}
	}
	return w.Seal()
}

// decodeSnapshot is the inverse of encode; ok is false for anything else.
func decodeSnapshot(data []byte) (s *snapshot, ok bool) {
	r, ok := wire.Unseal(data, snapshotMagic)
	if !ok {
		return nil, false
	}
	s = &snapshot{program: cache.ReadStat(r), boot: r.Text(), env: pipeline.ReadEnv(r), globs: pipeline.ReadGlobs(r)}
	s.runs = make([]stoodRun, r.Count(4))
	for i := range s.runs {
		s.runs[i] = stoodRun{pipeline: r.Text(), id: r.Text(), stages: r.Int(), params: pipeline.ReadParams(r)}
	}
	s.files = make([]provedFile, r.Count(33))
	for i := range s.files {
		s.files[i] = provedFile{r.Text(), cache.ReadStat(r)}
	}
	s.tools = make([]provedTool, r.Count(2))
	for i := range s.tools {
		s.tools[i] = provedTool{r.Text(), r.Text()}
	}
	s.blobs = make([]provedBlob, r.Count(64))
	for i := range s.blobs {
		b := &s.blobs[i]
		copy(b.digest[:], r.Raw(len(b.digest)))
		b.stat = cache.ReadStat(r)
	}
	s.answers = make([]stoodAnswer, r.Count(4))
	for i := range s.answers {
		a := &s.answers[i]
		a.kind, a.who, a.about = r.Text(), r.Text(), *pipeline.ReadQuestion(r)
		a.facts.Made = time.Unix(0, int64(r.Uint64()))
		for range r.Count(32) {
			a.facts.Seen = append(a.facts.Seen, cache.ReadStat(r))
		}
	}
	return s, r.Done()
}

// programStat gives the Stat of the program's own file.
func programStat() (cache.Stat, bool) {
	file, err := os.Executable()
	if err != nil {
		return cache.Stat{}, false
	}
	s, err := cache.StatFile(file)
	return s, err == nil
}

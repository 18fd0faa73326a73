package runner

import (
	"os"

	"labbook/internal/wire"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// snapshotMagic begins a snapshot's file and names its format.
const snapshotMagic = "labbook snapshot 1\n"

// encode gives the snapshot's file, sealed.
func (s *snapshot) encode() []byte {
	w := append(make(wire.Writer, 0, 4096+96*len(s.files)+64*len(s.blobs)), snapshotMagic...)
	s.program.Write(&w)
	w.Text(s.boot)
	w.Int(len(s.env))
	for _, v := range s.env {
		w.Text(v.Name)
		w.Text(v.Value)
		w.Bool(v.Set)
	}
	w.Int(len(s.globs))
	for _, g := range s.globs {
		w.Text(g.Pattern)
		w.Texts(g.Matches)
	}
	w.Int(len(s.runs))
	for _, r := range s.runs {
		w.Text(r.pipeline)
		w.Text(r.id)
		w.Int(r.stages)
		w.Int(len(r.params))
		for _, p := range r.params {
			w.Text(p.Name)
			w.Text(p.Value)
		}
	}
	w.Int(len(s.files))
	for _, f := range s.files {
		w.Text(f.path)
		f.stat.Write(&w)
	}
	w.Int(len(s.blobs))
	for i := range s.blobs {
		w.Raw(s.blobs[i].digest[:])
		s.blobs[i].stat.Write(&w)
	}
	return w.Seal()
}

// decodeSnapshot is the inverse of encode; ok is false for anything else.
func decodeSnapshot(data []byte) (s *snapshot, ok bool) {
	r, ok := wire.Unseal(data, snapshotMagic)
	if !ok {
		return nil, false
	}
	s = &snapshot{program: cache.ReadStat(r), boot: r.Text()}
	s.env = make([]pipeline.Variable, r.Count(3))
	for i := range s.env {
		s.env[i] = pipeline.Variable{Name: r.Text(), Value: r.Text(), Set: r.Bool()}
	}
	s.globs = make([]pipeline.Glob, r.Count(2))
	for i := range s.globs {
		s.globs[i] = pipeline.Glob{Pattern: r.Text(), Matches: r.Texts()}
	}
	s.runs = make([]stoodRun, r.Count(4))
	for i := range s.runs {
		s.runs[i] = stoodRun{pipeline: r.Text(), id: r.Text(), stages: r.Int()}
		s.runs[i].params = make([]pipeline.Param, r.Count(2))
		for k := range s.runs[i].params {
			s.runs[i].params[k] = pipeline.Param{Name: r.Text(), Value: r.Text()}
		}
	}
	s.files = make([]provedFile, r.Count(33))
	for i := range s.files {
		s.files[i] = provedFile{r.Text(), cache.ReadStat(r)}
	}
	s.blobs = make([]provedBlob, r.Count(64))
	for i := range s.blobs {
		b := &s.blobs[i]
		copy(b.digest[:], r.Raw(len(b.digest)))
		b.stat = cache.ReadStat(r)
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

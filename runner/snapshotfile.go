package runner

import (
	"crypto/sha256"
	"encoding/binary"
	"os"

	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// snapshotMagic begins a snapshot's file and names its format.
const snapshotMagic = "labbook snapshot 1\n"

// encode gives the snapshot's file: unsigned varints, texts with their length
// before them, stats, and a digest of all that at the end.
func (s *snapshot) encode() []byte {
	w := writer(make([]byte, 0, 4096+96*len(s.files)+64*len(s.blobs)))
	w = append(w, snapshotMagic...)
	w = cache.AppendStat(w, s.program)
	w.text(s.boot)
	w.count(len(s.env))
	for _, v := range s.env {
		w.text(v.Name)
		w.text(v.Value)
		w.flag(v.Set)
	}
	w.count(len(s.globs))
	for _, g := range s.globs {
		w.text(g.Pattern)
		w.count(len(g.Matches))
		for _, m := range g.Matches {
			w.text(m)
		}
	}
	w.count(len(s.runs))
	for _, r := range s.runs {
		w.text(r.pipeline)
		w.text(r.id)
		w.count(r.stages)
		w.count(len(r.params))
		for _, p := range r.params {
			w.text(p.Name)
			w.text(p.Value)
		}
	}
	w.count(len(s.files))
	for _, f := range s.files {
		w.text(f.path)
		w = cache.AppendStat(w, f.stat)
	}
	w.count(len(s.blobs))
	for i := range s.blobs {
		w = append(w, s.blobs[i].digest[:]...)
		w = cache.AppendStat(w, s.blobs[i].stat)
	}
	sum := sha256.Sum256(w)
	return append(w, sum[:]...)
}

// decodeSnapshot is the inverse of encode; ok is false for anything else.
func decodeSnapshot(data []byte) (s *snapshot, ok bool) {
	body, ok := cache.Sealed(data, snapshotMagic)
	if !ok {
		return nil, false
	}
	r := reader{rest: body}
	s = &snapshot{program: r.stat(), boot: r.text()}
	s.env = make([]pipeline.Variable, r.count(3))
	for i := range s.env {
		s.env[i] = pipeline.Variable{Name: r.text(), Value: r.text(), Set: r.flag()}
	}
	s.globs = make([]pipeline.Glob, r.count(2))
	for i := range s.globs {
		s.globs[i].Pattern = r.text()
		s.globs[i].Matches = make([]string, r.count(1))
		for k := range s.globs[i].Matches {
			s.globs[i].Matches[k] = r.text()
		}
	}
	s.runs = make([]stoodRun, r.count(4))
	for i := range s.runs {
		s.runs[i] = stoodRun{pipeline: r.text(), id: r.text(), stages: r.number()}
		s.runs[i].params = make([]pipeline.Param, r.count(2))
		for k := range s.runs[i].params {
			s.runs[i].params[k] = pipeline.Param{Name: r.text(), Value: r.text()}
		}
	}
	s.files = make([]provedFile, r.count(33))
	for i := range s.files {
		s.files[i] = provedFile{r.text(), r.stat()}
	}
	s.blobs = make([]provedBlob, r.count(64))
	for i := range s.blobs {
		b := &s.blobs[i]
		r.rest = r.rest[copy(b.digest[:], r.rest):]
		b.stat = r.stat()
	}
	return s, !r.failed && len(r.rest) == 0
}

type writer []byte

func (w *writer) count(n int) { *w = binary.AppendUvarint(*w, uint64(n)) }

func (w *writer) text(s string) {
	w.count(len(s))
	*w = append(*w, s...)
}

func (w *writer) flag(b bool) {
	n := 0
	if b {
		n = 1
	}
	w.count(n)
}

// reader takes apart what a writer wrote. After a failure everything is empty.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) number() int {
	n, w := binary.Uvarint(r.rest)
	if w <= 0 || n > 1<<40 {
		r.fail()
		return 0
	}
	r.rest = r.rest[w:]
	return int(n)
}

// count reads how many things of at least so many bytes follow.
func (r *reader) count(size int) int {
	n := r.number()
	if n > len(r.rest)/size {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) text() string {
	n := r.count(1)
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) flag() bool { return r.number() == 1 }

func (r *reader) stat() cache.Stat {
	s, rest, ok := cache.CutStat(r.rest)
	if !ok {
		r.fail()
		return cache.Stat{}
	}
	r.rest = rest
	return s
}

func (r *reader) fail() { r.rest, r.failed = nil, true }

// programStat gives the Stat of the program's own file.
func programStat() (cache.Stat, bool) {
	file, err := os.Executable()
	if err != nil {
		return cache.Stat{}, false
	}
	s, err := cache.StatFile(file)
	return s, err == nil
}

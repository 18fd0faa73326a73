package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"labbook/internal/tree"
	"labbook/runner/stage"
)

// compiledMagic begins the compiled form and names its format.
const compiledMagic = "labbook pipelines 2\n"

var errDamaged = errors.New("pipeline: damaged compiled form")

// Encode gives the compiled form of a project: what DecodeCompiled reads in a
// small part of the time that Load takes. It holds no kinds, so it is valid
// for the program that wrote it only.
//
// It is a sequence of unsigned varints and of texts with their length before
// them, closed by a digest of all that. Stages stand in topological order and
// name one another by index.
func (p *Project) Encode() []byte {
	w := writer{bytes: []byte(compiledMagic)}
	w.sources(&p.Sources)
	files := &fileTable{index: map[*tree.File]int{}}
	var body writer
	body.int(len(p.Pipelines))
	for _, each := range p.Pipelines {
		body.pipeline(each, files)
	}
	w.int(len(files.list))
	for _, f := range files.list {
		w.string(fileName(f))
	}
	w.bytes = append(w.bytes, body.bytes...)
	sum := sha256.Sum256(w.bytes)
	return append(w.bytes, sum[:]...)
}

// Digest names all that the pipeline declares, with variants, parameters and
// variables put in. It means something to the program that gave it only.
func (p *Pipeline) Digest() string {
	var w writer
	w.pipeline(p, &fileTable{index: map[*tree.File]int{}})
	sum := sha256.Sum256(w.bytes)
	return hex.EncodeToString(sum[:])
}

// fileTable numbers the files that nodes stand in.
type fileTable struct {
	list  []*tree.File
	index map[*tree.File]int
}

func (t *fileTable) add(f *tree.File) int {
	i, ok := t.index[f]
	if !ok {
		i = len(t.list)
		t.index[f] = i
		t.list = append(t.list, f)
	}
	return i
}

func fileName(f *tree.File) string {
	if f == nil {
		return ""
	}
	return f.Name
}

// DecodeCompiled is the inverse of Encode. The error says no more than that
// the data is not what Encode gave with these kinds: load again.
func DecodeCompiled(data []byte, kinds stage.Kinds) (*Project, error) {
	end := len(data) - sha256.Size
	if end < 0 || sha256.Sum256(data[:end]) != [sha256.Size]byte(data[end:]) {
		return nil, errDamaged
	}
	text, ok := strings.CutPrefix(string(data[:end]), compiledMagic)
	if !ok {
		return nil, errDamaged
	}
	r := reader{text: text}
	p := &Project{}
	r.sources(&p.Sources)
	r.files = make([]*tree.File, r.count(1))
	for i := range r.files {
		if name := r.string(); name != "" {
			r.files[i] = &tree.File{Name: name}
		}
	}
	p.Pipelines = make([]*Pipeline, r.count(1))
	for i := range p.Pipelines {
		p.Pipelines[i] = r.pipeline(kinds)
	}
	if r.failed || r.text != "" {
		return nil, errDamaged
	}
	return p, nil
}

func (w *writer) sources(s *Sources) {
	w.int(len(s.Files))
	for _, f := range s.Files {
		w.string(f.Path)
		w.bytes = append(w.bytes, f.Digest[:]...)
	}
	w.int(len(s.Globs))
	for _, g := range s.Globs {
		w.string(g.Pattern)
		w.strings(g.Matches)
	}
	w.int(len(s.Env))
	for _, v := range s.Env {
		w.string(v.Name)
		w.string(v.Value)
		w.int(bit(v.Set))
	}
	w.strings(s.Set)
}

func (w *writer) pipeline(p *Pipeline, files *fileTable) {
	for _, s := range []string{p.Name, p.Title, p.Notes, p.File} {
		w.string(s)
	}
	w.int(len(p.Params))
	for _, param := range p.Params {
		w.string(param.Name)
		w.string(param.Value)
	}
	index := make(map[*Stage]int, len(p.Stages))
	links := 0
	for i, s := range p.Stages {
		index[s] = i
		links += len(s.From) + len(s.Needs)
	}
	var kinds []string
	number := map[string]int{}
	for _, s := range p.Stages {
		if _, ok := number[s.Kind.Name]; !ok {
			number[s.Kind.Name] = len(kinds)
			kinds = append(kinds, s.Kind.Name)
		}
	}
	w.strings(kinds)
	w.int(len(p.Stages))
	w.int(links)
	for _, s := range p.Stages {
		w.stage(s, number[s.Kind.Name], files)
		w.links(s.From, index)
		w.links(s.Needs, index)
	}
}

func (w *writer) stage(s *Stage, kind int, files *fileTable) {
	w.int(kind)
	for _, text := range []string{s.Name, s.Group, s.Variant, s.Title, s.Notes, s.Disabled, s.File, s.with, s.lines} {
		w.string(text)
	}
	for _, v := range []int{bit(s.Enabled), int(s.Timeout), s.Retries, s.Cores + 1, s.Line, s.Col} {
		w.int(v)
	}
	w.strings(s.Env)
	w.strings(s.Files)
	w.int(len(s.files))
	for _, f := range s.files {
		w.int(files.add(f))
	}
}

func (w *writer) links(stages []*Stage, index map[*Stage]int) {
	w.int(len(stages))
	for _, s := range stages {
		w.int(index[s])
	}
}

func (r *reader) sources(s *Sources) {
	s.Files = make([]Source, r.count(1))
	for i := range s.Files {
		f := &s.Files[i]
		f.Path = r.string()
		if len(r.text) < len(f.Digest) {
			r.fail()
			return
		}
		copy(f.Digest[:], r.text)
		r.text = r.text[len(f.Digest):]
	}
	s.Globs = make([]Glob, r.count(1))
	for i := range s.Globs {
		s.Globs[i] = Glob{r.string(), r.strings()}
	}
	s.Env = make([]Variable, r.count(1))
	for i := range s.Env {
		s.Env[i] = Variable{r.string(), r.string(), r.int() == 1}
	}
	s.Set = r.strings()
}

func (r *reader) pipeline(kinds stage.Kinds) *Pipeline {
	p := &Pipeline{Name: r.string(), Title: r.string(), Notes: r.string(), File: r.string()}
	p.Params = make([]Param, r.count(2))
	for i := range p.Params {
		p.Params[i] = Param{r.string(), r.string()}
	}
	var table []*stage.Kind
	for _, name := range r.strings() {
		k := kinds.Lookup(name)
		if k == nil {
			r.fail()
		}
		table = append(table, k)
	}
	stages := make([]Stage, r.count(8))
	links := make([]*Stage, r.count(1))
	p.Stages = make([]*Stage, len(stages))
	for i := range stages {
		s := &stages[i]
		p.Stages[i] = s
		r.stage(s, table)
		s.From, links = r.links(stages[:i], links)
		s.Needs, links = r.links(stages[:i], links)
	}
	return p
}

func (r *reader) stage(s *Stage, kinds []*stage.Kind) {
	k := r.below(len(kinds))
	if r.failed {
		return
	}
	s.Kind = kinds[k]
	for _, text := range []*string{&s.Name, &s.Group, &s.Variant, &s.Title, &s.Notes, &s.Disabled, &s.File, &s.with, &s.lines} {
		*text = r.string()
	}
	s.Enabled = r.int() == 1
	s.Timeout = time.Duration(r.int())
	s.Retries, s.Cores, s.Line, s.Col = r.int(), r.int()-1, r.int(), r.int()
	s.Env, s.Files = r.strings(), r.strings()
	if n := r.count(1); n == 1 && len(r.files) == 1 {
		r.below(1)
		s.files = r.files
	} else {
		for range n {
			if i := r.below(len(r.files)); !r.failed {
				s.files = append(s.files, r.files[i])
			}
		}
	}
}

// links reads references to earlier stages into the front of slab, and gives
// what is left of it.
func (r *reader) links(stages []Stage, slab []*Stage) (refs, rest []*Stage) {
	n := r.count(1)
	if n > len(slab) {
		r.fail()
	}
	if n == 0 || r.failed {
		return nil, slab
	}
	refs, rest = slab[:n:n], slab[n:]
	for i := range refs {
		j := r.below(len(stages))
		if r.failed {
			return nil, rest
		}
		refs[i] = &stages[j]
	}
	return refs, rest
}

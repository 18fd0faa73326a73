package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/base/tree"
	"labbook/internal/base/wire"
	"labbook/runner/stage"
)

// compiledMagic begins the compiled form and names its format.
const compiledMagic = "labbook pipelines 11\n"

var errDamaged = errors.New("pipeline: damaged compiled form")

// Encode gives the compiled form of a project: what DecodeCompiled reads in a
// small part of the time that Load takes. It holds no kinds, so it is valid
// for the program that wrote it only.
//
// Stages stand in topological order and name one another by index.
func (p *Project) Encode() []byte {
	var body encoder
	body.Int(len(p.Pipelines))
	for _, each := range p.Pipelines {
		body.pipeline(each)
	}
	w := encoder{Writer: wire.Writer(compiledMagic)}
	w.sources(&p.Sources)
	w.Int(len(body.files))
	for _, f := range body.files {
		w.Text(fileName(f))
	}
	w.Raw(body.Writer)
	return w.Seal()
}

// Digest names all that the pipeline declares, with variants, parameters and
// variables put in, and the versions in which its kinds show what they left:
// where it is the same, so is the page. It means something to the program that
// gave it only.
func (p *Pipeline) Digest() string {
	var w encoder
	w.pipeline(p)
	for _, s := range p.Stages {
		w.Int(s.Kind.ShowVersion)
	}
	sum := sha256.Sum256(w.Writer)
	return hex.EncodeToString(sum[:])
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
	body, ok := wire.Unseal(data, compiledMagic)
	if !ok {
		return nil, errDamaged
	}
	r := decoder{Reader: body}
	p := &Project{}
	r.sources(&p.Sources)
	r.files = make([]*tree.File, r.Count(1))
	for i := range r.files {
		if name := r.Text(); name != "" {
			r.files[i] = &tree.File{Name: name}
		}
	}
	p.Pipelines = make([]*Pipeline, r.Count(1))
	for i := range p.Pipelines {
		p.Pipelines[i] = r.pipeline(kinds)
	}
	if !r.Done() {
		return nil, errDamaged
	}
	return p, nil
}

// encoder writes the compiled form.
type encoder struct {
	wire.Writer
	files []*tree.File // that nodes stand in, in the order of their numbers
}

// file writes the number of a file.
func (w *encoder) file(f *tree.File) {
	i := slices.Index(w.files, f)
	if i < 0 {
		i = len(w.files)
		w.files = append(w.files, f)
	}
	w.Int(i)
}

// decoder reads the compiled form.
type decoder struct {
	*wire.Reader[string]
	files []*tree.File
}

func (w *encoder) sources(s *Sources) {
	w.Int(len(s.Files))
	for _, f := range s.Files {
		w.Text(f.Path)
		w.Raw(f.Digest[:])
	}
	WriteGlobs(&w.Writer, s.Globs)
	WriteEnv(&w.Writer, s.Env)
	w.Texts(s.Set)
}

func (w *encoder) pipeline(p *Pipeline) {
	for _, s := range []string{p.Name, p.Title, p.Notes, p.File} {
		w.Text(s)
	}
	WriteParams(&w.Writer, p.Params)
	w.mutes(p.Mutes)
	w.schedule(p.Schedule)
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
	w.Texts(kinds)
	w.Int(len(p.Stages))
	w.Int(links)
	for _, s := range p.Stages {
		w.stage(s, number[s.Kind.Name])
		w.links(s.From, index)
		w.links(s.Needs, index)
	}
}

func (w *encoder) mutes(mutes notebook.Mutes) {
	w.Int(len(mutes))
	for _, m := range mutes {
		for _, text := range []string{m.Code, m.Column, m.Reason} {
			w.Text(text)
		}
	}
}

func (r *decoder) mutes() (mutes notebook.Mutes) {
	for range r.Count(3) {
		mutes = append(mutes, notebook.Mute{Code: r.Text(), Column: r.Text(), Reason: r.Text()})
	}
	return mutes
}

func (w *encoder) stage(s *Stage, kind int) {
	w.Int(kind)
	for _, text := range []string{s.Name, s.Group, s.Variant, s.Title, s.Notes, s.Disabled, s.File, s.Publish, s.On, s.with, s.lines} {
		w.Text(text)
	}
	w.Bool(s.Enabled)
	for _, v := range []int{int(s.Timeout), s.Retries, s.Cores + 1, int(s.Memory), int(s.Fresh), s.Line, s.Col} {
		w.Int(v)
	}
	w.Texts(s.Env)
	w.Texts(s.Files)
	w.Int(len(s.Makes))
	for _, t := range s.Makes {
		w.Text(string(t))
	}
	w.Int(len(s.Tools))
	for _, t := range s.Tools {
		w.Text(t.Name)
		w.Texts(t.Ask)
	}
	w.Bool(s.Question != nil)
	if s.Question != nil {
		WriteQuestion(&w.Writer, s.Question)
	}
	w.Int(len(s.files))
	for _, f := range s.files {
		w.file(f)
	}
}

func (w *encoder) links(stages []*Stage, index map[*Stage]int) {
	w.Int(len(stages))
	for _, s := range stages {
		w.Int(index[s])
	}
}

func (r *decoder) sources(s *Sources) {
	s.Files = make([]Source, r.Count(1))
	for i := range s.Files {
		s.Files[i].Path = r.Text()
		copy(s.Files[i].Digest[:], r.Raw(sha256.Size))
	}
	s.Globs = ReadGlobs(r.Reader)
	s.Env = ReadEnv(r.Reader)
	s.Set = r.Texts()
}

func (r *decoder) pipeline(kinds stage.Kinds) *Pipeline {
	p := &Pipeline{Name: r.Text(), Title: r.Text(), Notes: r.Text(), File: r.Text()}
	p.Params = ReadParams(r.Reader)
	p.Mutes = r.mutes()
	p.Schedule = r.schedule()
	var table []*stage.Kind
	for _, name := range r.Texts() {
		k := kinds.Lookup(name)
		if k == nil {
			r.Fail()
		}
		table = append(table, k)
	}
	stages := make([]Stage, r.Count(8))
	links := make([]*Stage, r.Count(1))
	p.Stages = make([]*Stage, len(stages))
	for i := range stages {
		s := &stages[i]
		p.Stages[i] = s
		r.stage(s, table)
		s.From, links = r.links(stages[:i], links)
		s.Needs, links = r.links(stages[:i], links)
	}
	if !r.Failed() {
		p.mute()
	}
	return p
}

func (r *decoder) stage(s *Stage, kinds []*stage.Kind) {
	k := r.Below(len(kinds))
	if r.Failed() {
		return
	}
	s.Kind = kinds[k]
	for _, text := range []*string{&s.Name, &s.Group, &s.Variant, &s.Title, &s.Notes, &s.Disabled, &s.File, &s.Publish, &s.On, &s.with, &s.lines} {
		*text = r.Text()
	}
	s.Enabled = r.Bool()
	s.Timeout = time.Duration(r.Int())
	s.Retries, s.Cores, s.Memory = r.Int(), r.Int()-1, int64(r.Int())
	s.Fresh = time.Duration(r.Int())
	s.Line, s.Col = r.Int(), r.Int()
	s.Env, s.Files = r.Texts(), r.Texts()
	if n := r.Count(1); n > 0 {
		s.Makes = make([]artifact.Type, n)
		for i := range s.Makes {
			s.Makes[i] = artifact.Type(r.Text())
		}
	}
	if n := r.Count(2); n > 0 {
		s.Tools = make([]stage.Tool, n)
		for i := range s.Tools {
			s.Tools[i] = stage.Tool{Name: r.Text(), Ask: r.Texts()}
		}
	}
	if r.Bool() {
		s.Question = ReadQuestion(r.Reader)
	}
	if n := r.Count(1); n == 1 && len(r.files) == 1 {
		r.Below(1)
		s.files = r.files
	} else {
		for range n {
			if i := r.Below(len(r.files)); !r.Failed() {
				s.files = append(s.files, r.files[i])
			}
		}
	}
}

// links reads references to earlier stages into the front of slab, and gives
// what is left of it.
func (r *decoder) links(stages []Stage, slab []*Stage) (refs, rest []*Stage) {
	n := r.Count(1)
	if n > len(slab) {
		r.Fail()
	}
	if n == 0 || r.Failed() {
		return nil, slab
	}
	refs, rest = slab[:n:n], slab[n:]
	for i := range refs {
		j := r.Below(len(stages))
		if r.Failed() {
			return nil, rest
		}
		refs[i] = &stages[j]
	}
	return refs, rest
}

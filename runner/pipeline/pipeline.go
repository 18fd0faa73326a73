// Package pipeline reads pipelines from YAML: strictly, with the place and a
// hint for everything that is wrong, and into a form that can be remembered so
// that an unchanged project is not parsed again.
//
// A file goes through these steps, each in a file of its own: it is parsed to a
// tree (package tree); includes are followed (load.go); --set and ${…} are put
// in (parameter.go, interpolate.go); `each` is expanded and every stage decoded
// (stage.go); names become a graph without cycles (graph.go); and `if`, or a
// choice of variants on the command line, decides which stages are enabled
// (condition.go, variant.go). What came out is written and read back by compiled.go, and sources.go says
// whether it still holds.
package pipeline

import (
	"slices"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/internal/base/wire"
	"labbook/runner/stage"
)

// Project is all pipelines of a pipeline file and what it includes.
type Project struct {
	Pipelines []*Pipeline // in the order they were declared or included
	Sources   Sources
}

// Pipeline is a DAG of stages.
type Pipeline struct {
	Name  string
	Title string
	Notes string // Markdown
	File  string // slash-separated, relative to the project
	// Params are the resolved parameters in declared order.
	Params []Param
	// Mutes are the findings that are to be listed without counting.
	Mutes notebook.Mutes
	// Schedule says when it is due; nil: never by itself.
	Schedule *Schedule
	// Stages has every stage after those that it reads or needs, otherwise in
	// declared order.
	Stages []*Stage
}

// Param is a parameter of a pipeline with the value that held for this load.
type Param struct {
	Name  string
	Value string // in the form of params.Line
}

// Stage is one step of a pipeline. It is immutable and safe for concurrent use.
type Stage struct {
	Name    string // "train/linear"
	Group   string // "train"; the name itself where there are no variants
	Variant string // "linear"; "" where there are none
	Kind    *stage.Kind
	Title   string // for people; Title and Notes must stay out of keys
	Notes   string // Markdown

	// Makes are the types of its output: Kind.MakesOf its parameters.
	Makes []artifact.Type

	From  []*Stage // read, in the order of `from`, groups expanded
	Needs []*Stage // finished before, not read

	// Enabled is whether `if` holds for this stage and all that it reads or
	// needs; Disabled says why not, in words.
	Enabled  bool
	Disabled string

	Timeout time.Duration  // 0: none
	Retries int            // further attempts after a failure
	Cores   int            // claimed; 0: what the kind says; AllCores
	Memory  int64          // bytes that it claims; 0: none
	On      string         // where a farm may make it: Here, or a label of workers; "": anywhere
	Fresh   time.Duration  // how old its data or its champion may be; 0: any age
	Publish string         // folder of the project, slashes between its parts, that keeps a copy of the output; "" for none
	Env     []string       // names of the environment variables it may see, sorted
	Mutes   notebook.Mutes // those of the pipeline, where the kind asks for them
	Files   []string       // what Kind.Files gives for its parameters
	Tools   []stage.Tool   // what Kind.Tools gives for them
	// Question is what Kind.Asks asks for them; nil for nothing.
	Question *stage.Question

	File      string // where it is declared
	Line, Col int

	with  string // its parameters as written, as tree.Append made it
	files []*tree.File
	lines string // params.Lines, and what Kind.Parts gives for them, encoded
}

// mute gives the mutes to the stages whose kinds ask for them.
func (p *Pipeline) mute() {
	for _, s := range p.Stages {
		if s.Kind.Mutes {
			s.Mutes = p.Mutes
		}
	}
}

// AllCores is the Stage.Cores of `cores: all`.
const AllCores = -1

// Lookup gives the stage of that name, or nil.
func (p *Pipeline) Lookup(name string) *Stage {
	for _, s := range p.Stages {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Lookup gives the pipeline of that name, or nil.
func (p *Project) Lookup(name string) *Pipeline {
	for _, each := range p.Pipelines {
		if each.Name == name {
			return each
		}
	}
	return nil
}

// ParamLines lists the resolved parameters for the key, and what Kind.Parts
// gives for them: cheap, nothing is decoded.
func (s *Stage) ParamLines() (own, parts []params.Line) {
	r := wire.Read(s.lines)
	for _, list := range []*[]params.Line{&own, &parts} {
		*list = make([]params.Line, r.Count(2))
		for i := range *list {
			(*list)[i] = params.Line{Path: r.Text(), Value: r.Text()}
		}
	}
	return own, parts
}

// Params decodes the stage's parameters: a fresh pointer to the kind's struct,
// nil when the kind takes none. An error is possible only where the check at
// load depended on something outside the pipeline.
func (s *Stage) Params() (any, error) {
	if s.Kind.Params == nil {
		return nil, nil
	}
	n, err := tree.Read(s.with, s.files)
	if err != nil {
		return nil, err
	}
	p := s.Kind.Params()
	return p, params.DecodeAt("with", n, p)
}

// Advice gives what Kind.Advice says of the stage, each at its declaration.
func (s *Stage) Advice() ([]diag.Error, error) {
	if s.Kind.Advice == nil {
		return nil, nil
	}
	p, err := s.Params()
	if err != nil {
		return nil, err
	}
	all := s.Kind.Advice(p)
	for i := range all {
		all[i].File, all[i].Line, all[i].Col = s.File, s.Line, s.Col
		all[i].What = s.Name + ": " + all[i].What
	}
	return all, nil
}

// Place gives errors about parameters, of params.Fault, their places in the
// declaration. Others, and those that have a place, are left as they are.
func (s *Stage) Place(err error) error {
	if !params.IsFault(err) {
		return err
	}
	n, broken := tree.Read(s.with, s.files)
	if broken != nil {
		return err
	}
	if n.Line == 0 { // nothing is written
		n = &tree.Node{File: &tree.File{Name: s.File}, Line: s.Line, Col: s.Col}
	}
	list := params.Place(n, err)
	slices.SortStableFunc(list, tree.ComparePlaces)
	return list.Err()
}

// PlaceAt gives an error about what a parameter names, such as a file, the place
// of that name, or of the stage.
func (s *Stage) PlaceAt(name string, e *diag.Error) *diag.Error {
	if e.File != "" {
		return e
	}
	e.File, e.Line, e.Col = s.File, s.Line, s.Col
	if n, err := tree.Read(s.with, s.files); err == nil {
		if at := n.Named(name); at != nil && at.File != nil {
			e.File, e.Line, e.Col = at.File.Name, at.Line, at.Col
		}
	}
	return e
}

// Fault makes an error at the stage's declaration.
func (s *Stage) Fault(what, hint string) *diag.Error {
	return &diag.Error{File: s.File, Line: s.Line, Col: s.Col, What: what, Hint: hint}
}

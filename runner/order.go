package runner

import (
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// Order is a stage's work as data: all that was asked, files, tools and inputs
// by their digests, and nothing of the place where it was asked. Any program that
// derives the same key from it may do it, here or elsewhere.
type Order struct {
	// Pipeline, Run and Stage say who asks, for records and messages. They
	// decide no byte of the output.
	Pipeline string `json:"pipeline"`
	Run      string `json:"run"`
	Stage    string `json:"stage"`

	Machine string        `json:"machine"` // architecture: see machine
	Kind    string        `json:"kind"`
	Version int           `json:"version"`         // of the kind
	Params  []params.Line `json:"params"`          // resolved; params.Restore has them back
	Parts   []params.Line `json:"parts,omitempty"` // see stage.Kind.Parts
	Env     []string      `json:"env,omitempty"`   // "NAME=value", those that are listed and set
	Mutes   []OrderMute   `json:"mutes,omitempty"` // see stage.Kind.Mutes
	Files   []OrderFile   `json:"files,omitempty"`
	Tools   []OrderTool   `json:"tools,omitempty"`
	Answer  *OrderAnswer  `json:"answer,omitempty"`
	Inputs  []OrderInput  `json:"inputs,omitempty"` // in the order of `from`

	Timeout time.Duration `json:"timeout,omitempty"` // 0: none
	Memory  int64         `json:"memory,omitempty"`  // bytes that it claims, which end a program that uses more; 0: none

	// Where and how soon it is to be done, which decides no byte either.
	Cores    int    `json:"cores,omitempty"`    // that it claims: pipeline.AllCores, or 0 for what the kind can use
	On       string `json:"on,omitempty"`       // the label of those that may do it; "": any
	Priority int    `json:"priority,omitempty"` // 1 is the most urgent, 5 the least: by the way that is left to the pipeline's end
	Anew     bool   `json:"anew,omitempty"`     // whether or not somebody has the result
}

// OrderMute is what the pipeline mutes.
type OrderMute struct {
	Code   string `json:"code"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// OrderFile is a file of the project, by its content.
type OrderFile struct {
	Path   string `json:"path"` // slash-separated, as people know it
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
	Exec   bool   `json:"exec,omitempty"`
}

// OrderTool is a program outside the project, by what it is.
type OrderTool struct {
	Name  string `json:"name"`
	Value string `json:"value"` // digest of its bytes, or the version that it told, quoted
}

// OrderAnswer is what the stage's question came to, by its content: a blob.
type OrderAnswer struct {
	Rows   int    `json:"rows"`
	Digest string `json:"digest"`
}

// OrderInput is what another stage left.
type OrderInput struct {
	Stage string          `json:"stage"` // "" where the kind must not know it
	Types []artifact.Type `json:"types"`
	Tree  string          `json:"tree"` // digest of the output
}

// order makes the order of a stage for which all the rest of a is known: the
// only place where one is made. Pipeline, Run and Stage are filled in by the
// caller that runs it.
func (o *Options) order(s *pipeline.Stage, a *asked) *Order {
	order := &Order{
		Stage: s.Name, Machine: machine(), Kind: s.Kind.Name, Version: s.Kind.Version,
		Env: a.env, Timeout: s.Timeout, Memory: s.Memory, Cores: s.Cores, On: s.On,
	}
	order.Params, order.Parts = s.ParamLines()
	for _, m := range s.Mutes {
		order.Mutes = append(order.Mutes, OrderMute(m))
	}
	for _, f := range a.files {
		order.Files = append(order.Files, OrderFile{f.Path, f.Size, f.Digest, f.Exec})
	}
	for _, t := range a.tools {
		order.Tools = append(order.Tools, OrderTool{t.name, t.value})
	}
	if a.answer != nil {
		order.Answer = &OrderAnswer{a.answer.Rows, a.answer.file.Digest}
	}
	for i, in := range a.inputs {
		up := s.From[i]
		input := OrderInput{up.Name, up.Makes, in.Tree}
		if s.Kind.Anonymous {
			input.Stage = ""
		}
		order.Inputs = append(order.Inputs, input)
	}
	return order
}

// config gives what a Context is made from to do the order here, but for the
// output: the parameters as they were resolved, the project's files where they
// lie, the inputs in the cache.
func (o *Options) config(kind *stage.Kind, order *Order) (stage.Config, error) {
	c := stage.Config{Stage: order.Stage, Project: o.Project, Env: order.Env, Memory: order.Memory, Pipeline: order.Pipeline, Run: order.Run}
	if kind.Params != nil {
		c.Params = kind.Params()
		if err := params.Restore(c.Params, order.Params); err != nil {
			return c, err
		}
	}
	for _, m := range order.Mutes {
		c.Mutes = append(c.Mutes, notebook.Mute(m))
	}
	for i, f := range order.Files {
		where := abs(o.Project, f.Path)
		if o.lies != nil {
			where = o.lies(i, f)
		}
		c.Files = append(c.Files, stage.File{Path: f.Path, Abs: where, Size: f.Size, Digest: f.Digest, Exec: f.Exec})
	}
	if order.Answer != nil {
		c.Answer = &stage.Answer{Path: o.Cache.Path(order.Answer.Digest), Rows: order.Answer.Rows}
	}
	for _, in := range order.Inputs {
		tree, err := o.Cache.Tree(in.Tree)
		if err != nil {
			return c, err
		}
		c.Inputs = append(c.Inputs, o.artifact(in.Stage, in.Types, tree.Digest, tree.Files))
	}
	return c, nil
}

// artifact gives files of the cache as a kind reads them.
func (o *Options) artifact(name string, types []artifact.Type, digest string, files []cache.File) *artifact.Artifact {
	in := &artifact.Artifact{Stage: name, Types: types, Digest: digest, Files: make([]artifact.Blob, len(files))}
	for i, f := range files {
		in.Files[i] = artifact.Blob{Name: f.Name, Size: f.Size, Digest: f.Digest, Path: o.Cache.Path(f.Digest), Exec: f.Exec}
	}
	return in
}

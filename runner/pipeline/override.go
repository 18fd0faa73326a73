package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

// setStage reads the value of a stage's parameter, as YAML. Errors about it have the
// --set itself in place of a file.
func (l *loader) setStage(s setting) {
	place := "--set " + s.text
	if s.pipeline != "" && !slices.ContainsFunc(l.files, func(f *file) bool { return f.Name == s.pipeline }) {
		var names []string
		for _, f := range l.files {
			names = append(names, f.Name)
		}
		l.errs = append(l.errs, &diag.Error{File: place, What: fmt.Sprintf("there is no pipeline %q", s.pipeline), Hint: diag.DidYouMean(s.pipeline, names)})
		return
	}
	n, err := tree.Parse("", []byte(s.value))
	if err != nil {
		var all diag.List
		all.Add(err)
		l.errs = append(l.errs, &diag.Error{File: place, What: all[0].What, Found: all[0].Found, Wanted: all[0].Wanted, Hint: all[0].Hint})
		return
	}
	s.node = placed(n, &tree.File{Name: place})
	l.over = append(l.over, &s)
}

// placed gives a tree with all that it holds in a file, at no line of it.
func placed(n *tree.Node, in *tree.File) *tree.Node {
	c := *n
	c.File, c.Line, c.Col = in, 0, 0
	c.Items, c.Pairs = slices.Clone(n.Items), slices.Clone(n.Pairs)
	for i := range c.Items {
		c.Items[i] = placed(c.Items[i], in)
	}
	for i, p := range c.Pairs {
		c.Pairs[i] = tree.Pair{Key: placed(p.Key, in), Value: placed(p.Value, in)}
	}
	return &c
}

// names says whether a setting is of a stage of that pipeline.
func (s *setting) names(pipeline string, d *declared) bool {
	return (s.pipeline == "" || s.pipeline == pipeline) && (s.stage == d.Name || s.stage == d.Group)
}

// override gives a stage's parameters as they are written with what --set says of
// them put over.
func (b *builder) override(d *declared, with *tree.Node) *tree.Node {
	for _, s := range b.over {
		if !s.names(b.name, d) {
			continue
		}
		s.found = true
		over, ok := params.Put(with, s.param, b.scope.expand(s.node, &b.errs))
		if !ok {
			b.fault(s.node, fmt.Sprintf("%s has no %s that could be set", d.Name, s.param), "", "set what is above it as a whole, as YAML: [a, b] or {a: 1}")
			continue
		}
		with = over
	}
	return with
}

// overridden gives what --set said of stages of the pipeline.
func (b *builder) overridden() []Param {
	var all []Param
	for _, s := range b.over {
		if slices.ContainsFunc(b.stages, func(d *declared) bool { return s.names(b.name, d) }) {
			all = append(all, Param{s.stage + ".with." + s.param, params.Text(s.node)})
		}
	}
	return all
}

// found refuses what was set of stages that no pipeline has.
func (l *loader) found() {
	for _, s := range l.over {
		if s.found {
			continue
		}
		var known []string
		for _, p := range l.project.Pipelines {
			for _, stage := range p.Stages {
				if s.pipeline != "" && s.pipeline != p.Name {
					continue
				}
				known = append(known, stage.Name)
				if stage.Variant != "" && !strings.Contains(s.stage, "/") && !slices.Contains(known, stage.Group) {
					known = append(known, stage.Group)
				}
			}
		}
		l.fault(s.node, fmt.Sprintf("there is no stage %q", s.stage), "", diag.DidYouMean(s.stage, known))
	}
}

package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

// setting is one --set: what it is for and what it says.
type setting struct {
	text            string // as given
	pipeline, param string // pipeline is "" for all
	value           string
	// stage is the stage, or the group, whose parameter is at the path param: STAGE.with.PATH.
	stage string
	node  *tree.Node // of a stage's parameter: the value
	found bool       // of a stage's parameter: there is the stage
}

// applySet changes the declared parameters of the files as --set says, and reads
// what it says of stages.
func (l *loader) applySet() {
	for _, text := range l.opts.Set {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			l.errs = append(l.errs, &diag.Error{What: "--set " + text + " says no value", Wanted: "name=value", Hint: "write --set " + text + "=value"})
			continue
		}
		s := setting{text: text, param: strings.TrimSpace(name), value: value}
		if of, path, found := strings.Cut(s.param, ".with."); found {
			s.stage, s.param = of, path
			if before, after, found := strings.Cut(of, "."); found && !strings.Contains(before, "/") {
				s.pipeline, s.stage = before, after
			}
			l.setStage(s)
			continue
		}
		if before, after, found := strings.Cut(s.param, "."); found {
			s.pipeline, s.param = before, strings.TrimPrefix(after, "params.")
			if before == "params" {
				s.pipeline, s.param = "", after
			}
		}
		l.set(s)
	}
}

func (l *loader) set(s setting) {
	var known []string
	found := false
	for _, f := range l.files {
		if f.Params.Node == nil || s.pipeline != "" && f.Name != s.pipeline {
			continue
		}
		for i, p := range f.Params.Pairs {
			known = append(known, p.Key.Text)
			if p.Key.Text != s.param {
				continue
			}
			found = true
			value, err := typed(p.Value, s)
			if err != nil {
				l.errs = append(l.errs, err)
				continue
			}
			changed := *f.Params.Node
			changed.Pairs = slices.Clone(changed.Pairs)
			changed.Pairs[i].Value = value
			f.Params.Node = &changed
		}
	}
	switch {
	case found || len(l.errs) > 0 && len(known) == 0: // a file that failed may hold it
	case s.pipeline != "" && !slices.ContainsFunc(l.files, func(f *file) bool { return f.Name == s.pipeline }):
		var names []string
		for _, f := range l.files {
			names = append(names, f.Name)
		}
		hint := diag.DidYouMean(s.pipeline, names)
		if strings.Contains(s.pipeline, "/") {
			hint = fmt.Sprintf("a stage's parameter is %s.with.%s", s.pipeline, s.param)
		}
		l.errs = append(l.errs, &diag.Error{What: fmt.Sprintf("--set %s: there is no pipeline %q", s.text, s.pipeline), Hint: hint})
	default:
		hint := diag.DidYouMean(s.param, known)
		if hint == "" {
			hint = "declare it under params:"
		}
		l.errs = append(l.errs, &diag.Error{What: fmt.Sprintf("--set %s: unknown parameter %q", s.text, s.param), Hint: hint})
	}
}

// typed reads the text of a --set as the type of the declared value.
func typed(declared *tree.Node, s setting) (*tree.Node, *diag.Error) {
	n := &tree.Node{Kind: tree.Scalar, Text: s.value, Plain: true}
	wrong := func(wanted, hint string) *diag.Error {
		return &diag.Error{What: "--set " + s.text + " does not fit the declared parameter", Found: n.Describe(), Wanted: wanted, Hint: hint}
	}
	switch typeOf(declared) {
	case "text":
		n.Plain = false
	case "number":
		var x float64
		var whole int64
		switch isWhole := params.Decode(declared, &whole) == nil; {
		case params.Decode(n, &x) != nil && isWhole:
			return nil, wrong("a whole number, as "+declared.Text+" is", "write --set "+s.param+"="+declared.Text)
		case isWhole && params.Decode(n, &whole) != nil:
			return nil, wrong("a whole number, as "+declared.Text+" is", "declare it as "+declared.Text+".0 if it may have decimals")
		case params.Decode(n, &x) != nil:
			return nil, wrong("a number, as "+declared.Text+" is", "write --set "+s.param+"=1.5")
		}
	case "boolean":
		var b bool
		if params.Decode(n, &b) != nil {
			return nil, wrong("true or false", "write --set "+s.param+"=true")
		}
	default:
		parsed, err := tree.Parse("", []byte(s.value))
		if err != nil || declared.Kind != tree.Null && parsed.Kind != declared.Kind {
			return nil, wrong(declared.Describe(), "write it as YAML: [a, b] or {a: 1}")
		}
		return parsed, nil
	}
	return n, nil
}

// typeOf says what a declared parameter is: text, number, boolean, list,
// mapping or null.
func typeOf(n *tree.Node) string {
	switch {
	case n.Kind == tree.List:
		return "list"
	case n.Kind == tree.Map:
		return "mapping"
	case n.Kind == tree.Null:
		return "null"
	case n.Plain && (n.Text == "true" || n.Text == "false"):
		return "boolean"
	}
	var x float64
	if n.Plain && params.Decode(n, &x) == nil {
		return "number"
	}
	return "text"
}

// parameters resolves a file's params, which may refer to those above them,
// and gives the scope that its stages see.
func (l *loader) parameters(f *file) (*scope, []Param) {
	sc := &scope{env: map[string]string{}}
	for _, name := range f.Env {
		value, ok := l.opts.env(name)
		l.project.Sources.Env = append(l.project.Sources.Env, Variable{name, value, ok})
		sc.listed = append(sc.listed, name)
		if ok {
			sc.env[name] = value
		}
	}
	n := f.Params.Node
	if n == nil || n.Kind == tree.Null {
		return sc, nil
	}
	if n.Kind != tree.Map {
		e := n.Fault("the value of params does not fit")
		e.Found, e.Wanted, e.Hint = n.Describe(), "a mapping of names to values", "write name: value"
		l.errs = append(l.errs, e)
		return sc, nil
	}
	var resolved []Param
	for _, p := range n.Pairs {
		name := p.Key.Text
		if !isName(name) || strings.Contains(name, "-") {
			e := p.Key.Fault("this cannot be a parameter's name")
			e.Found, e.Wanted, e.Hint = fmt.Sprintf("%q", name), "letters, digits and _, beginning with a letter, at most 64", "write "+strings.ReplaceAll(suggestName(name), "-", "_")
			l.errs = append(l.errs, e)
			continue
		}
		value := sc.expand(p.Value, &l.errs)
		sc.params = append(sc.params, tree.Pair{Key: p.Key, Value: value})
		resolved = append(resolved, Param{name, params.Text(value)})
	}
	return sc, resolved
}

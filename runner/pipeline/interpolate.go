package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

// scope is what references in a pipeline may name.
type scope struct {
	params []tree.Pair // resolved, in declared order
	listed []string    // environment variables that the pipeline lists
	env    map[string]string
	// failed are values, and their keys, whose references name nothing: what
	// else is wrong with them follows from that.
	failed []*tree.Node
}

// expand gives the tree with its references ${…} replaced. A scalar that is one
// reference becomes the value itself, of whatever type; elsewhere the value's
// text is put in. $${ stands for ${. Trees without references are given back
// as they are.
func (s *scope) expand(n *tree.Node, errs *diag.List) *tree.Node {
	switch n.Kind {
	case tree.Scalar:
		if strings.Contains(n.Text, "${") {
			return s.scalar(n, errs)
		}
	case tree.List:
		items := n.Items
		for i, item := range n.Items {
			if v := s.expand(item, errs); v != item {
				if &items[0] == &n.Items[0] {
					items = slices.Clone(items)
				}
				items[i] = v
			}
		}
		if len(items) > 0 && &items[0] != &n.Items[0] {
			c := *n
			c.Items = items
			return &c
		}
	case tree.Map:
		pairs := n.Pairs
		for i, p := range n.Pairs {
			before := len(s.failed)
			v := s.expand(p.Value, errs)
			if len(s.failed) > before && p.Value.Kind == tree.Scalar {
				s.failed = append(s.failed, p.Key)
			}
			if v != p.Value {
				if &pairs[0] == &n.Pairs[0] {
					pairs = slices.Clone(pairs)
				}
				pairs[i].Value = v
			}
		}
		if len(pairs) > 0 && &pairs[0] != &n.Pairs[0] {
			c := *n
			c.Pairs = pairs
			return &c
		}
	}
	return n
}

// follows says whether an error is about a value whose reference failed.
func (s *scope) follows(e *diag.Error) bool {
	return slices.ContainsFunc(s.failed, func(n *tree.Node) bool {
		return n.File != nil && n.File.Name == e.File && n.Line == e.Line && n.Col == e.Col
	})
}

// scalar replaces the references of a text.
func (s *scope) scalar(n *tree.Node, errs *diag.List) *tree.Node {
	var out strings.Builder
	rest := n.Text
	seen := 0 // references before this one, to find its place
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			break
		}
		if i > 0 && rest[i-1] == '$' { // escaped
			out.WriteString(rest[:i-1] + "${")
			rest, seen = rest[i+2:], seen+1
			continue
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			line, col := n.Find("${", seen)
			e := n.File.Fault(line, col, "the reference has no end")
			e.Found, e.Wanted, e.Hint = rest[i:], "${params.name}", "close it with }, or write $${ for the text ${"
			*errs = append(*errs, e)
			s.failed = append(s.failed, n)
			return n
		}
		name := rest[i+2 : i+end]
		value, err := s.lookup(strings.TrimSpace(name))
		if err != nil {
			line, col := n.Find("${", seen)
			placed := n.File.Fault(line, col+2+len(name)-len(strings.TrimLeft(name, " ")), err.What)
			placed.Found, placed.Wanted, placed.Hint = err.Found, err.Wanted, err.Hint
			*errs = append(*errs, placed)
			s.failed = append(s.failed, n)
			value = &tree.Node{}
		}
		if i == 0 && i+end+1 == len(rest) && out.Len() == 0 {
			return at(value, n)
		}
		if value.Kind == tree.List || value.Kind == tree.Map {
			line, col := n.Find("${", seen)
			e := n.File.Fault(line, col, fmt.Sprintf("%s cannot stand inside a text", rest[i:i+end+1]))
			e.Found, e.Wanted, e.Hint = value.Describe(), "a single value", "let the reference be the whole value"
			*errs = append(*errs, e)
		}
		out.WriteString(rest[:i] + value.Text)
		rest, seen = rest[i+end+1:], seen+1
	}
	out.WriteString(rest)
	c := *n
	c.Text, c.Plain = out.String(), false
	return &c
}

// at gives a value as if it stood at the place of another, so that errors point
// to where it is used.
func at(value, place *tree.Node) *tree.Node {
	c := *value
	c.File, c.Line, c.Col = place.File, place.Line, place.Col
	return &c
}

// lookup gives what a reference names. The error has no place.
func (s *scope) lookup(ref string) (*tree.Node, *diag.Error) {
	head, rest, _ := strings.Cut(ref, ".")
	switch head {
	case "params":
		return s.param(rest)
	case "env":
		return s.variable(rest)
	}
	e := &diag.Error{What: fmt.Sprintf("unknown reference %q", ref), Wanted: "params.name or env.NAME", Hint: "write $${" + ref + "} for the text itself"}
	for _, p := range s.params {
		if p.Key.Text == ref {
			e.Hint = fmt.Sprintf("did you mean ${params.%s}?", ref)
		}
	}
	return nil, e
}

func (s *scope) param(name string) (*tree.Node, *diag.Error) {
	n := &tree.Node{Kind: tree.Map, Pairs: s.params}
	for part := range strings.SplitSeq(name, ".") {
		p, ok := n.Get(part)
		if !ok {
			hint := diag.DidYouMean(part, n.Keys())
			if hint == "" {
				hint = "declare it under params:, above its first use"
			}
			return nil, &diag.Error{What: fmt.Sprintf("unknown parameter %q", name), Hint: hint}
		}
		n = p.Value
	}
	return n, nil
}

func (s *scope) variable(name string) (*tree.Node, *diag.Error) {
	if !slices.Contains(s.listed, name) {
		return nil, &diag.Error{What: fmt.Sprintf("the environment variable %s is not listed", name),
			Hint: fmt.Sprintf("add env: [%s] to the pipeline", strings.Join(append(slices.Clone(s.listed), name), ", "))}
	}
	value, ok := s.env[name]
	if !ok {
		return nil, &diag.Error{What: fmt.Sprintf("the environment variable %s is not set", name),
			Hint: fmt.Sprintf("set it: %s=value labbook run", name)}
	}
	return &tree.Node{Kind: tree.Scalar, Plain: true, Text: value}, nil
}

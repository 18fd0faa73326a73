package params

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/tree"
)

// Restore is the inverse of Lines: it decodes them over v, a pointer to a
// struct that holds the defaults, and gives it the parameters that they were
// listed from.
func Restore(v any, lines []Line) error {
	root := &branch{}
	for _, line := range lines {
		b := root
		for _, step := range steps(line.Path) {
			b = b.child(step)
		}
		b.text, b.listed = line.Value, true
	}
	n, err := root.node()
	if err != nil {
		return err
	}
	return Decode(unplaced(n), v)
}

// branch is a node of the tree that the paths of lines make.
type branch struct {
	step     step
	text     string // of its line
	listed   bool   // it has a line
	children []*branch
}

// step is a name on a path, or an index as "[2]".
type step struct {
	text  string
	index bool
}

func (b *branch) child(step step) *branch {
	for _, c := range b.children {
		if c.step == step {
			return c
		}
	}
	c := &branch{step: step}
	b.children = append(b.children, c)
	return c
}

// steps splits a path: `of[1].params."a key"` into of, [1], params and "a key".
func steps(path string) []step {
	var all []step
	for path != "" {
		end := 0
		if quoted, err := strconv.QuotedPrefix(path); err == nil {
			end = len(quoted)
		} else if end = strings.IndexAny(path[1:], ".[") + 1; end == 0 {
			end = len(path)
		}
		next := step{path[:end], path[0] == '['}
		if text, err := strconv.Unquote(next.text); err == nil {
			next.text = text
		}
		all = append(all, next)
		path = strings.TrimPrefix(path[end:], ".")
	}
	return all
}

// node gives what was written to be listed so.
func (b *branch) node() (*tree.Node, error) {
	var own *tree.Node
	if b.listed {
		var err error
		if own, err = tree.Parse("", []byte(b.text)); err != nil || len(b.children) == 0 {
			return own, err
		}
	}
	n := &tree.Node{Kind: tree.Map}
	if len(b.children) > 0 && b.children[0].step.index {
		n.Kind = tree.List
		slices.SortFunc(b.children, func(x, y *branch) int {
			return cmp.Or(len(x.step.text)-len(y.step.text), cmp.Compare(x.step.text, y.step.text))
		})
	}
	if own != nil { // an ordered mapping, which lists its keys
		place := func(c *branch) int {
			return slices.IndexFunc(own.Pairs, func(p tree.Pair) bool { return p.Key.Text == c.step.text })
		}
		slices.SortFunc(b.children, func(x, y *branch) int { return place(x) - place(y) })
	}
	for _, c := range b.children {
		value, err := c.node()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.step.text, err)
		}
		if n.Kind == tree.List {
			n.Items = append(n.Items, value)
		} else {
			n.Pairs = append(n.Pairs, tree.Pair{Key: &tree.Node{Kind: tree.Scalar, Text: c.step.text, Plain: true}, Value: value})
		}
	}
	return n, nil
}

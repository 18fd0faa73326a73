package params

import (
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/tree"
)

// Put gives what was written with a value at a path, as in Lines, in place of what is
// there. Mappings on the way are made; ok is false where the path leads through
// something else, or to a place that a list does not have.
func Put(n *tree.Node, path string, value *tree.Node) (put *tree.Node, ok bool) {
	return putAt(n, steps(path), value)
}

func putAt(n *tree.Node, way []step, value *tree.Node) (*tree.Node, bool) {
	if len(way) == 0 {
		return value, true
	}
	next := way[0]
	c := tree.Node{Kind: tree.Map, File: value.File}
	switch {
	case next.index && n != nil && n.Kind == tree.List:
		at, err := strconv.Atoi(strings.Trim(next.text, "[]"))
		if err != nil || at < 0 || at >= len(n.Items) {
			return nil, false
		}
		item, ok := putAt(n.Items[at], way[1:], value)
		c = *n
		c.Items = slices.Clone(n.Items)
		c.Items[at] = item
		return &c, ok
	case next.index || next.text == "":
		return nil, false
	case n != nil && n.Kind == tree.Map:
		c = *n
		c.Pairs = slices.Clone(n.Pairs)
	case n != nil && n.Kind != tree.Null:
		return nil, false
	}
	i := slices.IndexFunc(c.Pairs, func(p tree.Pair) bool { return p.Key.Text == next.text })
	if i < 0 {
		i = len(c.Pairs)
		c.Pairs = append(c.Pairs, tree.Pair{Key: &tree.Node{Kind: tree.Scalar, Plain: true, Text: next.text, File: value.File}})
	}
	below, ok := putAt(c.Pairs[i].Value, way[1:], value)
	c.Pairs[i].Value = below
	return &c, ok
}

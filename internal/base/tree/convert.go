package tree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"labbook/internal/base/diag"
)

// converter makes the tree of a document.
type converter struct {
	file    *File
	anchors map[string]*anchored
	aliased int // nodes added by aliases
	errs    diag.List
	doubled int // of errs, those about keys that stand twice
}

// anchored is the value of an anchor; node is nil while it is being read.
type anchored struct {
	node *Node
	size int // nodes in it, with what its own aliases add
}

func (c *converter) fail(t *token.Token, what, hint string) {
	if len(c.errs) >= maxErrors {
		return
	}
	e := c.file.Fault(t.Position.Line, t.Position.Column, what)
	e.Hint = hint
	c.errs = append(c.errs, e)
}

// at makes a node at a token.
func (c *converter) at(t *token.Token, kind Kind) *Node {
	return &Node{Kind: kind, File: c.file, Line: t.Position.Line, Col: t.Position.Column}
}

func (c *converter) scalar(t *token.Token, text string, plain bool) *Node {
	n := c.at(t, Scalar)
	n.Text, n.Plain = restore(text), plain
	return n
}

// node converts; it always gives a node, a Null one after an error.
func (c *converter) node(n ast.Node, depth int) *Node {
	if depth > maxDepth {
		c.fail(n.GetToken(), tooDeep, "write it flatter")
		return c.at(n.GetToken(), Null)
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return c.at(n.Token, Null)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return c.scalar(n.GetToken(), n.GetToken().Value, true)
	case *ast.StringNode:
		return c.scalar(n.Token, n.Value, n.Token.Type == token.StringType)
	case *ast.LiteralNode:
		return c.scalar(n.Start, n.Value.Value, false)
	case *ast.SequenceNode:
		list := c.at(n.Start, List)
		for _, item := range n.Values {
			list.Items = append(list.Items, c.node(item, depth+1))
		}
		return list
	case *ast.MappingNode:
		m := c.at(n.Start, Map)
		if !n.IsFlowStyle && len(n.Values) > 0 {
			m = c.at(n.Values[0].Key.GetToken(), Map)
		}
		return c.mapping(m, n.Values, depth)
	case *ast.MappingValueNode:
		return c.mapping(c.at(n.Key.GetToken(), Map), []*ast.MappingValueNode{n}, depth)
	case *ast.AnchorNode:
		return c.anchor(n, depth)
	case *ast.AliasNode:
		return c.alias(n)
	case *ast.TagNode:
		if n.Start.Value == "!!str" && n.Value != nil {
			v := *c.node(n.Value, depth+1)
			v.Plain = false
			return &v
		}
		c.fail(n.Start, fmt.Sprintf("the tag %s has no meaning here", n.Start.Value), "remove the tag")
		return c.at(n.Start, Null)
	}
	c.fail(n.GetToken(), fmt.Sprintf("%s has no meaning here", strings.ToLower(n.Type().String())), "write plain mappings, lists and values")
	return c.at(n.GetToken(), Null)
}

// mapping fills a map with its entries, merges what << names, and refuses keys
// that stand twice.
func (c *converter) mapping(m *Node, values []*ast.MappingValueNode, depth int) *Node {
	m.Pairs = make([]Pair, 0, len(values))
	seen := make(map[string]*Node, len(values))
	var merged []*Node
	for _, v := range values {
		value := c.node(v.Value, depth+1)
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, c.merge(value)...)
			continue
		}
		key, ok := c.key(v.Key)
		if !ok || c.cut(key, v.Key.GetToken()) {
			continue
		}
		if before := seen[key.Text]; before != nil {
			if len(c.errs) < maxErrors {
				c.doubled++
			}
			c.fail(v.Key.GetToken(), fmt.Sprintf("the key %q stands twice", key.Text),
				fmt.Sprintf("remove one of them; the first is on line %d", before.Line))
			continue
		}
		seen[key.Text] = key
		m.Pairs = append(m.Pairs, Pair{key, value})
	}
	for _, other := range merged {
		for _, p := range other.Pairs {
			if seen[p.Key.Text] == nil {
				seen[p.Key.Text] = p.Key
				m.Pairs = append(m.Pairs, p)
			}
		}
	}
	return m
}

// key gives a map's key, which must be a scalar.
func (c *converter) key(k ast.MapKeyNode) (*Node, bool) {
	n := c.node(k, 0)
	if n.Kind == Scalar || n.Kind == Null {
		n.Kind = Scalar
		if n.Text == "" && n.Plain {
			n.Text = k.GetToken().Value
		}
		return n, true
	}
	c.fail(k.GetToken(), "a key must be a plain word", "write key: value")
	return nil, false
}

// cut reports a key in { } that ends at a colon which no blank follows. YAML reads
// on until there is one; the parser (goccy/go-yaml, in its scanner) does not, and
// would take 12:30: t for 12 with the value 30: t.
func (c *converter) cut(key *Node, t *token.Token) bool {
	if key.Line < 1 || key.Line > len(c.file.lines) || t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		return false
	}
	source := c.file.lines[key.Line-1]
	rest, ok := strings.CutPrefix(source[runeOffset(source, key.Col-1):], key.Text)
	if !ok || len(rest) < 2 || rest[0] != ':' || strings.ContainsRune(" \t,[]{}", rune(rest[1])) {
		return false
	}
	meant, _, _ := strings.Cut(key.Text+rest, ": ")
	meant = strings.TrimRight(strings.TrimSpace(meant), ",}")
	e := key.Fault("a colon without a blank behind it ends no key")
	e.Found = meant
	e.Hint = fmt.Sprintf("put the key in quotes, as in %q: …, or write a blank behind the colon: %s: %s", meant, key.Text, strings.TrimPrefix(meant, key.Text+":"))
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, e)
	}
	return true
}

// merge gives the maps that the value of << stands for.
func (c *converter) merge(value *Node) []*Node {
	switch value.Kind {
	case Map:
		return []*Node{value}
	case List:
		var maps []*Node
		for _, item := range value.Items {
			maps = append(maps, c.merge(item)...)
		}
		return maps
	}
	e := value.Fault("<< merges mappings only")
	e.Found, e.Wanted, e.Hint = value.Describe(), "an alias of a mapping", "write <<: *name"
	c.errs = append(c.errs, e)
	return nil
}

func (c *converter) anchor(n *ast.AnchorNode, depth int) *Node {
	name := n.Name.GetToken().Value
	a := &anchored{}
	c.anchors[name] = a
	before := c.aliased
	value := c.node(n.Value, depth+1)
	a.node, a.size = value, count(value)+c.aliased-before
	return value
}

// alias gives the anchored node itself: nodes are never changed, so they can
// be shared. What walking it costs is counted.
func (c *converter) alias(n *ast.AliasNode) *Node {
	t := n.Value.GetToken()
	a := c.anchors[t.Value]
	switch {
	case a == nil:
		names := make([]string, 0, len(c.anchors))
		for name := range c.anchors {
			names = append(names, name)
		}
		slices.Sort(names)
		hint := diag.DidYouMean(t.Value, names)
		if hint == "" {
			hint = fmt.Sprintf("mark a value with &%s above this line", t.Value)
		}
		c.fail(t, fmt.Sprintf("unknown alias *%s", t.Value), hint)
	case a.node == nil:
		c.fail(t, fmt.Sprintf("the alias *%s stands inside its own anchor", t.Value), "write the value out")
	case c.aliased+a.size > maxAliased:
		if c.aliased <= maxAliased { // said once
			c.fail(t, "aliases blow the file up", fmt.Sprintf("write values out; aliases may add at most %d values", maxAliased))
		}
		c.aliased = maxAliased + 1
	default:
		c.aliased += a.size
		return a.node
	}
	return c.at(t, Null)
}

// count gives the number of nodes in a tree, which is bounded by the file's
// size and maxAliased.
func count(n *Node) int {
	total := 1
	for _, item := range n.Items {
		total += count(item)
	}
	for _, p := range n.Pairs {
		total += count(p.Value)
	}
	return total
}

package expression

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"labbook/internal/base/diag"

	"github.com/expr-lang/expr/ast"
)

// comparison compares two values of one kind. What is missing makes it false.
func (c *compiler) comparison(n *ast.BinaryNode, x, y node) node {
	x, y = c.asDate(n.Left, x, y), c.asDate(n.Right, y, x)
	if c.err != nil {
		return node{}
	}
	if x.kind != y.kind {
		hint := "number(x) reads a text as a number"
		if x.kind == Bool || y.kind == Bool {
			hint = "put and, or or parentheses between the comparisons"
		}
		return c.fail(n, fmt.Sprintf("a %s is compared with a %s", x.kind, y.kind), hint)
	}
	for _, side := range []struct {
		at    ast.Node
		value node
	}{{n.Left, x}, {n.Right, y}} {
		if l := side.value.literal; l != nil && *l == "" {
			return c.fail(side.at, "a comparison with nothing is always false", "ask missing(x), or not missing(x)")
		}
	}
	switch x.kind {
	case Bool:
		switch n.Operator {
		case "==":
			return compare(x.bools, y.bools, func(x, y bool) bool { return x == y })
		case "!=":
			return compare(x.bools, y.bools, func(x, y bool) bool { return x != y })
		}
		return c.fail(n, "truth values have no order", "use == or !=")
	case Text:
		return c.textComparison(n, x, y)
	}
	holds := holding[float64](n.Operator)
	return compare(x.numbers, y.numbers, func(x, y float64) bool {
		return !missingNumber(x) && !missingNumber(y) && holds(x, y)
	})
}

// textComparison compares by bytes, but the levels of a category with an order
// by that order.
func (c *compiler) textComparison(n *ast.BinaryNode, x, y node) node {
	if !c.levelKnownOf(n.Right, x, y) || !c.levelKnownOf(n.Left, y, x) {
		return node{}
	}
	holds := holding[string](n.Operator)
	levels := orderOf(x, y)
	if levels == nil || n.Operator == "==" || n.Operator == "!=" {
		return compare(x.texts, y.texts, func(x, y string) bool { return x != "" && y != "" && holds(x, y) })
	}
	rank := make(map[string]int, len(levels))
	for i, l := range levels {
		rank[l] = i + 1
	}
	inOrder := holding[int](n.Operator)
	return compare(x.texts, y.texts, func(x, y string) bool {
		i, j := rank[x], rank[y]
		return i > 0 && j > 0 && inOrder(i, j)
	})
}

// orderOf gives the declared order of the category among the two, or nil.
func orderOf(x, y node) []string {
	for _, n := range []node{x, y} {
		if n.field != nil && n.field.Ordered {
			return n.field.Levels
		}
	}
	return nil
}

func (c *compiler) levelKnownOf(at ast.Node, column, value node) bool {
	return value.literal == nil || c.levelKnown(at, column, *value.literal)
}

// levelKnown fails for a level that a category with declared order cannot have:
// a comparison with it would never hold.
func (c *compiler) levelKnown(at ast.Node, column node, level string) bool {
	f := column.field
	if c.err == nil && f != nil && f.Ordered && !slices.Contains(f.Levels, level) {
		c.fail(at, fmt.Sprintf("%s has no level %q", f.Name, level), diag.DidYouMean(level, f.Levels))
	}
	return c.err == nil
}

// holding gives the relation of an operator.
func holding[T cmp.Ordered](operator string) func(x, y T) bool {
	switch operator {
	case "==":
		return func(x, y T) bool { return x == y }
	case "!=":
		return func(x, y T) bool { return x != y }
	case "<":
		return func(x, y T) bool { return x < y }
	case "<=":
		return func(x, y T) bool { return x <= y }
	case ">":
		return func(x, y T) bool { return x > y }
	}
	return func(x, y T) bool { return x >= y }
}

// asDate reads a text written in the formula as a date when it meets one.
func (c *compiler) asDate(at ast.Node, x, other node) node {
	if other.kind != Date || x.literal == nil {
		return x
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
		if t, err := time.Parse(layout, *x.literal); err == nil {
			return constNumber(Date, float64(t.Unix()))
		}
	}
	return c.fail(at, "this is not a date", `write it like "2024-01-31" or "2024-01-31 15:04:05"`)
}

package expression

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"

	"github.com/expr-lang/expr/ast"
)

// compiler turns a syntax tree into nodes. After the first error everything it
// gives is void.
type compiler struct {
	source  string
	fields  []table.Field
	columns []table.Field
	scope   []variable // of let, the innermost last
	err     *diag.Error
}

type variable struct {
	name string
	node node
}

func (c *compiler) fail(n ast.Node, what, hint string) node {
	if c.err == nil {
		c.err = c.problem(n.Location().From, what, hint)
	}
	return node{}
}

func (c *compiler) compile(n ast.Node) node {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constNumber(Number, float64(n.Value))
	case *ast.FloatNode:
		return constNumber(Number, n.Value)
	case *ast.StringNode:
		return constText(n.Value)
	case *ast.BoolNode:
		return constBool(n.Value)
	case *ast.IdentifierNode:
		return c.name(n, n.Value)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.BuiltinNode:
		return c.call(n, n.Name, n.Arguments)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return c.call(n, callee.Value, n.Arguments)
		}
	case *ast.VariableDeclaratorNode:
		value := c.compile(n.Value)
		c.scope = append(c.scope, variable{n.Name, value})
		body := c.compile(n.Expr)
		c.scope = c.scope[:len(c.scope)-1]
		return body
	case *ast.NilNode:
		return c.fail(n, "there is no nil", "ask missing(x)")
	case *ast.MemberNode:
		return c.fail(n, "values have no members", `a column whose name is not a plain word is written column("bill length")`)
	case nil:
		return c.fail(&ast.NilNode{}, "the formula is incomplete", "complete it")
	}
	return c.fail(n, "this is not part of formulas over columns", "use arithmetic, comparisons, and, or, not, in, ?: and functions")
}

// name finds a variable or a column.
func (c *compiler) name(n ast.Node, name string) node {
	for _, v := range slices.Backward(c.scope) {
		if v.name == name {
			return v.node
		}
	}
	for i := range c.columns {
		if c.columns[i].Name == name {
			return columnNode(i, &c.columns[i])
		}
	}
	var names []string
	for _, f := range c.fields {
		if f.Name == name {
			c.columns = append(c.columns, f)
			return columnNode(len(c.columns)-1, &f)
		}
		names = append(names, f.Name)
	}
	c.known(n, name, names)
	return node{}
}

// known fails where a name is none of the columns.
func (c *compiler) known(n ast.Node, name string, columns []string) {
	if !slices.Contains(columns, name) {
		c.fail(n, fmt.Sprintf("there is no column %q", name), diag.DidYouMean(name, columns))
	}
}

func (c *compiler) unary(n *ast.UnaryNode) node {
	x := c.compile(n.Node)
	switch n.Operator {
	case "not", "!":
		if c.wanted(n.Node, x, Bool) {
			return test(x.bools, func(v bool) bool { return !v })
		}
	case "-":
		if c.wanted(n.Node, x, Number) {
			return mapNumbers(x, func(v float64) float64 { return -v })
		}
	case "+":
		if c.wanted(n.Node, x, Number) {
			return x
		}
	default:
		return c.fail(n, "unknown operator "+n.Operator, "use not or -")
	}
	return node{}
}

// wanted reports whether x is of one of the kinds, and fails if it is not.
func (c *compiler) wanted(at ast.Node, x node, kinds ...Kind) bool {
	if c.err == nil && !slices.Contains(kinds, x.kind) {
		hint := "compare it with something"
		if x.kind == Text && kinds[0] == Number {
			hint = "number(x) reads a text as a number"
		}
		c.fail(at, fmt.Sprintf("this is a %s where a %s is needed", x.kind, kinds[0]), hint)
	}
	return c.err == nil
}

func (c *compiler) conditional(n *ast.ConditionalNode) node {
	which, yes, no := c.compile(n.Cond), c.compile(n.Exp1), c.compile(n.Exp2)
	if !c.wanted(n.Cond, which, Bool) || !c.wanted(n.Exp2, no, yes.kind) {
		return node{}
	}
	switch yes.kind {
	case Text:
		return node{kind: Text, texts: choose(which.bools, yes.texts, no.texts)}
	case Bool:
		return node{kind: Bool, bools: choose(which.bools, yes.bools, no.bools)}
	}
	return node{kind: yes.kind, numbers: choose(which.bools, yes.numbers, no.numbers)}
}

func (c *compiler) binary(n *ast.BinaryNode) node {
	if n.Operator == "in" {
		return c.in(n)
	}
	x, y := c.compile(n.Left), c.compile(n.Right)
	if c.err != nil {
		return node{}
	}
	switch n.Operator {
	case "and", "&&":
		if c.wanted(n.Left, x, Bool) && c.wanted(n.Right, y, Bool) {
			return compare(x.bools, y.bools, func(x, y bool) bool { return x && y })
		}
	case "or", "||":
		if c.wanted(n.Left, x, Bool) && c.wanted(n.Right, y, Bool) {
			return compare(x.bools, y.bools, func(x, y bool) bool { return x || y })
		}
	case "==", "!=", "<", "<=", ">", ">=":
		return c.comparison(n, x, y)
	case "contains", "startsWith", "endsWith", "matches":
		return c.textTest(n, x, y)
	case "??":
		if !c.wanted(n.Left, x, Number, Text, Date) || !c.wanted(n.Right, y, x.kind) {
			break
		}
		if x.kind == Text {
			return node{kind: Text, texts: coalesce(x.texts, y.texts, missingText)}
		}
		return node{kind: x.kind, numbers: coalesce(x.numbers, y.numbers, missingNumber)}
	default:
		return c.arithmetic(n, x, y)
	}
	return node{}
}

func missingText(s string) bool    { return s == "" }
func missingNumber(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
func isMissing(x node) (n node)    { return choosePredicate(x, missingText, missingNumber) }
func choosePredicate(x node, text func(string) bool, number func(float64) bool) node {
	if x.kind == Text {
		return test(x.texts, text)
	}
	return test(x.numbers, number)
}

const day = 24 * 60 * 60 // in seconds

func (c *compiler) arithmetic(n *ast.BinaryNode, x, y node) node {
	switch {
	case n.Operator == "+" && x.kind == Text && y.kind == Text:
		return node{kind: Text, texts: func(b *block) []string {
			left, right := x.texts(b), y.texts(b)
			for i := range left {
				if left[i] == "" || right[i] == "" {
					left[i] = ""
				} else {
					left[i] += right[i]
				}
			}
			return left
		}}
	case n.Operator == "-" && x.kind == Date && y.kind == Date:
		return zipNumbers(Number, x, y, func(x, y float64) float64 { return (x - y) / day })
	case n.Operator == "-" && x.kind == Date && y.kind == Number:
		return zipNumbers(Date, x, y, func(x, y float64) float64 { return x - y*day })
	case n.Operator == "+" && x.kind == Date && y.kind == Number:
		return zipNumbers(Date, x, y, func(x, y float64) float64 { return x + y*day })
	}
	f, known := arithmetics[n.Operator]
	if !known {
		return c.fail(n, "unknown operator "+n.Operator, "known are + - * / % and **")
	}
	if !c.wanted(n.Left, x, Number) || !c.wanted(n.Right, y, Number) {
		return node{}
	}
	return zipNumbers(Number, x, y, f)
}

var arithmetics = map[string]func(x, y float64) float64{
	"+":  func(x, y float64) float64 { return x + y },
	"-":  func(x, y float64) float64 { return x - y },
	"*":  func(x, y float64) float64 { return x * y },
	"/":  func(x, y float64) float64 { return x / y },
	"%":  math.Mod,
	"**": math.Pow,
	"^":  math.Pow,
}

// in is membership of a list of constants.
func (c *compiler) in(n *ast.BinaryNode) node {
	x := c.compile(n.Left)
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return c.fail(n.Right, "in wants a list", `write it like: cut in ["Good", "Ideal"]`)
	}
	numbers, texts := map[float64]bool{}, map[string]bool{}
	for _, item := range list.Nodes {
		y := c.compile(item)
		if c.err != nil || !c.wanted(item, y, x.kind) {
			return node{}
		}
		switch y.kind {
		case Text:
			if y.literal == nil {
				return c.fail(item, "the list may hold constants only", "compare with columns by ==")
			}
			if !c.levelKnown(item, x, *y.literal) {
				return node{}
			}
			texts[*y.literal] = true
		case Number:
			v, constant := constantOf(item)
			if !constant {
				return c.fail(item, "the list may hold constants only", "compare with columns by ==")
			}
			numbers[v] = true
		}
	}
	if !c.wanted(n.Left, x, Text, Number) {
		return node{}
	}
	return choosePredicate(x, func(s string) bool { return s != "" && texts[s] }, func(v float64) bool { return numbers[v] })
}

func constantOf(n ast.Node) (float64, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return float64(n.Value), true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.UnaryNode:
		v, ok := constantOf(n.Node)
		return -v, ok && n.Operator == "-"
	}
	return 0, false
}

func (c *compiler) textTest(n *ast.BinaryNode, x, y node) node {
	if !c.wanted(n.Left, x, Text) || !c.wanted(n.Right, y, Text) {
		return node{}
	}
	tests := map[string]func(x, y string) bool{
		"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
	}
	if f, ok := tests[n.Operator]; ok {
		return compare(x.texts, y.texts, func(x, y string) bool { return x != "" && y != "" && f(x, y) })
	}
	if y.literal == nil {
		return c.fail(n.Right, "matches wants a pattern written in the formula", `write it like: name matches "^A"`)
	}
	pattern, err := regexp.Compile(*y.literal)
	if err != nil {
		return c.fail(n.Right, err.Error(), "the syntax is that of https://golang.org/s/re2syntax")
	}
	return test(x.texts, func(s string) bool { return s != "" && pattern.MatchString(s) })
}

package exchange

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"labbook/internal/base/diag"
	"labbook/internal/data/expression"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models/exchange/onnx"
)

// term is a part of a formula in the graph: a value that is N x 1 or a constant.
type term struct {
	v       onnx.Value
	kind    expression.Kind
	field   *table.Field // of a column
	literal *string      // of a text written in the formula
}

// deriver writes one formula, that package expression has compiled before, into a
// graph; what it means is said there. After the first refusal all it gives is void.
type deriver struct {
	*translation
	part   features.DerivedPart
	fields []table.Field
	scope  []binding // of let, the innermost last
	err    error
}

type binding struct {
	name string
	term term
}

// derive gives a derived column that reads the fields.
func (t *translation) derive(part features.DerivedPart, fields []table.Field) (onnx.Value, error) {
	d := &deriver{translation: t, part: part, fields: fields}
	tree, err := parser.Parse(part.Expr)
	if err != nil {
		return "", fmt.Errorf("derived column %q: %w", part.Field.Name, err)
	}
	x := d.term(tree.Node)
	if d.err != nil {
		return "", d.err
	}
	v := x.v
	switch x.kind {
	case expression.Bool:
		v = t.g.Cast(v)
	case expression.Number, expression.Date:
		v = t.g.Op("Where", t.g.Op("IsInf", v), t.g.NaN(), v)
	}
	return t.g.Op("Expand", v, t.g.Op("Shape", t.first)), nil
}

// refuse says what of the formula has no form in ONNX.
func (d *deriver) refuse(what string) term {
	if d.err == nil {
		d.err = &diag.Error{What: fmt.Sprintf("the derived column %q has no form in ONNX: %s", d.part.Field.Name, what),
			Found: d.part.Expr, Wanted: "arithmetic, comparisons, in, ?: and ??, and functions of numbers and dates",
			Hint: "give the column in the data, or derive it otherwise, and train again"}
	}
	return term{kind: expression.Number, v: d.g.NaN()}
}

func (d *deriver) number(v onnx.Value) term { return term{v: v, kind: expression.Number} }
func (d *deriver) truth(v onnx.Value) term  { return term{v: v, kind: expression.Bool} }

func (d *deriver) text(s string) term {
	return term{v: d.g.Const(onnx.Strings([]string{s})), kind: expression.Text, literal: &s}
}

func (d *deriver) term(n ast.Node) term {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return d.number(d.g.Number(float64(n.Value)))
	case *ast.FloatNode:
		return d.number(d.g.Number(n.Value))
	case *ast.StringNode:
		return d.text(n.Value)
	case *ast.BoolNode:
		return d.truth(d.g.Const(onnx.Bool(n.Value)))
	case *ast.IdentifierNode:
		return d.name(n.Value)
	case *ast.UnaryNode:
		return d.unary(n)
	case *ast.BinaryNode:
		return d.binary(n)
	case *ast.ConditionalNode:
		return d.choose(d.term(n.Cond).v, d.term(n.Exp1), d.term(n.Exp2))
	case *ast.BuiltinNode:
		return d.call(n.Name, n.Arguments)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return d.call(callee.Value, n.Arguments)
		}
	case *ast.VariableDeclaratorNode:
		d.scope = append(d.scope, binding{n.Name, d.term(n.Value)})
		body := d.term(n.Expr)
		d.scope = d.scope[:len(d.scope)-1]
		return body
	}
	return d.refuse(n.String())
}

func (d *deriver) name(name string) term {
	for _, b := range slices.Backward(d.scope) {
		if b.name == name {
			return b.term
		}
	}
	for i := range d.fields {
		f := &d.fields[i]
		if f.Name != name {
			continue
		}
		kind := map[table.Type]expression.Kind{table.Number: expression.Number, table.Date: expression.Date}[f.Type]
		if kind == "" {
			kind = expression.Text
		}
		return term{v: d.columns[name], kind: kind, field: f}
	}
	return d.refuse("there is no column " + name)
}

func (d *deriver) unary(n *ast.UnaryNode) term {
	x := d.term(n.Node)
	switch n.Operator {
	case "not", "!":
		return d.truth(d.g.Op("Not", x.v))
	case "-":
		return d.number(d.g.Op("Neg", x.v))
	}
	return x
}

func (d *deriver) choose(when onnx.Value, yes, no term) term {
	if yes.kind == expression.Bool {
		g := d.g
		return d.truth(g.Op("Or", g.Op("And", when, yes.v), g.Op("And", g.Op("Not", when), no.v)))
	}
	return term{v: d.g.Op("Where", when, yes.v, no.v), kind: yes.kind}
}

// missing says which values are missing.
func (d *deriver) missing(x term) onnx.Value {
	if x.kind == expression.Text {
		return d.g.Op("Equal", x.v, d.g.Const(onnx.Strings([]string{""})))
	}
	return d.g.Op("Or", d.g.Op("IsNaN", x.v), d.g.Op("IsInf", x.v))
}

// present says for which rows all of these have a value.
func (d *deriver) present(terms ...term) onnx.Value {
	var all onnx.Value
	for _, x := range terms {
		is := d.g.Op("Not", d.missing(x))
		if all == "" {
			all = is
		} else {
			all = d.g.Op("And", all, is)
		}
	}
	return all
}

// operators are those of numbers, and of truth values, that mean the same here.
var operators = map[string]string{"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow", "^": "Pow",
	"and": "And", "&&": "And", "or": "Or", "||": "Or"}

func (d *deriver) binary(n *ast.BinaryNode) term {
	if n.Operator == "in" {
		return d.in(n)
	}
	x, y := d.term(n.Left), d.term(n.Right)
	if d.err != nil {
		return x
	}
	switch n.Operator {
	case "and", "&&", "or", "||":
		return d.truth(d.g.Op(operators[n.Operator], x.v, y.v))
	case "==", "!=", "<", "<=", ">", ">=":
		return d.comparison(n.Operator, d.asDate(x, y), d.asDate(y, x))
	case "contains", "startsWith", "endsWith", "matches":
		return d.textTest(n.Operator, x, y)
	case "??":
		return d.choose(d.missing(x), y, x)
	}
	return d.arithmetic(n.Operator, x, y)
}

func (d *deriver) arithmetic(operator string, x, y term) term {
	g := d.g
	switch {
	case operator == "+" && x.kind == expression.Text:
		both := g.Op("StringConcat", x.v, y.v)
		return term{v: g.Op("Where", d.present(x, y), both, d.text("").v), kind: expression.Text}
	case x.kind == expression.Date && y.kind == expression.Date:
		return d.number(g.Op("Div", g.Op("Sub", x.v, y.v), g.Number(secondsADay)))
	case x.kind == expression.Date:
		return term{v: g.Op(operators[operator], x.v, d.times(y.v, secondsADay)), kind: expression.Date}
	case operator == "%":
		return d.number(g.OpIn("", "Mod", []onnx.Attr{onnx.Int("fmod", 1)}, x.v, y.v))
	}
	return d.number(g.Op(operators[operator], x.v, y.v))
}

// comparison is false where a value is missing.
func (d *deriver) comparison(operator string, x, y term) term {
	g := d.g
	if x.kind == expression.Bool {
		same := g.Op("Equal", x.v, y.v)
		if operator == "!=" {
			same = g.Op("Not", same)
		}
		return d.truth(same)
	}
	present := d.present(x, y)
	if x.kind == expression.Text && operator != "==" && operator != "!=" {
		levels := orderOf(x, y)
		if levels == nil {
			return d.refuse("texts have no order there")
		}
		x, y = d.ranked(x, levels), d.ranked(y, levels)
		present = g.Op("And", present, d.present(x, y))
	}
	holds := map[string]string{"==": "Equal", "!=": "Equal", "<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}
	v := g.Op(holds[operator], x.v, y.v)
	if operator == "!=" {
		v = g.Op("Not", v)
	}
	return d.truth(g.Op("And", present, v))
}

// orderOf gives the declared order of the category among the two, or nil.
func orderOf(terms ...term) []string {
	for _, x := range terms {
		if x.field != nil && x.field.Ordered {
			return x.field.Levels
		}
	}
	return nil
}

// ranked gives the places of texts among levels, NaN of others.
func (d *deriver) ranked(x term, levels []string) term {
	places := make([]float64, len(levels))
	for i := range places {
		places[i] = float64(i)
	}
	return d.number(d.lookUp(x.v, levels, places, math.NaN()))
}

// asDate reads a text written in the formula as a date where it meets one.
func (d *deriver) asDate(x, other term) term {
	if other.kind != expression.Date || x.literal == nil {
		return x
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
		if t, err := time.Parse(layout, *x.literal); err == nil {
			return term{v: d.g.Number(float64(t.Unix())), kind: expression.Date}
		}
	}
	return d.refuse("the date " + *x.literal)
}

// in is membership of a list of constants.
func (d *deriver) in(n *ast.BinaryNode) term {
	x := d.term(n.Left)
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return d.refuse(n.String())
	}
	is := d.g.Const(onnx.Bool(false))
	for _, item := range list.Nodes {
		is = d.g.Op("Or", is, d.g.Op("Equal", x.v, d.term(item).v))
	}
	if x.kind == expression.Text {
		is = d.g.Op("And", is, d.present(x))
	}
	return d.truth(is)
}

// textTest looks for a text, or a pattern, that is written in the formula.
func (d *deriver) textTest(operator string, x, y term) term {
	if y.literal == nil {
		return d.refuse(operator + " wants a text that is written in the formula")
	}
	const any = `(?s:.*)`
	pattern := regexp.QuoteMeta(*y.literal)
	switch operator {
	case "startsWith":
		pattern += any
	case "endsWith":
		pattern = any + pattern
	case "contains":
		pattern = any + pattern + any
	case "matches":
		pattern = any + "(?:" + *y.literal + ")" + any
	}
	v := d.g.OpIn("", "RegexFullMatch", []onnx.Attr{onnx.Str("pattern", pattern)}, x.v)
	return d.truth(d.g.Op("And", d.present(x, y), v))
}

package exchange

import (
	"fmt"
	"math"
	"regexp"

	"labbook/internal/base/diag"
	"labbook/internal/data/expression"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models/exchange/onnx"
)

// deriver writes one formula, that package expression has compiled before, into a
// graph; what it means is said there. A part is a value that is N x 1 or a constant.
// After the first refusal all it gives is void.
type deriver struct {
	*translation
	part  features.DerivedPart
	terms map[*expression.Said]onnx.Value // those that were written
	err   error
}

// derive gives a derived column that reads the fields.
func (t *translation) derive(part features.DerivedPart, fields []table.Field) (onnx.Value, error) {
	said, err := expression.Say(part.Expr, fields)
	if err != nil {
		return "", fmt.Errorf("derived column %q: %w", part.Field.Name, err)
	}
	d := &deriver{translation: t, part: part, terms: map[*expression.Said]onnx.Value{}}
	v := d.term(said)
	if d.err != nil {
		return "", d.err
	}
	switch said.Kind {
	case expression.Bool:
		v = t.g.Cast(v)
	case expression.Number, expression.Date:
		v = t.g.Op("Where", t.g.Op("IsInf", v), t.g.NaN(), v)
	}
	return t.g.Op("Expand", v, t.g.Op("Shape", t.first)), nil
}

// refuse says what of the formula has no form in ONNX.
func (d *deriver) refuse(what string) onnx.Value {
	if d.err == nil {
		d.err = &diag.Error{What: fmt.Sprintf("the derived column %q has no form in ONNX: %s", d.part.Field.Name, what),
			Found: d.part.Expr, Wanted: "arithmetic, comparisons, in, ?: and ??, and functions of numbers and dates",
			Hint: "give the column in the data, or derive it otherwise, and train again"}
	}
	return d.g.NaN()
}

func (d *deriver) text(s string) onnx.Value { return d.g.Const(onnx.Strings([]string{s})) }

// term gives a part; what let names is written once.
func (d *deriver) term(n *expression.Said) onnx.Value {
	v, known := d.terms[n]
	if !known {
		v = d.write(n)
		d.terms[n] = v
	}
	return v
}

func (d *deriver) write(n *expression.Said) onnx.Value {
	args := make([]onnx.Value, len(n.Args))
	for i, a := range n.Args {
		args[i] = d.term(a)
	}
	if d.err != nil {
		return d.g.NaN()
	}
	switch n.Op {
	case "constant":
		return d.g.Number(n.Number)
	case "text":
		return d.text(n.Text)
	case "bool":
		return d.g.Const(onnx.Bool(n.Number == 1))
	case "column":
		return d.columns[n.Text]
	case "not":
		return d.g.Op("Not", args[0])
	case "neg":
		return d.g.Op("Neg", args[0])
	case "if":
		return d.choose(n.Kind, args[0], args[1], args[2])
	case "??":
		return d.choose(n.Kind, d.missing(n.Args[0]), args[1], args[0])
	case "==", "!=", "<", "<=", ">", ">=":
		return d.comparison(n)
	case "in":
		return d.in(n.Args[0], args)
	case "contains", "startsWith", "endsWith", "matches":
		return d.textTest(n.Op, n.Args[0], n.Args[1])
	}
	if operator, ok := operators[n.Op]; ok {
		return d.g.Op(operator, args[0], args[1])
	}
	return d.other(n, args)
}

// other are the operators that are several, and functions.
func (d *deriver) other(n *expression.Said, args []onnx.Value) onnx.Value {
	g := d.g
	switch n.Op {
	case "%":
		return g.OpIn("", "Mod", []onnx.Attr{onnx.Int("fmod", 1)}, args[0], args[1])
	case "days":
		return g.Op("Div", g.Op("Sub", args[0], args[1]), g.Number(secondsADay))
	case "later":
		return g.Op("Add", args[0], d.times(args[1], secondsADay))
	case "earlier":
		return g.Op("Sub", args[0], d.times(args[1], secondsADay))
	case "concat":
		return g.Op("Where", d.present(n.Args...), g.Op("StringConcat", args[0], args[1]), d.text(""))
	}
	return d.call(n, args)
}

func (d *deriver) choose(kind expression.Kind, when, yes, no onnx.Value) onnx.Value {
	if kind == expression.Bool {
		g := d.g
		return g.Op("Or", g.Op("And", when, yes), g.Op("And", g.Op("Not", when), no))
	}
	return d.g.Op("Where", when, yes, no)
}

// missing says which values are missing.
func (d *deriver) missing(x *expression.Said) onnx.Value {
	if x.Kind == expression.Text {
		return d.g.Op("Equal", d.term(x), d.text(""))
	}
	return d.missingNumber(d.term(x))
}

func (d *deriver) missingNumber(v onnx.Value) onnx.Value {
	return d.g.Op("Or", d.g.Op("IsNaN", v), d.g.Op("IsInf", v))
}

// present says for which rows all of these have a value.
func (d *deriver) present(parts ...*expression.Said) onnx.Value {
	var all onnx.Value
	for _, x := range parts {
		all = d.both(all, d.g.Op("Not", d.missing(x)))
	}
	return all
}

func (d *deriver) both(all, is onnx.Value) onnx.Value {
	if all == "" {
		return is
	}
	return d.g.Op("And", all, is)
}

// operators are those of numbers, and of truth values, that mean the same here.
var operators = map[string]string{"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow", "and": "And", "or": "Or"}

// comparison is false where a value is missing.
func (d *deriver) comparison(n *expression.Said) onnx.Value {
	g, x, y := d.g, d.term(n.Args[0]), d.term(n.Args[1])
	if n.Args[0].Kind == expression.Bool {
		same := g.Op("Equal", x, y)
		if n.Op == "!=" {
			same = g.Op("Not", same)
		}
		return same
	}
	present := d.present(n.Args...)
	if n.Args[0].Kind == expression.Text && n.Op != "==" && n.Op != "!=" {
		if n.Levels == nil {
			return d.refuse("texts have no order there")
		}
		x, y = d.ranked(x, n.Levels), d.ranked(y, n.Levels)
		for _, rank := range []onnx.Value{x, y} {
			present = d.both(present, g.Op("Not", d.missingNumber(rank)))
		}
	}
	holds := map[string]string{"==": "Equal", "!=": "Equal", "<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}
	v := g.Op(holds[n.Op], x, y)
	if n.Op == "!=" {
		v = g.Op("Not", v)
	}
	return g.Op("And", present, v)
}

// ranked gives the places of texts among levels, NaN of others.
func (d *deriver) ranked(x onnx.Value, levels []string) onnx.Value {
	places := make([]float64, len(levels))
	for i := range places {
		places[i] = float64(i)
	}
	return d.lookUp(x, levels, places, math.NaN())
}

// in is membership of a list of constants, those after the first of args.
func (d *deriver) in(x *expression.Said, args []onnx.Value) onnx.Value {
	is := d.g.Const(onnx.Bool(false))
	for _, item := range args[1:] {
		is = d.g.Op("Or", is, d.g.Op("Equal", args[0], item))
	}
	if x.Kind == expression.Text {
		is = d.g.Op("And", is, d.present(x))
	}
	return is
}

// textTest looks for a text, or a pattern, that is written in the formula.
func (d *deriver) textTest(operator string, x, y *expression.Said) onnx.Value {
	if y.Op != "text" {
		return d.refuse(operator + " wants a text that is written in the formula")
	}
	const any = `(?s:.*)`
	pattern := regexp.QuoteMeta(y.Text)
	switch operator {
	case "startsWith":
		pattern += any
	case "endsWith":
		pattern = any + pattern
	case "contains":
		pattern = any + pattern + any
	case "matches":
		pattern = any + "(?:" + y.Text + ")" + any
	}
	v := d.g.OpIn("", "RegexFullMatch", []onnx.Attr{onnx.Str("pattern", pattern)}, d.term(x))
	return d.g.Op("And", d.present(x, y), v)
}

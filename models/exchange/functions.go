package exchange

import (
	"math"

	"github.com/expr-lang/expr/ast"

	"labbook/internal/data/expression"
	"labbook/models/exchange/onnx"
)

// numeric are the functions of one number that are one operator.
var numeric = map[string]string{"abs": "Abs", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "floor": "Floor", "ceil": "Ceil"}

func (d *deriver) call(name string, arguments []ast.Node) term {
	if literal, ok := arguments[0].(*ast.StringNode); ok {
		switch name {
		case "column":
			return d.name(literal.Value)
		case "date":
			return d.asDate(d.text(literal.Value), term{kind: expression.Date})
		}
	}
	args := make([]term, len(arguments))
	for i, a := range arguments {
		args[i] = d.term(a)
	}
	if d.err != nil {
		return args[0]
	}
	x := args[0]
	switch {
	case name == "min" || name == "max":
		return d.extreme(name, args)
	case name == "missing":
		return d.truth(d.missing(x))
	case numeric[name] != "":
		return d.number(d.g.Op(numeric[name], x.v))
	case x.kind == expression.Number:
		return d.ofNumber(name, x.v)
	case x.kind == expression.Date:
		return d.ofDate(name, x)
	}
	return d.refuse(name + "() of a text")
}

// ofNumber are the functions of one number that take several operators.
func (d *deriver) ofNumber(name string, x onnx.Value) term {
	g := d.g
	switch name {
	case "cbrt":
		return d.number(g.Op("Mul", g.Op("Sign", x), g.Op("Pow", g.Op("Abs", x), g.Number(1.0/3))))
	case "log2":
		return d.number(d.times(g.Op("Log", x), 1/math.Ln2))
	case "log10":
		return d.number(d.times(g.Op("Log", x), 1/math.Ln10))
	case "log1p":
		return d.number(d.log1p(x))
	case "round": // halves away from 0
		size := g.Op("Abs", x)
		whole := g.Op("Floor", size)
		up := g.Cast(g.Op("GreaterOrEqual", g.Op("Sub", size, whole), g.Number(0.5)))
		return d.number(g.Op("Mul", g.Op("Sign", x), g.Op("Add", whole, up)))
	}
	return d.refuse(name + "()")
}

// log1p is log(1+x), with what rounding takes from 1+x given back (Kahan; Goldberg,
// "What every computer scientist should know about floating-point arithmetic",
// ACM Computing Surveys 23(1), 1991, theorem 4).
func (d *deriver) log1p(x onnx.Value) onnx.Value {
	g := d.g
	sum := d.plus(x, 1)
	kept := d.plus(sum, -1)
	flat := g.Op("Equal", kept, g.Number(0))
	exact := g.Op("Div", g.Op("Mul", x, g.Op("Log", sum)), g.Op("Where", flat, g.Number(1), kept))
	return g.Op("Where", g.Op("IsInf", x), x, g.Op("Where", flat, x, exact))
}

// extreme is the least or the greatest of several numbers, missing where one is.
func (d *deriver) extreme(name string, args []term) term {
	g, sooner := d.g, "Less"
	if name == "max" {
		sooner = "Greater"
	}
	all := args[0].v
	for _, a := range args[1:] {
		best := g.Op("Where", g.Op(sooner, all, a.v), all, a.v)
		all = g.Op("Where", g.Op("IsNaN", all), all, best)
	}
	return d.number(all)
}

// ofDate are the parts of a date.
func (d *deriver) ofDate(name string, x term) term {
	c := d.calendar(d.g.Op("Floor", x.v))
	var v onnx.Value
	switch name {
	case "day":
		_, _, v = c.civil()
	case "year", "month", "weekday", "yearday", "hour":
		v = c.part(name)
	default:
		return d.refuse(name + "() of a date")
	}
	return d.number(d.g.Op("Where", d.missing(x), d.g.NaN(), v))
}

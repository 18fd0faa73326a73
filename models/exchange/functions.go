package exchange

import (
	"math"

	"labbook/internal/data/expression"
	"labbook/models/exchange/onnx"
)

// numeric are the functions of one number that are one operator.
var numeric = map[string]string{"abs": "Abs", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "floor": "Floor", "ceil": "Ceil"}

func (d *deriver) call(n *expression.Said, args []onnx.Value) onnx.Value {
	switch {
	case n.Op == "min" || n.Op == "max":
		return d.extreme(n.Op, args)
	case n.Op == "missing":
		return d.missing(n.Args[0])
	case numeric[n.Op] != "":
		return d.g.Op(numeric[n.Op], args[0])
	case n.Args[0].Kind == expression.Number:
		return d.ofNumber(n.Op, args[0])
	case n.Args[0].Kind == expression.Date:
		return d.ofDate(n.Op, args[0])
	}
	return d.refuse(n.Op + "() of a text")
}

// ofNumber are the functions of one number that take several operators.
func (d *deriver) ofNumber(name string, x onnx.Value) onnx.Value {
	g := d.g
	switch name {
	case "cbrt":
		return g.Op("Mul", g.Op("Sign", x), g.Op("Pow", g.Op("Abs", x), g.Number(1.0/3)))
	case "log2":
		return d.times(g.Op("Log", x), 1/math.Ln2)
	case "log10":
		return d.times(g.Op("Log", x), 1/math.Ln10)
	case "log1p":
		return d.log1p(x)
	case "round": // halves away from 0
		size := g.Op("Abs", x)
		whole := g.Op("Floor", size)
		up := g.Cast(g.Op("GreaterOrEqual", g.Op("Sub", size, whole), g.Number(0.5)))
		return g.Op("Mul", g.Op("Sign", x), g.Op("Add", whole, up))
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
func (d *deriver) extreme(name string, args []onnx.Value) onnx.Value {
	g, sooner := d.g, "Less"
	if name == "max" {
		sooner = "Greater"
	}
	all := args[0]
	for _, a := range args[1:] {
		best := g.Op("Where", g.Op(sooner, all, a), all, a)
		all = g.Op("Where", g.Op("IsNaN", all), all, best)
	}
	return all
}

// ofDate are the parts of a date.
func (d *deriver) ofDate(name string, x onnx.Value) onnx.Value {
	c := d.calendar(d.g.Op("Floor", x))
	var v onnx.Value
	switch name {
	case "day":
		_, _, v = c.civil()
	case "year", "month", "weekday", "yearday", "hour":
		v = c.part(name)
	default:
		return d.refuse(name + "() of a date")
	}
	return d.g.Op("Where", d.missingNumber(x), d.g.NaN(), v)
}

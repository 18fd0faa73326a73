package exchange

import (
	"math"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/calibration"
	"labbook/models/exchange/onnx"
	"labbook/models/formula"
)

// said gives what the bundle's model says of a matrix.
func (t *translation) said(b *bundle.Bundle, x *block) (onnx.Value, error) {
	f, err := formulaOf(b)
	if err != nil {
		return "", err
	}
	t.refuseNumbers(f, models.Lookup(b.Estimator).Missing, x)
	return t.formula(f, x)
}

// formulaOf gives the formula of the bundle's model.
func formulaOf(b *bundle.Bundle) (formula.Formula, error) {
	said, ok := b.Model.(formula.Said)
	if !ok {
		return nil, formula.None(b.Estimator)
	}
	return said.Formula()
}

// numbers gives the prediction of a regression, and the ends of its range, "" where
// it has none.
func (t *translation) numbers(b *bundle.Bundle, score onnx.Value, x *block) (prediction, low, high onnx.Value, err error) {
	finish := func(v onnx.Value) onnx.Value { return t.unless(t.hold(b.Bounds, t.inverse(b.Transform, v)), t.g.NaN()) }
	if b.Interval == nil {
		return finish(score), "", "", nil
	}
	reach, err := t.reach(b.Interval, b.Features, x)
	if err != nil {
		return "", "", "", err
	}
	none := t.outside(b.Features.Inputs)
	withheld := func(v onnx.Value) onnx.Value {
		if none != "" {
			v = t.g.Op("Where", none, t.g.NaN(), v)
		}
		return v
	}
	return finish(score), withheld(finish(t.g.Op("Sub", score, reach))), withheld(finish(t.g.Op("Add", score, reach))), nil
}

// inverse undoes the transform of the target.
func (t *translation) inverse(by bundle.Transform, v onnx.Value) onnx.Value {
	switch by {
	case bundle.Log:
		return t.g.Op("Exp", v)
	case bundle.Log1p:
		return t.expm1(v)
	}
	return v
}

// expm1 is exp(v)-1, and near 0, where digits would be lost, the sum of its first
// terms.
func (t *translation) expm1(v onnx.Value) onnx.Value {
	g := t.g
	series := g.Op("Mul", v, g.Op("Add", g.Number(1), g.Op("Mul", v, g.Op("Add", g.Number(0.5), g.Op("Div", v, g.Number(6))))))
	return g.Op("Where", g.Op("Less", g.Op("Abs", v), g.Number(1e-5)), series, g.Op("Sub", g.Op("Exp", v), g.Number(1)))
}

func (t *translation) hold(b *bundle.Bounds, v onnx.Value) onnx.Value {
	if b == nil {
		return v
	}
	g := t.g
	v = g.Op("Where", g.Op("Less", v, g.Number(b.Low)), g.Number(b.Low), v)
	return g.Op("Where", g.Op("Greater", v, g.Number(b.High)), g.Number(b.High), v)
}

// reach gives how far a range goes to either side.
func (t *translation) reach(r *bundle.Ranges, f *features.Features, x *block) (onnx.Value, error) {
	reach := t.g.Number(r.Reach)
	if r.Spread == nil {
		return reach, nil
	}
	if r.Apart {
		var err error
		if x, err = t.features(r.Features); err != nil {
			return "", err
		}
	} else if x.views != nil {
		at := slices.IndexFunc(f.Views(), func(name string) bool { return f.View(name) == f.Main() })
		x = x.view(f.Views()[at])
	}
	spread, err := r.Spread.(formula.Said).Formula()
	if err != nil {
		return "", err
	}
	wide, err := t.formula(spread, x)
	return t.g.Op("Mul", reach, t.g.Op("Exp", wide)), err
}

// outside says which rows have a number outside what training showed; "" where no
// row can.
func (t *translation) outside(inputs []table.Field) onnx.Value {
	var any onnx.Value
	or := func(v onnx.Value) {
		if any == "" {
			any = v
		} else {
			any = t.g.Op("Or", any, v)
		}
	}
	for _, f := range inputs {
		if f.Type == table.Number && f.Seen != nil && f.Seen.Count > 0 {
			or(t.g.Op("Less", t.columns[f.Name], t.g.Number(f.Seen.Min)))
			or(t.g.Op("Greater", t.columns[f.Name], t.g.Number(f.Seen.Max)))
		}
	}
	return any
}

// classes gives the probabilities of a classification, N x classes, and the label
// of each row, N.
func (t *translation) classes(b *bundle.Bundle, p onnx.Value, x *block) (label, probabilities onnx.Value) {
	g, names := t.g, b.Features.Classes
	p = t.calibrate(b.Calibration, p)
	if b.Prior != nil {
		blank := g.Const(onnx.Bool(true))
		for _, counts := range x.counts {
			blank = g.Op("And", blank, g.Op("Equal", g.Cast(g.Reduce("ReduceMax", counts)), g.Number(0)))
		}
		p = g.Op("Where", blank, g.Const(onnx.Doubles(b.Prior, 1, len(names))), p)
	}
	label = t.label(b.Threshold, names, p)
	none := g.Const(onnx.Strings([]string{""}))
	return t.flat(t.unless(label, none)), t.unless(p, g.NaN())
}

// label gives the name of the class that is predicted, N x 1.
func (t *translation) label(by *metrics.Threshold, names []string, p onnx.Value) onnx.Value {
	g := t.g
	if by == nil {
		best := g.OpIn("", "ArgMax", []onnx.Attr{onnx.Int("axis", 1), onnx.Int("keepdims", 1)}, p)
		return g.OpIn("", "Gather", []onnx.Attr{onnx.Int("axis", 0)}, g.Const(onnx.Strings(names, len(names))), best)
	}
	name := func(class int) onnx.Value { return g.Const(onnx.Strings([]string{names[class]})) }
	is := g.Op("GreaterOrEqual", t.column(p, by.Positive), g.Number(by.At))
	return g.Op("Where", is, name(by.Positive), name(1-by.Positive))
}

// column gives one of the columns of a matrix, N x 1.
func (t *translation) column(x onnx.Value, at int) onnx.Value {
	return t.g.OpIn("", "Gather", []onnx.Attr{onnx.Int("axis", 1)}, x, t.g.Axis(int64(at)))
}

// flat makes N of N x 1.
func (t *translation) flat(v onnx.Value) onnx.Value { return t.g.Op("Reshape", v, t.g.Axis(-1)) }

// calibrate gives what calibration makes of probabilities.
func (t *translation) calibrate(m *calibration.Map, p onnx.Value) onnx.Value {
	g := t.g
	switch {
	case m == nil:
		return p
	case m.Method == calibration.Temperature:
		floored := g.Op("Where", g.Op("Less", p, g.Number(m.Floor)), g.Number(m.Floor), p)
		return t.softmax(g.Op("Mul", g.Op("Log", floored), g.Number(1/m.Temperature)))
	case len(m.Curves) == 1:
		second := t.curve(m.Curves[0], t.column(p, 1))
		return g.Concat([]onnx.Value{g.Op("Sub", g.Number(1), second), second})
	}
	bent := make([]onnx.Value, len(m.Curves))
	for c, curve := range m.Curves {
		bent[c] = t.curve(curve, t.column(p, c))
	}
	all := g.Concat(bent)
	return g.Op("Div", all, g.Reduce("ReduceSum", all))
}

// curve gives the place of v, N x 1, on a curve that is level beyond its ends.
// Between two points it is a line: from the last point said that is below v.
func (t *translation) curve(c calibration.Curve, v onnx.Value) onnx.Value {
	g, n := t.g, len(c.Said)
	ints := func(values ...int64) onnx.Value { return g.Const(onnx.Ints(values, len(values))) }
	below := g.Op("Less", g.Const(onnx.Doubles(c.Said, 1, n)), v)
	next := g.CastInt(g.Reduce("ReduceSum", g.Cast(below))) // N x 1, from 0 to n
	at := func(values []float64, i onnx.Value) onnx.Value {
		return g.OpIn("", "Gather", []onnx.Attr{onnx.Int("axis", 0)}, g.Const(onnx.Doubles(values, n)), i)
	}
	high := g.Op("Min", next, ints(int64(n-1)))
	low := g.Op("Max", g.Op("Sub", next, ints(1)), ints(0))
	low = g.Op("Min", low, ints(int64(n-1)))
	from, to := at(c.Said, low), at(c.Said, high)
	span := g.Op("Sub", to, from)
	level := g.Op("Equal", span, g.Number(0)) // beyond an end
	share := g.Op("Div", g.Op("Sub", v, from), g.Op("Where", level, g.Number(1), span))
	line := g.Op("Add", at(c.True, low), g.Op("Mul", share, g.Op("Sub", at(c.True, high), at(c.True, low))))
	bent := g.Op("Where", level, at(c.True, high), line)
	return g.Op("Where", g.Op("IsNaN", v), g.Number(math.NaN()), bent)
}

package exchange

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models/calibration"
	"labbook/models/exchange/onnx"
	"labbook/models/formula"
)

// translation is a bundle on its way into a graph. A column is a value of N x 1:
// numbers, and dates as seconds since 1970, are doubles, of which NaN is missing;
// categories and texts are strings, of which "" is missing.
type translation struct {
	g       *onnx.Graph
	columns map[string]onnx.Value // by name, with those that are derived
	first   onnx.Value            // any column, for the number of rows
	// refused are the conditions, N x 1, under which a row has no answer.
	refused []onnx.Value
}

// block is a matrix of features: its value, "" without a column, those columns in
// which a number may be missing or infinite, and how often texts have each term.
type block struct {
	x       onnx.Value
	numbers []onnx.Value
	counts  []onnx.Value
	views   map[string]*block // of features that have several; then it has no x
}

// view gives a view of the block, all of it for "".
func (b *block) view(name string) *block {
	if name == "" {
		return b
	}
	return b.views[name]
}

// with gives the block with one more column at its end.
func (b *block) with(g *onnx.Graph, column onnx.Value) *block {
	wide := *b
	wide.x = column
	if b.x != "" {
		wide.x = g.Concat([]onnx.Value{b.x, column})
	}
	return &wide
}

// newTranslation makes a graph whose inputs are the columns that are asked for.
func newTranslation(fields []table.Field, outputs []string) *translation {
	names := slices.Clone(outputs)
	for _, f := range fields {
		names = append(names, f.Name)
	}
	t := &translation{g: onnx.New(names...), columns: map[string]onnx.Value{}}
	for _, f := range fields {
		kind := onnx.NumberColumns(1)
		if f.Type == table.Category || f.Type == table.Text {
			kind = onnx.StringColumns(1)
		}
		t.columns[f.Name] = t.g.Input(f.Name, inputDoc(f), kind)
		if t.first == "" {
			t.first = t.columns[f.Name]
		}
	}
	return t
}

// features gives the matrix of features that read the inputs.
func (t *translation) features(f *features.Features) (*block, error) {
	t.columns = maps.Clone(t.columns) // features derive columns of their own
	fields := slices.Clone(f.Inputs)
	for _, s := range f.Statistics() {
		if s.How != "" {
			return nil, &diag.Error{What: fmt.Sprintf("the statistic %q has no form in ONNX", s.Field.Name), Found: s.How, Wanted: "statistics by one category",
				Hint: "give the column in the data, or leave it out, and train again"}
		}
		t.columns[s.Field.Name] = t.lookUp(t.columns[s.By], s.Levels, s.Values, s.Other)
		fields = append(fields, s.Field)
	}
	for _, d := range f.Derived() {
		v, err := t.derive(d, fields)
		if err != nil {
			return nil, err
		}
		t.columns[d.Field.Name] = v
		fields = append(fields, d.Field)
	}
	if names := f.Views(); names != nil {
		b := &block{views: map[string]*block{}}
		for _, name := range names {
			own, err := t.encode(f.View(name))
			if err != nil {
				return nil, err
			}
			b.views[name] = own
			b.numbers, b.counts = append(b.numbers, own.numbers...), append(b.counts, own.counts...)
		}
		return b, nil
	}
	return t.encode(f)
}

// encode gives the matrix of features without views, whose columns are all there.
func (t *translation) encode(f *features.Features) (*block, error) {
	b := &block{}
	var parts []onnx.Value
	for _, part := range f.Parts() {
		x, err := t.part(part, b)
		if err != nil {
			return nil, err
		}
		if x != "" {
			parts = append(parts, x)
		}
	}
	if len(parts) > 0 {
		b.x = t.g.Concat(parts)
	}
	return b, nil
}

// part gives the columns of one part; "" where it has none.
func (t *translation) part(part features.Part, b *block) (onnx.Value, error) {
	switch p := part.(type) {
	case *features.NumberPart:
		x := t.number(p)
		b.numbers = append(b.numbers, x)
		return x, nil
	case *features.CurvePart:
		x := t.bend(p, t.number(&p.Straight))
		b.numbers = append(b.numbers, x)
		return x, nil
	case *features.RanksPart:
		x := t.curve(calibration.Curve{Said: p.Values, True: p.Scores}, t.number(&p.Straight))
		b.numbers = append(b.numbers, x)
		return x, nil
	case *features.MissingPart:
		return t.g.Cast(t.g.Op("IsNaN", t.columns[p.Column])), nil
	case *features.OnehotPart:
		return t.onehot(p), nil
	case *features.PlacePart:
		x := t.codes(&p.LevelsPart, math.NaN())
		b.numbers = append(b.numbers, x)
		return x, nil
	case *features.MeansPart:
		return t.means(p), nil
	case *features.DatePart:
		if len(p.Parts) == 0 {
			return "", nil
		}
		x := t.date(p)
		b.numbers = append(b.numbers, x)
		return x, nil
	case *features.TermsPart:
		return t.terms(p, b)
	case *features.OtherPart:
		return "", &diag.Error{What: fmt.Sprintf("what is made of the column %q has no form in ONNX", p.Column), Found: p.How,
			Wanted: "numbers, levels, parts of dates, and words", Hint: "leave the column out, or encode it otherwise, and train again"}
	}
	panic(fmt.Sprintf("exchange: a part of type %T", part))
}

func (t *translation) number(p *features.NumberPart) onnx.Value {
	g, x := t.g, t.columns[p.Column]
	if p.Log {
		x = g.Op("Where", g.Op("Greater", x, g.Number(0)), g.Op("Log", x), g.NaN())
	}
	if p.Impute != nil {
		x = t.orElse(x, g.Number(*p.Impute))
	}
	if p.Scale != 0 {
		x = g.Op("Div", g.Op("Sub", x, g.Number(p.Mean)), g.Number(p.Scale))
	}
	return x
}

// bend gives a number and its curves: as package features does it, term by term in
// the same order.
func (t *translation) bend(p *features.CurvePart, x onnx.Value) onnx.Value {
	g, knots := t.g, p.Knots
	first, before, last := knots[0], knots[len(knots)-2], knots[len(knots)-1]
	span := last - first
	square := g.Number(span * span)
	from := func(v onnx.Value, knot float64) onnx.Value {
		return g.Op("Max", g.Number(0), g.Op("Sub", v, g.Number(knot)))
	}
	inside := g.Op("Min", x, g.Number(last))
	w := from(inside, before)
	ww := g.Op("Mul", w, w)
	columns := []onnx.Value{x}
	for _, knot := range knots[:len(knots)-2] {
		tail := g.Number((last - knot) / (last - before))
		u := from(inside, knot)
		uu := g.Op("Mul", u, u)
		bent := g.Op("Div", g.Op("Sub", g.Op("Mul", uu, u), g.Op("Mul", g.Op("Mul", tail, ww), w)), square)
		slope := g.Op("Div", g.Op("Mul", g.Number(3), g.Op("Sub", uu, g.Op("Mul", tail, ww))), square)
		beyond := g.Op("Add", bent, g.Op("Mul", slope, g.Op("Sub", x, g.Number(last))))
		bent = g.Op("Where", g.Op("Greater", x, g.Number(last)), beyond, bent)
		columns = append(columns, g.Op("Where", g.Op("IsNaN", x), x, bent))
	}
	all := g.Concat(columns)
	if p.Scales == nil {
		return all
	}
	return g.Op("Div", g.Op("Sub", all, g.Const(onnx.Doubles(p.Means, 1, len(p.Means)))), g.Const(onnx.Doubles(p.Scales, 1, len(p.Scales))))
}

// orElse gives other where x is NaN.
func (t *translation) orElse(x, other onnx.Value) onnx.Value {
	return t.g.Op("Where", t.g.Op("IsNaN", x), other, x)
}

// lookUp maps strings to numbers.
func (t *translation) lookUp(x onnx.Value, keys []string, values []float64, other float64) onnx.Value {
	return t.g.OpIn(onnx.ML, "LabelEncoder", []onnx.Attr{
		onnx.Of("keys_tensor", onnx.Strings(keys, len(keys))),
		onnx.Of("values_tensor", onnx.Doubles(values, len(values))),
		onnx.Of("default_tensor", onnx.Doubles([]float64{other}, 1)),
	}, x)
}

// codes gives the code of each level, and none for what counts as no level. Rows
// whose level is an error have no answer.
func (t *translation) codes(p *features.LevelsPart, none float64) onnx.Value {
	as := func(code int) float64 {
		if code == features.NoLevel {
			return none
		}
		return float64(code)
	}
	keys, values := make([]string, 0, len(p.Levels)+1), make([]float64, 0, len(p.Levels)+1)
	known := map[string]bool{"": true}
	for code, level := range p.Levels {
		if !known[level] { // the first of equal ones, which only damage can make
			keys, values = append(keys, level), append(values, float64(code))
			known[level] = true
		}
	}
	keys, values = append(keys, ""), append(values, as(p.Missing))
	x := t.lookUp(t.columns[p.Column], keys, values, as(p.Unknown))
	if p.Missing == features.Refused || p.Unknown == features.Refused {
		t.refused = append(t.refused, t.g.Op("Equal", x, t.g.Number(features.Refused)))
	}
	return x
}

func (t *translation) onehot(p *features.OnehotPart) onnx.Value {
	width := p.End - p.First
	x := t.codes(&p.LevelsPart, features.NoLevel) // also for the rows that it refuses
	if width == 0 {
		return ""
	}
	places := make([]float64, width)
	for j := range places {
		places[j] = float64(p.First + j)
	}
	return t.g.Cast(t.g.Op("Equal", x, t.g.Const(onnx.Doubles(places, 1, width))))
}

// means gives the numbers of each level.
func (t *translation) means(p *features.MeansPart) onnx.Value {
	rows := len(p.Values) / p.Width
	x := t.codes(&p.LevelsPart, float64(rows-1))
	at := t.g.CastInt(t.g.Op("Max", x, t.g.Number(0))) // also for the rows that it refuses
	return t.g.OpIn("", "Gather", []onnx.Attr{onnx.Int("axis", 0)}, t.g.Const(onnx.Doubles(p.Values, rows, p.Width)), t.flat(at))
}

// refuseNumbers refuses rows with a number that a formula does not take of a block:
// an infinite one, or a missing one unless it has a use for that.
func (t *translation) refuseNumbers(f formula.Formula, missing bool, b *block) {
	if len(b.numbers) > 0 {
		all := t.g.Concat(b.numbers)
		t.refuseAny(t.g.Op("IsInf", all))
		if !missing {
			t.refuseAny(t.g.Op("IsNaN", all))
		}
	}
	if sum, ok := f.(*formula.Sum); ok {
		for _, p := range sum.Parts {
			t.refuseNumbers(p.Formula, p.Missing, b.view(p.View))
		}
	}
}

// refuseAny refuses rows with any column that is true.
func (t *translation) refuseAny(are onnx.Value) {
	when := t.g.Op("Greater", t.g.Reduce("ReduceMax", t.g.Cast(are)), t.g.Number(0))
	if !slices.Contains(t.refused, when) {
		t.refused = append(t.refused, when)
	}
}

// unless gives v where the row is not refused, else other.
func (t *translation) unless(v, other onnx.Value) onnx.Value {
	for _, when := range t.refused {
		v = t.g.Op("Where", when, other, v)
	}
	return v
}

// everywhere repeats a row of values for each row.
func (t *translation) everywhere(values []float64) onnx.Value {
	return t.g.Op("Expand", t.g.Const(onnx.Doubles(values, 1, len(values))), t.g.Op("Shape", t.first))
}

package figure

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// What a chart may hold, so that no bytes make a drawing that does not end.
const (
	most       = 200_000 // numbers
	mostRows   = 400     // bars, or groups
	mostSeries = 60
	mostSide   = 120 // rows or columns of a matrix, levels, dimensions
	mostGrid   = 400 // bins along an axis
	// Huge is beyond what can be drawn: differences of such numbers overflow.
	Huge = 1e150
)

// Check says why a chart cannot be drawn, or nil.
func (c *Chart) Check() error {
	k := &checking{}
	contents := 0
	for _, set := range []bool{c.Bars != nil, c.XY != nil, c.Histogram != nil, c.Groups != nil, c.Matrix != nil, c.Parallel != nil} {
		if set {
			contents++
		}
	}
	k.must(contents == 1, "a chart has one content")
	k.one("room", c.Room, "", Half, Small)
	k.axis(c.X)
	k.axis(c.Y)
	switch {
	case c.Bars != nil:
		k.bars(c.Bars)
	case c.XY != nil:
		k.xy(c)
	case c.Histogram != nil:
		k.histogram(c.Histogram)
	case c.Groups != nil:
		k.groups(c.Groups)
	case c.Matrix != nil:
		k.matrix(c.Matrix)
	case c.Parallel != nil:
		k.parallel(c.Parallel)
	}
	k.must(k.numbers <= most, "too many numbers")
	return errors.Join(k.faults...)
}

// checking collects what is wrong with a chart.
type checking struct {
	numbers int
	faults  []error
}

func (k *checking) must(ok bool, what string) {
	if !ok && len(k.faults) < 5 {
		k.faults = append(k.faults, errors.New(what))
	}
}

func (k *checking) one(what, value string, of ...string) {
	k.must(slices.Contains(of, value), fmt.Sprintf("%s %.40q is none of %q", what, value, of))
}

// count takes a list of n where want, or none at all, is allowed.
func (k *checking) values(what string, values Numbers, want int, optional bool) {
	k.numbers += len(values)
	k.must(len(values) == want || optional && len(values) == 0, fmt.Sprintf("%s: %d of %d values", what, len(values), want))
	k.must(!slices.ContainsFunc(values, func(v float64) bool { return math.Abs(v) > Huge }), what+": a number too large to draw")
}

func (k *checking) axis(a Axis) {
	k.one("scale", a.Scale, "", Log, Date, Whole)
	k.must(len(a.Levels) <= mostSide && (a.Levels == nil || a.Scale == ""), "an axis with too many levels, or with levels and a scale")
	if a.Ends != nil {
		k.must(math.Abs(a.Ends[0]) <= Huge && math.Abs(a.Ends[1]) <= Huge, "an axis without ends that can be drawn")
	}
}

func (k *checking) bars(b *Bars) {
	n := len(b.Names)
	k.one("form of bars", b.Form, "", Dots, Upright)
	k.must(n <= mostRows, "too many bars")
	k.values("values", b.Values, n, false)
	k.values("low", b.Low, n, true)
	k.values("high", b.High, len(b.Low), false)
	k.must(len(b.Counts) == n || len(b.Counts) == 0, "a count for each bar, or none")
	k.must(b.Of >= 0 && b.Of <= Huge, "the whole is not below 0")
}

func (k *checking) xy(c *Chart) {
	k.must(len(c.XY.Series) <= mostSeries, "too many series")
	for _, s := range c.XY.Series {
		k.one("mark", s.Mark, "", LineDots, Steps, Points)
		k.one("role", s.Role, "", Quiet, Summary, Total, Now, Chosen, Elsewhere, ChosenThere)
		n := len(s.X)
		k.values("x", s.X, n, false)
		k.values("y", s.Y, n, false)
		k.values("low", s.Low, n, true)
		k.values("high", s.High, len(s.Low), false)
	}
	b := c.XY.Bins
	if b == nil {
		return
	}
	k.must(c.X.Ends != nil && c.Y.Ends != nil, "bins without the ends of their axes")
	k.must(b.Columns > 0 && b.Rows > 0 && b.Columns <= mostGrid && b.Rows <= mostGrid, "a grid that cannot be drawn")
	for _, run := range b.Runs {
		k.numbers += len(run)
		k.must(len(run) > 2 && run[0] >= 0 && run[0] < b.Rows && run[1] >= 0 && run[1] <= b.Columns-(len(run)-2), "bins outside the grid")
		k.must(len(run) < 2 || !slices.ContainsFunc(run[2:], func(n int) bool { return n <= 0 }), "an empty bin")
	}
}

func (k *checking) histogram(h *Histogram) {
	k.must(len(h.Counts) > 0, "a histogram without bins")
	k.values("edges", h.Edges, len(h.Counts)+1, false)
	k.must(slices.IsSorted(h.Edges) && !slices.ContainsFunc(h.Edges, math.IsNaN), "edges that do not ascend")
	k.must(!slices.ContainsFunc(h.Counts, func(n int) bool { return n < 0 }), "a count below 0")
	k.must(h.Median == nil || math.Abs(*h.Median) <= Huge, "a median that cannot be drawn")
}

func (k *checking) groups(groups []Group) {
	k.must(len(groups) <= mostRows, "too many groups")
	for _, g := range groups {
		k.values("five", g.Five, 5, true)
		k.must(slices.IsSorted(g.Five) && !slices.ContainsFunc(g.Five, math.IsNaN), "quartiles that do not ascend")
		k.values("density", g.Density, len(g.Density), true)
		k.must(!slices.ContainsFunc(g.Density, func(v float64) bool { return !(v >= 0) }), "a density below 0")
		k.must((g.Span != nil) == (len(g.Density) > 1), "a density has a span and two points or more")
		k.must(g.Span == nil || math.Abs(g.Span[0]) <= Huge && math.Abs(g.Span[1]) <= Huge && g.Five != nil, "a span that cannot be drawn")
	}
}

func (k *checking) matrix(m *Matrix) {
	k.one("form of a matrix", m.Form, Signed, Confusion, Shares)
	k.must(len(m.Rows) <= mostSide && len(m.Columns) <= mostSide, "too many rows or columns")
	k.must(len(m.Values) == len(m.Rows), "a list of values for each row")
	for _, row := range m.Values {
		k.values("values", row, len(m.Columns), false)
	}
	k.must(m.Form != Confusion || len(m.Rows) == len(m.Columns), "as many classes told as there are")
}

func (k *checking) parallel(p *Parallel) {
	k.must(len(p.Dimensions) <= mostSide, "too many dimensions")
	n := len(p.Scores)
	k.values("scores", p.Scores, n, false)
	for _, d := range p.Dimensions {
		k.one("scale", d.Scale, "", Log)
		k.values("values", d.Values, n, false)
		k.must(len(d.Levels) <= 10_000, "too many levels")
	}
}

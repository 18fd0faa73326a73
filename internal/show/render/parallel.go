package render

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
)

// parallelChart lays out each row as a line through upright axes, the better
// tenths deeper and on top.
func parallelChart(spec *figure.Chart, width float64) *chart {
	dims := spec.Parallel.Dimensions
	k := len(dims)
	wide := max(width, 70+float64(k)*105)
	c := newChart(spec, wide, 320)
	c.fixed = wide > width || width > 500
	ticks := make(plot.ConstantTicks, k)
	for j, d := range dims {
		ticks[j] = plot.Tick{Value: float64(j), Label: shorten(label(d.Name, 60), reading(slate), vg.Length(wide/float64(max(k, 1))-8))}
	}
	c.Plot.X.Tick.Marker, c.Plot.X.LineStyle.Width = ticks, 0
	c.Plot.X.Tick.Label.Color = paints[slate]
	c.Plot.Y.Tick.Marker = plot.ConstantTicks{}
	c.spec = &figure.Chart{Title: spec.Title, Subtitle: spec.Subtitle, Parallel: spec.Parallel} // no name of Y: it is not drawn
	c.rangeX(-0.35, float64(max(k, 1))-0.45)
	c.rangeY(-0.03, 1.06)
	c.mark(c.crossings)
	return c
}

// best orders the rows so that the best come last, to lie on top.
func best(p *figure.Parallel) []int {
	order := make([]int, 0, len(p.Scores))
	for i, s := range p.Scores {
		if !math.IsNaN(s) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if d := p.Scores[a] - p.Scores[b]; d != 0 && (d > 0) == p.Lower {
			return -1
		} else if d != 0 {
			return 1
		}
		return 0
	})
	return order
}

func (c *chart) crossings(d draw.Canvas, p *plot.Plot) {
	all := c.spec.Parallel
	order, n := best(all), 0
	n = len(order)
	x, y := p.Transforms(&d)
	spans := make([][2]float64, len(all.Dimensions))
	for j := range all.Dimensions {
		spans[j] = reachOf(&all.Dimensions[j])
	}
	for tenth := range 10 {
		part := order[tenth*n/10 : (tenth+1)*n/10]
		t := float64(tenth) / 9
		lines(&d, func(path *vg.Path) {
			for _, i := range part {
				var line []vg.Point
				for j := range all.Dimensions {
					if at := placeOf(&all.Dimensions[j], spans[j], all.Dimensions[j].Values[i]); !math.IsNaN(at) {
						line = append(line, vg.Point{X: x(float64(j)), Y: y(at)})
					}
				}
				polyline(path, line)
			}
		}, paints[cold+min(1+int(t*t*6), steps-1)], vg.Length(0.9+t*t*t))
	}
	for _, i := range slices.Backward(order) {
		text := "score " + number(all.Scores[i])
		var at vg.Point
		for j := range all.Dimensions {
			dim := &all.Dimensions[j]
			text += ", " + label(dim.Name, 40) + " " + sayOf(dim, dim.Values[i])
			if v := placeOf(dim, spans[j], dim.Values[i]); !math.IsNaN(v) {
				at = vg.Point{X: x(float64(j)), Y: y(v)}
			}
		}
		c.say(at, text)
	}
	for j := range all.Dimensions {
		upright(&d, &all.Dimensions[j], spans[j], x(float64(j)), y)
	}
}

// reachOf gives the dimension's range.
func reachOf(d *figure.Dimension) [2]float64 {
	if n := len(d.Levels); n > 0 {
		return [2]float64{0, float64(n - 1)}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range d.Values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return [2]float64{0, 1}
	}
	return [2]float64{low, high}
}

// placeOf gives where a value lies between 0 and 1; NaN for what cannot be
// drawn.
func placeOf(d *figure.Dimension, span [2]float64, v float64) float64 {
	low, high := span[0], span[1]
	switch {
	case math.IsNaN(v) || v < low || v > high:
		return math.NaN()
	case low == high:
		return 0.5
	case d.Scale == figure.Log && low > 0 && v > 0:
		return math.Log(v/low) / math.Log(high/low)
	}
	return (v - low) / (high - low)
}

func sayOf(d *figure.Dimension, v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case len(d.Levels) > 0:
		if i := int(v); v >= 0 && i < len(d.Levels) {
			return label(d.Levels[i], 24)
		}
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return human.Int(int(v))
	}
	return human.Digits(v, 3)
}

// upright draws a dimension's axis and names its ends, or its levels.
func upright(c *draw.Canvas, d *figure.Dimension, span [2]float64, at vg.Length, y func(float64) vg.Length) {
	lines(c, func(p *vg.Path) { polyline(p, []vg.Point{{X: at, Y: y(0)}, {X: at, Y: y(1)}}) }, paints[firm], 1)
	values := []float64{span[0], span[1]}
	if span[0] == span[1] {
		values = values[:1]
	}
	if n := len(d.Levels); n > 2 && n <= 8 {
		values = values[:0]
		for i := range n {
			values = append(values, float64(i))
		}
	}
	style := rightOf(reading(slate))
	for _, v := range values {
		text, middle := sayOf(d, v), y(placeOf(d, span, v))
		width := style.Width(text)
		areas(c, func(p *vg.Path) { rectangle(p, at+3, middle-8, at+8+width, middle+8) }, paints[ground].thin(0xD0))
		c.FillText(style, vg.Point{X: at + 5, Y: middle}, text)
	}
}

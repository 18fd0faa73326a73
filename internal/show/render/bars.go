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

// barChart lays bars out: lying, as dots with intervals, or upright.
func barChart(spec *figure.Chart, width float64) *chart {
	b := spec.Bars
	if b.Form == figure.Upright {
		return uprightBars(spec, width)
	}
	names := 0.36 * width
	row := 20.0
	if len(b.Names) <= 16 {
		row = rowFor(b.Names, names, 27)
	}
	c := newChart(spec, width, 46+row*float64(max(len(b.Names), 1)))
	low, high := extent(b)
	if b.Form == figure.Dots {
		margin := 0.06 * (high - low)
		low, high = low-margin, high+margin
	} else {
		low, high = min(low, 0), max(high, 0)
	}
	c.rangeX(low, high)
	c.rangeY(-0.6, float64(len(b.Names))-0.4)
	c.Plot.Y.Tick.Marker = rows(b.Names, names, row)
	c.Plot.Y.Tick.Label.Color = paints[slate]
	c.Plot.X.LineStyle.Width = 0
	style := reading(soft)
	for i := range b.Names {
		c.pad = max(c.pad, float64(style.Width(note(b, i))))
	}
	c.pad = min(c.pad, 0.4*width)
	c.mark(gridX, c.lying)
	return c
}

// extent is the range of values and their intervals.
func extent(b *figure.Bars) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, values := range []figure.Numbers{b.Values, b.Low, b.High} {
		for _, v := range values {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	return low, high
}

// note is what stands after a bar: its value, what part it is of the whole, and
// how many rows it is from.
func note(b *figure.Bars, i int) string {
	v := b.Values[i]
	if math.IsNaN(v) {
		return ""
	}
	text := human.Digits(v, 4)
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		text = human.Int(int(v))
	}
	if b.Of > 0 {
		text += " (" + human.Digits(100*v/b.Of, 3) + " %)"
	}
	if len(b.Counts) > 0 {
		text += " · " + human.Int(b.Counts[i])
	}
	return text
}

// interval gives the ends of a bar's interval, if it has one.
func interval(b *figure.Bars, i int) (low, high float64, ok bool) {
	if len(b.Low) == 0 || math.IsNaN(b.Low[i]) || math.IsNaN(b.High[i]) {
		return 0, 0, false
	}
	return b.Low[i], b.High[i], true
}

// spoken says everything there is about a bar.
func spoken(b *figure.Bars, i int) string {
	text := label(b.Names[i], 80) + ": " + number(b.Values[i])
	if low, high, ok := interval(b, i); ok {
		text += " (" + number(low) + " to " + number(high) + ")"
	}
	if b.Of > 0 {
		text += ", " + human.Digits(100*b.Values[i]/b.Of, 3) + " %"
	}
	if len(b.Counts) > 0 {
		text += ", " + human.Count(b.Counts[i], "row")
	}
	return text
}

func (c *chart) lying(d draw.Canvas, p *plot.Plot) {
	b := c.spec.Bars
	x, y := p.Transforms(&d)
	for i := range b.Names {
		if math.IsNaN(b.Values[i]) {
			continue
		}
		at, tone, end := y(float64(len(b.Names)-1-i)), paints[blue], x(b.Values[i])
		low, high, spread := interval(b, i)
		if b.Form == figure.Dots {
			if len(b.Strong) > 0 && !slices.Contains(b.Strong, i) {
				tone = paints[firm]
			}
			if spread {
				lines(&d, func(path *vg.Path) { polyline(path, []vg.Point{{X: x(low), Y: at}, {X: x(high), Y: at}}) }, tone.thin(0x66), 5)
				end = max(end, x(high))
			}
			disc(&d, []vg.Point{{X: x(b.Values[i]), Y: at}}, 4.5, tone)
		} else {
			if len(b.Strong) > 0 && !slices.Contains(b.Strong, i) {
				tone = tone.thin(0x80)
			}
			half := min(y(0.34)-y(0), 10)
			areas(&d, func(path *vg.Path) { rectangle(path, x(0), at-half, x(b.Values[i]), at+half) }, tone.thin(min(tone.alpha, 0xE0)))
			end = max(end, x(0))
			if spread {
				whisker(&d, x(low), x(high), at)
				end = max(end, x(high))
			}
		}
		d.FillText(rightOf(reading(soft)), vg.Point{X: end + 7, Y: at}, fit(note(b, i), reading(soft), vg.Length(c.pad)))
		c.say(vg.Point{X: x(b.Values[i]), Y: at}, spoken(b, i))
	}
}

// whisker draws an interval with its ends.
func whisker(c *draw.Canvas, a, b, y vg.Length) {
	lines(c, func(path *vg.Path) {
		polyline(path, []vg.Point{{X: a, Y: y}, {X: b, Y: y}})
		polyline(path, []vg.Point{{X: a, Y: y - 3}, {X: a, Y: y + 3}})
		polyline(path, []vg.Point{{X: b, Y: y - 3}, {X: b, Y: y + 3}})
	}, paints[slate], 1)
}

// uprightBars lays bars out side by side, the names below.
func uprightBars(spec *figure.Chart, width float64) *chart {
	b := spec.Bars
	c := newChart(spec, width, 280)
	low, high := extent(b)
	low, high = min(low, 0), max(high, 0)
	c.rangeX(-0.6, float64(len(b.Names))-0.4)
	c.rangeY(low, high+0.06*(high-low))
	c.Plot.X.Tick.Marker = across(b.Names, width)
	c.mark(grid, func(d draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&d)
		for i := range b.Names {
			if math.IsNaN(b.Values[i]) {
				continue
			}
			at := float64(i)
			areas(&d, func(path *vg.Path) { rectangle(path, x(at-0.38), y(0), x(at+0.38), y(b.Values[i])) }, paints[blue].thin(0xE0))
			if low, high, ok := interval(b, i); ok {
				lines(&d, func(path *vg.Path) {
					polyline(path, []vg.Point{{X: x(at), Y: y(low)}, {X: x(at), Y: y(high)}})
				}, paints[slate], 1.4)
			}
			c.say(vg.Point{X: x(at), Y: y(b.Values[i])}, spoken(b, i))
		}
	})
	return c
}

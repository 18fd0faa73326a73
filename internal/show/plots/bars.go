package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Bar is a row of a bar chart or of an interval chart.
type Bar struct {
	Name      string
	Value     float64
	Low, High float64 // the ends of its interval; both 0 for none
	Note      string  // written after the bar; "" writes the value
	Strong    bool    // drawn in the accent colour
}

func (b Bar) interval() bool { return b.Low != 0 || b.High != 0 }

// drawable gives the bars with NaN for values that cannot be drawn.
func drawable(bars []Bar) []Bar {
	bars = slices.Clone(bars)
	for i := range bars {
		b := &bars[i]
		if !(math.Abs(b.Value) < huge) {
			b.Value = math.NaN()
		}
		if !(math.Abs(b.Low) < huge && math.Abs(b.High) < huge) {
			b.Low, b.High = 0, 0
		}
	}
	return bars
}

func (b Bar) text() string {
	if b.Note != "" {
		return b.Note
	}
	return human.Digits(b.Value, 3)
}

// Bars shows a number per name as horizontal bars from zero, in the order
// given, with intervals where there are some. If any bar is strong the others
// are drawn pale.
func Bars(f Frame, bars []Bar) *notebook.Figure {
	bars = drawable(bars)
	c, low, high := barChart(f, bars)
	c.rangeX(min(low, 0), max(high, 0))
	strong := anyStrong(bars)
	c.mark(gridX, func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for i, b := range bars {
			if math.IsNaN(b.Value) {
				continue
			}
			at, fill := float64(len(bars)-1-i), alpha(blue, 0xD0)
			if strong && !b.Strong {
				fill = rgb(0x9DB8F5)
			}
			half := min(y(at+0.34)-y(at), 10)
			areas(&c, func(path *vg.Path) { rectangle(path, x(0), y(at)-half, x(b.Value), y(at)+half) }, fill)
			end := max(x(b.Value), x(0))
			if b.interval() {
				whisker(&c, x(b.Low), x(b.High), y(at), slate)
				end = max(end, x(b.High))
			}
			c.FillText(rightOf(faces().style(10, grey)), vg.Point{X: end + 5, Y: y(at)}, label(b.text(), 40))
		}
	})
	return c.figure(barsAlt("Bars", f, bars))
}

// Intervals shows a number per name as a dot with its interval, for values of
// which zero is no natural start.
func Intervals(f Frame, bars []Bar) *notebook.Figure {
	bars = drawable(bars)
	c, low, high := barChart(f, bars)
	margin := 0.06 * (high - low)
	c.rangeX(low-margin, high+margin)
	strong := anyStrong(bars)
	c.mark(gridX, func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for i, b := range bars {
			if math.IsNaN(b.Value) {
				continue
			}
			at, col := float64(len(bars)-1-i), blue
			if strong && !b.Strong {
				col = rgb(0x93A3B8)
			}
			end := x(b.Value)
			if b.interval() {
				lines(&c, func(path *vg.Path) {
					polyline(path, []vg.Point{{X: x(b.Low), Y: y(at)}, {X: x(b.High), Y: y(at)}})
				}, alpha(col, 0x66), 5)
				end = max(end, x(b.High))
			}
			areas(&c, func(path *vg.Path) { disc(path, vg.Point{X: x(b.Value), Y: y(at)}, 4.5) }, col)
			c.FillText(rightOf(faces().style(10, grey)), vg.Point{X: end + 8, Y: y(at)}, label(b.text(), 40))
		}
	})
	return c.figure(barsAlt("Dots with intervals", f, bars))
}

// barChart makes the chart of both, with room for the notes, and gives the
// range of values and intervals.
func barChart(f Frame, bars []Bar) (c *chart, low, high float64) {
	names := make([]string, len(bars))
	low, high = math.Inf(1), math.Inf(-1)
	row := 27
	if len(bars) > 16 {
		row = 19
	}
	c = newChart(f, 640, 76+row*max(len(bars), 1))
	for i, b := range bars {
		names[i] = b.Name
		for _, v := range []float64{b.Value, b.Low, b.High} {
			if !math.IsNaN(v) && (v == b.Value || b.interval()) {
				low, high = min(low, v), max(high, v)
			}
		}
		c.pad = max(c.pad, float64(c.face.style(10, grey).Width(label(b.text(), 40))))
	}
	limit := 30
	if c.Width < 400 {
		limit = 16
	}
	c.rangeY(-0.6, float64(len(bars))-0.4)
	c.Plot.Y.Tick.Marker = rows(names, limit)
	c.Plot.Y.Tick.Label.Color = slate
	c.Plot.X.LineStyle.Width = 0
	return c, low, high
}

func anyStrong(bars []Bar) bool {
	for _, b := range bars {
		if b.Strong {
			return true
		}
	}
	return false
}

// whisker draws an interval with its ends.
func whisker(c *draw.Canvas, a, b, y vg.Length, col color.Color) {
	lines(c, func(path *vg.Path) {
		polyline(path, []vg.Point{{X: a, Y: y}, {X: b, Y: y}})
		polyline(path, []vg.Point{{X: a, Y: y - 3}, {X: a, Y: y + 3}})
		polyline(path, []vg.Point{{X: b, Y: y - 3}, {X: b, Y: y + 3}})
	}, col, 1)
}

func barsAlt(shape string, f Frame, bars []Bar) string {
	text := shape + " of " + f.name() + ": "
	for i, b := range bars {
		if i == 5 && len(bars) > 6 {
			return text + fmt.Sprintf(" and %d more.", len(bars)-i)
		}
		if i > 0 {
			text += "; "
		}
		text += label(b.Name, 40) + " " + label(b.text(), 40)
	}
	if len(bars) == 0 {
		return text + "there is nothing to show."
	}
	return text + "."
}

// Columns shows a number per bin as upright bars, such as an error per decile;
// the names stand below.
func Columns(f Frame, bars []Bar) *notebook.Figure {
	bars = drawable(bars)
	c := newChart(f, 640, 300)
	ticks := make(plot.ConstantTicks, len(bars))
	low, high := 0.0, 0.0
	for i, b := range bars {
		ticks[i] = plot.Tick{Value: float64(i), Label: label(b.Name, 14)}
		for _, v := range []float64{b.Value, b.Low, b.High} {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	c.Plot.X.Tick.Marker = ticks
	c.rangeX(-0.6, float64(len(bars))-0.4)
	c.rangeY(low, high*1.08)
	c.mark(grid, func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for i, b := range bars {
			if math.IsNaN(b.Value) {
				continue
			}
			at := float64(i)
			areas(&c, func(path *vg.Path) { rectangle(path, x(at-0.38), y(0), x(at+0.38), y(b.Value)) }, alpha(blue, 0xD0))
			if b.interval() {
				lines(&c, func(path *vg.Path) {
					polyline(path, []vg.Point{{X: x(at), Y: y(b.Low)}, {X: x(at), Y: y(b.High)}})
				}, slate, 1)
			}
		}
	})
	return c.figure(barsAlt("Columns", f, bars))
}

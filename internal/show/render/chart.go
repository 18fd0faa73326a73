package render

import (
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
)

// chart is a plot in our theme, ready to be drawn once. Its lengths are CSS
// pixels throughout.
type chart struct {
	*plot.Plot
	spec          *figure.Chart
	width, height float64
	fixed         bool // it is shown in its own size, and scrolls where there is less room
	legend        []swatch
	pad           float64 // right of the plot, for what marks write there
	spots         []spot
	doors         []door
	plane         *vg.Rectangle  // where the axes are, for what is told by them; nil for nothing
	points        figure.Numbers // of very many, X and Y in turn
}

// swatch is an entry of the legend.
type swatch struct {
	name   string
	tone   paint
	mark   marker      // nil for a line
	dashes []vg.Length // of the line
}

// spot is a place on the drawing with what is exactly there, in words.
type spot struct {
	x, y float64
	text string
}

// mark draws data: a plot.Plotter that is a function.
type mark func(c draw.Canvas, p *plot.Plot)

// Plot is the method of plot.Plotter.
func (m mark) Plot(c draw.Canvas, p *plot.Plot) { m(c, p) }

// newChart makes a chart without data.
func newChart(spec *figure.Chart, width, height float64) *chart {
	c := &chart{spec: spec, Plot: plot.New(), width: width, height: height}
	c.BackgroundColor = nil
	c.TextHandler = faces().handler
	few := max(2, min(7, int(width)/72))
	for _, a := range []*plot.Axis{&c.Plot.X, &c.Plot.Y} {
		x := a.Tick.Label.XAlign
		y := a.Tick.Label.YAlign
		a.Tick.Label = reading(soft)
		a.Tick.Label.XAlign, a.Tick.Label.YAlign = x, y
		a.Tick.Length = 0
		a.Label.TextStyle = centred(reading(soft))
		a.Label.TextStyle.YAlign = draw.YBottom
		a.Padding = 0
		a.LineStyle.Width = 0
	}
	c.Plot.X.Tick.Marker = scaled(&c.Plot.X, spec.X.Scale, few)
	if spec.X.Levels != nil {
		c.Plot.X.Tick.Marker = across(spec.X.Levels, width)
	}
	c.Plot.Y.Tick.Marker = scaled(&c.Plot.Y, spec.Y.Scale, max(5, min(6, int(height)/60)))
	c.Plot.X.LineStyle = draw.LineStyle{Color: paints[firm], Width: 1}
	c.Plot.X.Padding = 3
	c.Plot.X.Label.Text = fit(label(spec.X.Name, 90), reading(soft), vg.Length(width-20))
	c.Plot.X.Label.Padding = 8
	c.Plot.X.Tick.Label.YAlign = -1.2 // a little off the axis
	return c
}

// scaled sets an axis's scale and gives its ticks.
func scaled(a *plot.Axis, scale string, most int) plot.Ticker {
	switch scale {
	case figure.Log:
		a.Scale = logScale{}
		return logarithmic{most}
	case figure.Date:
		return dates{most}
	case figure.Whole:
		return whole{most}
	}
	return linear{most}
}

// mark adds marks; later ones lie above.
func (c *chart) mark(marks ...mark) {
	for _, m := range marks {
		c.Add(m)
	}
}

// rangeX and rangeY set the axes' ends, which the specification may know; they
// need not be in order or apart.
func (c *chart) rangeX(low, high float64) { c.Plot.X.Min, c.Plot.X.Max = ends(c.spec.X, low, high) }
func (c *chart) rangeY(low, high float64) { c.Plot.Y.Min, c.Plot.Y.Max = ends(c.spec.Y, low, high) }

func ends(a figure.Axis, low, high float64) (float64, float64) {
	if a.Ends != nil {
		low, high = a.Ends[0], a.Ends[1]
	}
	low, high = span(low, high)
	if a.Scale == figure.Log && !(low > 0) {
		if !(high > 0) {
			return 1, 10
		}
		low = high / 1e6
	}
	return low, high
}

func span(low, high float64) (float64, float64) {
	switch {
	case math.IsNaN(low) || math.IsNaN(high) || math.IsInf(low, 0) || math.IsInf(high, 0):
		return 0, 1
	case low > high:
		low, high = high, low
	}
	if high-low <= 1e-12*max(math.Abs(low), math.Abs(high)) {
		if low > 0 {
			return low * 0.9, high * 1.1
		}
		return low - max(1, -0.1*low), high + max(1, 0.1*math.Abs(high))
	}
	return low, high
}

// say notes what is exactly at a place of the drawing.
func (c *chart) say(at vg.Point, text string) {
	if len(c.spots) < mostSpots {
		c.spots = append(c.spots, spot{float64(at.X), c.height - float64(at.Y), text})
	}
}

// door is a place that leads somewhere: a rectangle, from its upper left, and the number of the
// spot that says what is there. They are left to pointers, and to those who walk over the spots by keys: so many
// links would be in the way of whoever walks over a page.
type door struct {
	spot             int
	text, to         string
	x, y, wide, high float64
}

// mostSpots bounds what one figure says point by point.
const mostSpots = 2500

// grid draws the horizontal lines at Y's ticks.
func grid(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	lines(&c, func(path *vg.Path) {
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if at := y(t.Value); c.ContainsY(at) && !t.IsMinor() {
				path.Move(vg.Point{X: c.Min.X, Y: at})
				path.Line(vg.Point{X: c.Max.X, Y: at})
			}
		}
	}, paints[rule], 1)
}

// gridX draws the vertical lines at X's ticks.
func gridX(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	lines(&c, func(path *vg.Path) {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if at := x(t.Value); c.ContainsX(at) && !t.IsMinor() {
				path.Move(vg.Point{X: at, Y: c.Min.Y})
				path.Line(vg.Point{X: at, Y: c.Max.Y})
			}
		}
	}, paints[rule], 1)
}

// lines strokes one path.
func lines(c *draw.Canvas, build func(*vg.Path), col color.Color, width vg.Length, dashes ...vg.Length) {
	var path vg.Path
	if build(&path); len(path) == 0 {
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: col, Width: width, Dashes: dashes})
	c.Stroke(path)
}

// areas fills one path.
func areas(c *draw.Canvas, build func(*vg.Path), col color.Color) {
	var path vg.Path
	if build(&path); len(path) == 0 {
		return
	}
	c.SetColor(col)
	c.Fill(path)
}

// rectangle adds a closed rectangle.
func rectangle(path *vg.Path, x0, y0, x1, y1 vg.Length) {
	path.Move(vg.Point{X: x0, Y: y0})
	path.Line(vg.Point{X: x1, Y: y0})
	path.Line(vg.Point{X: x1, Y: y1})
	path.Line(vg.Point{X: x0, Y: y1})
	path.Close()
}

// polyline adds an open line through points.
func polyline(path *vg.Path, points []vg.Point) {
	for i, p := range points {
		if i == 0 {
			path.Move(p)
		} else {
			path.Line(p)
		}
	}
}

// reference draws a thin dashed line, such as the diagonal of perfect
// predictions.
func reference(x0, y0, x1, y1 float64) mark {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		lines(&c, func(path *vg.Path) {
			polyline(path, []vg.Point{{X: x(x0), Y: y(y0)}, {X: x(x1), Y: y(y1)}})
		}, paints[firm], 1, 4, 3)
	}
}

// draw draws the legend, the name of Y and the plot below a height.
func (c *chart) draw(canvas draw.Canvas, top vg.Length) {
	const margin = 2
	top = c.drawLegend(&canvas, margin, top)
	if name := label(c.spec.Y.Name, 90); name != "" {
		canvas.FillText(reading(soft), vg.Point{X: margin, Y: top - 1}, fit(name, reading(soft), vg.Length(c.width)-2*margin))
		top -= 21
	}
	area := canvas
	area.Min = vg.Point{X: margin, Y: 1}
	area.Max = vg.Point{X: vg.Length(c.width - c.pad - 12), Y: top - 5}
	c.Draw(area)
}

// drawLegend draws the entries in rows and gives where the next line goes.
func (c *chart) drawLegend(canvas *draw.Canvas, margin, top vg.Length) vg.Length {
	if len(c.legend) == 0 {
		return top
	}
	style := rightOf(reading(slate))
	x, y := margin, top-9
	for _, s := range c.legend {
		name := shorten(label(s.name, 60), style, vg.Length(c.width)-2*margin-26)
		if width := 26 + style.Width(name); x > margin && x+width > vg.Length(c.width)-margin {
			x, y = margin, y-19
		}
		if s.mark != nil {
			s.mark(canvas, []vg.Point{{X: x + 10, Y: y}}, 4.5, s.tone)
		} else {
			lines(canvas, func(p *vg.Path) { polyline(p, []vg.Point{{X: x, Y: y}, {X: x + 21, Y: y}}) }, s.tone, 2.2, s.dashes...)
		}
		canvas.FillText(style, vg.Point{X: x + 26, Y: y}, name)
		x += 26 + style.Width(name) + 18
	}
	return y - 13
}

// legendHeight is what drawLegend will take.
func (c *chart) legendHeight() float64 {
	if len(c.legend) == 0 {
		return 0
	}
	style, x, rows := reading(slate), 0.0, 1.0
	for _, s := range c.legend {
		width := 26 + min(float64(style.Width(label(s.name, 60))), c.width-30)
		if x > 0 && x+width > c.width-4 {
			x, rows = 0, rows+1
		}
		x += width + 18
	}
	return 3 + 19*rows
}

// exactX and exactY write a number of an axis with all its digits where they are
// few, else with six; a moment with its time of day where the axis is short enough
// for that to matter.
func (c *chart) exactX(v float64) string { return exact(c.spec.X, &c.Plot.X, v) }
func (c *chart) exactY(v float64) string { return exact(c.spec.Y, &c.Plot.Y, v) }

func exact(a figure.Axis, drawn *plot.Axis, v float64) string {
	if i := int(v); i >= 0 && i < len(a.Levels) && float64(i) == v {
		return label(a.Levels[i], 80)
	}
	if a.Scale != figure.Date {
		return number(v)
	}
	midnight := math.Mod(v, daySeconds) == 0
	if span := drawn.Max - drawn.Min; span < clockSpan || span < 100*daySeconds && !midnight {
		return unix(v).Format(time.DateTime)
	}
	return unix(v).Format(time.DateOnly)
}

func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return human.Int(int(v))
	}
	if rounded := math.Round(v*1e4) / 1e4; rounded == v && math.Abs(v) < 1e9 {
		return plain4(v)
	}
	return human.Digits(v, 6)
}

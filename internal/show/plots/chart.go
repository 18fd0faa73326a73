package plots

import (
	"bytes"
	"image/color"
	"math"
	"regexp"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"labbook/internal/base/notebook"
)

// chart is a plot in our theme. Its lengths are CSS pixels throughout.
type chart struct {
	Frame
	*plot.Plot
	face   typeface
	legend []swatch
	pad    float64 // right of the plot, for what marks write there
}

// swatch is an entry of the legend.
type swatch struct {
	name  string
	color color.NRGBA
	line  bool // drawn as a line, not as a dot
}

// mark draws data: a plot.Plotter that is a function.
type mark func(c draw.Canvas, p *plot.Plot)

// Plot is the method of plot.Plotter.
func (m mark) Plot(c draw.Canvas, p *plot.Plot) { m(c, p) }

// newChart makes a chart without data; width and height count where the frame
// leaves them open.
func newChart(f Frame, width, height int) *chart {
	if f.Width == 0 {
		f.Width = width
	}
	if f.Height == 0 {
		f.Height = height
	}
	c := &chart{Frame: f, Plot: plot.New(), face: faces()}
	c.BackgroundColor = nil
	c.TextHandler = c.face.handler
	c.Plot.Title.TextStyle = c.face.style(11, grey)
	c.Plot.Legend.TextStyle = c.face.style(11, grey)
	few := max(2, min(7, f.Width/65))
	for _, a := range []*plot.Axis{&c.Plot.X, &c.Plot.Y} {
		x := a.Tick.Label.XAlign
		y := a.Tick.Label.YAlign
		a.Tick.Label = c.face.style(10.5, grey)
		a.Tick.Label.XAlign, a.Tick.Label.YAlign = x, y
		a.Tick.Length = 0
		a.Tick.Marker = linear{few}
		a.Label.TextStyle = centred(c.face.style(10.5, grey))
		a.Label.TextStyle.YAlign = draw.YBottom
		a.Padding = 0
		a.LineStyle.Width = 0
	}
	c.Plot.Y.Tick.Marker = linear{max(4, min(6, f.Height/60))}
	c.Plot.X.LineStyle = draw.LineStyle{Color: rgb(0xD1D5DB), Width: 1}
	c.Plot.X.Padding = 3
	c.Plot.X.Label.Text = label(f.X, 60)
	c.Plot.X.Label.Padding = 4
	if f.LogX {
		c.Plot.X.Scale, c.Plot.X.Tick.Marker = logScale{}, logarithmic{few}
	}
	if f.LogY {
		c.Plot.Y.Scale, c.Plot.Y.Tick.Marker = logScale{}, logarithmic{5}
	}
	if f.DateX {
		c.Plot.X.Tick.Marker = dates{few}
	}
	return c
}

// mark adds marks; later ones lie above.
func (c *chart) mark(marks ...mark) {
	for _, m := range marks {
		c.Add(m)
	}
}

// rangeX and rangeY set the axes' ends; they need not be in order or apart.
func (c *chart) rangeX(low, high float64) { c.Plot.X.Min, c.Plot.X.Max = span(low, high) }
func (c *chart) rangeY(low, high float64) { c.Plot.Y.Min, c.Plot.Y.Max = span(low, high) }

func span(low, high float64) (float64, float64) {
	switch {
	case math.IsNaN(low) || math.IsNaN(high) || math.IsInf(low, 0) || math.IsInf(high, 0):
		return 0, 1
	case low == high && low > 0:
		return low * 0.9, high * 1.1
	case low == high:
		return low - 1, high + 1
	}
	return min(low, high), max(low, high)
}

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
	}, rule, 1)
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
	}, rule, 1)
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

// disc adds a closed circle.
func disc(path *vg.Path, at vg.Point, radius vg.Length) {
	path.Move(vg.Point{X: at.X + radius, Y: at.Y})
	path.Arc(at, radius, 0, 2*math.Pi)
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

// reference draws a thin grey dashed line with a note at its end, such as the
// diagonal of perfect predictions.
func reference(x0, y0, x1, y1 float64, note string, face typeface) mark {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		lines(&c, func(path *vg.Path) {
			polyline(path, []vg.Point{{X: x(x0), Y: y(y0)}, {X: x(x1), Y: y(y1)}})
		}, rgb(0x9CA3AF), 1, 4, 3)
		if note != "" {
			style := face.style(10, grey)
			style.XAlign, style.YAlign = draw.XRight, draw.YBottom
			c.FillText(style, vg.Point{X: c.Max.X - 2, Y: min(y(y1), c.Max.Y-12) + 3}, note)
		}
	}
}

// figure draws everything and gives the figure; alt says what is to be seen.
func (c *chart) figure(alt string) *notebook.Figure {
	for _, a := range []*plot.Axis{&c.Plot.X, &c.Plot.Y} {
		if _, log := a.Scale.(logScale); log && !(a.Min > 0) {
			a.Scale = plot.LinearScale{}
		}
	}
	svg := vgsvg.New(vg.Length(c.Width), vg.Length(c.Height))
	canvas := draw.NewCanvas(svg, vg.Length(c.Width), vg.Length(c.Height))
	areas(&canvas, func(path *vg.Path) {
		rectangle(path, 0, 0, vg.Length(c.Width), vg.Length(c.Height))
	}, white)

	const margin = 14
	top := vg.Length(c.Height) - 10
	line := func(s string, style text.Style, height vg.Length) {
		if s == "" {
			return
		}
		canvas.FillText(style, vg.Point{X: margin, Y: top}, fit(label(s, 200), style, vg.Length(c.Width)-2*margin))
		top -= height
	}
	title, subtitle := c.face.bold(13, ink), c.face.style(11, grey)
	if c.Width < 400 {
		title, subtitle = c.face.bold(12, ink), c.face.style(10, grey)
	}
	line(c.Frame.Title, title, 18)
	line(c.Frame.Subtitle, subtitle, 17)
	top = c.drawLegend(&canvas, margin, top)
	if c.Frame.Y != "" {
		top -= 3
		line(c.Frame.Y, c.face.style(10.5, grey), 15)
	}
	c.Draw(draw.Crop(canvas, margin, -vg.Length(margin+c.pad), 10, top-vg.Length(c.Height)-4))

	var buf bytes.Buffer
	if _, err := svg.WriteTo(&buf); err != nil {
		panic("plots: writing to memory: " + err.Error())
	}
	return &notebook.Figure{Alt: alt, Type: "svg", Data: finish(buf.Bytes(), c.Width, c.Height), Width: c.Width, Height: c.Height}
}

// drawLegend draws the entries in rows below the titles and gives where the
// next line goes.
func (c *chart) drawLegend(canvas *draw.Canvas, margin, top vg.Length) vg.Length {
	if len(c.legend) == 0 {
		return top
	}
	style := rightOf(c.face.style(10.5, slate))
	x, y := margin, top-8
	for _, s := range c.legend {
		name := label(s.name, 32)
		if width := 14 + style.Width(name) + 16; x > margin && x+width > vg.Length(c.Width)-margin {
			x, y = margin, y-16
		}
		if s.line {
			lines(canvas, func(p *vg.Path) { polyline(p, []vg.Point{{X: x, Y: y}, {X: x + 12, Y: y}}) }, s.color, 2)
		} else {
			areas(canvas, func(p *vg.Path) { disc(p, vg.Point{X: x + 5, Y: y}, 4) }, s.color)
		}
		canvas.FillText(style, vg.Point{X: x + 16, Y: y}, name)
		x += 16 + style.Width(name) + 16
	}
	return y - 10
}

var (
	svgHead   = regexp.MustCompile(`(?s)^.*?<svg.*?>\n`)
	plainText = []byte("\n\t" + `style="font-family:Liberation Sans;font-variant:none;font-weight:normal;font-style:normal;`)
	boldText  = []byte("\n\t" + `style="font-family:Liberation Sans;font-variant:none;font-weight:bold;font-style:normal;`)
)

// finish turns gonum's SVG into one for a page: sized in pixels, the font said
// once with stand-ins of equal widths, bitmaps stretched to their place. Texts
// from data cannot be mistaken for what is replaced, for their quotes are
// escaped.
func finish(svg []byte, width, height int) []byte {
	w, h := strconv.Itoa(width), strconv.Itoa(height)
	head := `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="` + w + `" height="` + h +
		`" viewBox="0 0 ` + w + ` ` + h + `" font-family="'Liberation Sans',Arial,Helvetica,sans-serif">` + "\n"
	if at := svgHead.FindIndex(svg); at != nil {
		svg = append([]byte(head), svg[at[1]:]...)
	}
	for _, r := range [][2][]byte{
		{plainText, []byte(` style="`)},
		{boldText, []byte(` style="font-weight:bold;`)},
		{[]byte(`xlink:href="data:image/jpg;`), []byte(`preserveAspectRatio="none" xlink:href="data:image/png;`)},
	} {
		svg = bytes.ReplaceAll(svg, r[0], r[1])
	}
	return svg
}

package render

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
)

// xyChart lays out numbers against numbers: references below, then bins, bands,
// lines and points.
func xyChart(spec *figure.Chart, width float64) *chart {
	height := 320.0
	switch {
	case spec.XY.Diagonal:
		height = min(360, 0.9*width)
	case spec.Room == figure.Small:
		height = 250
	case width < 500:
		height = 290
	}
	c := newChart(spec, width, height)
	xlow, xhigh, ylow, yhigh := c.reach()
	c.rangeX(xlow, xhigh)
	if spec.Y.Scale != figure.Log && yhigh > ylow {
		margin := 0.06 * (yhigh - ylow)
		if ylow < 0 || ylow-margin > 0 {
			ylow -= margin
		}
		yhigh += margin
	}
	c.rangeY(ylow, yhigh)
	c.mark(grid)
	if b := spec.XY.Bins; b != nil {
		c.mark(c.bins)
	}
	if spec.XY.Diagonal {
		from, to := max(c.Plot.X.Min, c.Plot.Y.Min), min(c.Plot.X.Max, c.Plot.Y.Max)
		c.mark(reference(from, from, to, to))
	}
	if spec.XY.Zero && c.Plot.Y.Min <= 0 && c.Plot.Y.Max >= 0 {
		c.mark(reference(c.Plot.X.Min, 0, c.Plot.X.Max, 0))
	}
	for _, points := range []bool{false, true} { // points above lines
		rank := 0
		for i := range spec.XY.Series {
			s := &spec.XY.Series[i]
			l := lookOf(s, rank)
			if s.Role == "" {
				rank++
			}
			if (s.Mark == figure.Points) == points {
				c.mark(c.grouped(s, c.series(s, l)))
			}
		}
	}
	c.legend = legendOf(spec.XY.Series)
	return c
}

// look is how a series is told apart.
type appearance struct {
	tone   paint
	dashes []vg.Length
	mark   marker
	radius vg.Length
	width  vg.Length
	halo   bool
}

// lookOf gives the appearance of a series, which is the rank-th of those
// without a role.
func lookOf(s *figure.Series, rank int) appearance {
	l := appearance{tone: toneOf(rank), dashes: dashesOf(rank), mark: markers[rank%len(markers)], radius: 3.4, width: 2}
	switch s.Role {
	case figure.Quiet:
		l = appearance{tone: paints[firm].thin(0xB0), mark: disc, radius: 2.7, width: 1.4}
	case figure.Summary:
		l = appearance{tone: paints[amber], mark: disc, radius: 3, width: 2.4, halo: true}
	case figure.Total:
		l = appearance{tone: paints[ink], mark: disc, radius: 3, width: 3, halo: true}
	case figure.Now:
		l.tone, l.mark, l.radius = paints[amber], disc, 6
	case figure.Chosen:
		l.tone, l.mark, l.radius = paints[amber], polygon(4, 0, 1.3), 5
	case figure.Elsewhere:
		l.tone, l.mark, l.radius = paints[soft], ring, 4.5
	case figure.ChosenThere:
		l.tone, l.mark, l.radius = paints[amber], emptyDiamond, 5
	}
	if s.Mark == figure.Points && s.Role == "" {
		switch n := len(s.X); {
		case n > 400:
			l.tone, l.radius = l.tone.thin(0x66), 2.2
		case n > 50:
			l.tone, l.radius = l.tone.thin(0x99), 2.8
		default:
			l.radius = 4
		}
	}
	return l
}

// legendOf names the series that have names, if there is anything to tell
// apart.
func legendOf(all []figure.Series) []swatch {
	var legend []swatch
	rank := 0
	for i := range all {
		s := &all[i]
		l := lookOf(s, rank)
		if s.Role == "" {
			rank++
		}
		if s.Name == "" {
			continue
		}
		entry := swatch{name: s.Name, tone: l.tone, dashes: l.dashes}
		if s.Mark == figure.Points {
			entry.mark = l.mark
		}
		legend = append(legend, entry)
	}
	if len(all) < 2 && (len(all) == 0 || all[0].Role != figure.Summary) {
		return nil
	}
	return legend
}

// reach is the range of all series.
func (c *chart) reach() (xlow, xhigh, ylow, yhigh float64) {
	xlow, xhigh, ylow, yhigh = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	logX, logY := c.spec.X.Scale == figure.Log, c.spec.Y.Scale == figure.Log
	for _, s := range c.spec.XY.Series {
		for i, x := range s.X {
			if y := s.Y[i]; !math.IsNaN(x+y) && (!logX || x > 0) && (!logY || y > 0) {
				xlow, xhigh, ylow, yhigh = min(xlow, x), max(xhigh, x), min(ylow, y), max(yhigh, y)
				if len(s.Low) > 0 && !math.IsNaN(s.Low[i]+s.High[i]) && (!logY || s.Low[i] > 0) {
					ylow, yhigh = min(ylow, s.Low[i]), max(yhigh, s.High[i])
				}
			}
		}
	}
	if xlow > xhigh {
		return 1, 2, 1, 2
	}
	return xlow, xhigh, ylow, yhigh
}

// grouped puts what a series draws on a page into a group of its own, where several
// are told apart by name.
func (c *chart) grouped(s *figure.Series, draws mark) mark {
	return func(d draw.Canvas, p *plot.Plot) {
		page := pageOf(&d)
		at := slices.Index(c.seriesNames(), label(s.Name, 60))
		if page == nil || s.Name == "" || at < 0 {
			draws(d, p)
			return
		}
		page.Open(at)
		draws(d, p)
		page.Close()
	}
}

// seriesNames gives the names in the legend, where there are several.
func (c *chart) seriesNames() []string {
	var names []string
	for _, s := range c.legend {
		names = append(names, label(s.name, 60))
	}
	if c.spec.XY == nil || len(names) < 2 {
		return nil
	}
	return names
}

// series draws one of them: its band or intervals, its line, its points.
func (c *chart) series(s *figure.Series, l appearance) mark {
	return func(d draw.Canvas, p *plot.Plot) {
		fx, fy := p.Transforms(&d)
		place := func(x, y float64) (vg.Point, bool) {
			if math.IsNaN(x+y) || x < p.X.Min || x > p.X.Max || c.spec.X.Scale == figure.Log && x <= 0 || c.spec.Y.Scale == figure.Log && y <= 0 {
				return vg.Point{}, false
			}
			return vg.Point{X: fx(x), Y: fy(min(max(y, p.Y.Min), p.Y.Max))}, true
		}
		if len(s.Low) > 0 {
			spread(&d, s, l, place)
		}
		name := label(s.Name, 60)
		if name != "" && len(c.spec.XY.Series) > 1 {
			name += ": "
		} else {
			name = ""
		}
		var at []vg.Point
		for i := range s.X {
			v, ok := place(s.X[i], s.Y[i])
			if s.Mark == figure.Points && (s.Y[i] < p.Y.Min || s.Y[i] > p.Y.Max) {
				ok = false
			}
			if !ok {
				continue
			}
			at = append(at, v)
			if s.Mark == figure.Points && len(s.X) > manyPoints {
				area := d.Rectangle
				c.plane, c.points = &area, append(c.points, told(c.spec.X, s.X[i]), told(c.spec.Y, s.Y[i]))
				continue
			}
			text := name + c.exactX(s.X[i]) + " → " + c.exactY(s.Y[i])
			if len(s.Low) > 0 && !math.IsNaN(s.Low[i]) {
				text += " (" + c.exactY(s.Low[i]) + " to " + c.exactY(s.High[i]) + ")"
			}
			c.say(v, text)
		}
		if s.Mark == figure.Points {
			l.mark(&d, at, l.radius, l.tone)
			return
		}
		runs := runsOf(s, place)
		line := func(path *vg.Path) {
			for _, r := range runs {
				polyline(path, r)
			}
		}
		if l.halo {
			lines(&d, line, paints[ground], l.width+2.4)
		}
		lines(&d, line, l.tone, l.width, l.dashes...)
		if s.Mark == figure.LineDots {
			l.mark(&d, at, l.radius, l.tone)
		}
	}
}

// manyPoints is from when on points are told by their numbers and the axes, not
// one by one in words.
const manyPoints = 100

// told rounds to five digits, which a date has more of.
func told(a figure.Axis, v float64) float64 {
	if a.Scale == figure.Date {
		return math.Round(v)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 4, 64), 64)
	return rounded
}

// runsOf gives the line's unbroken runs. Points closer than half a pixel to the
// one before are left out, so that a curve over all rows stays small.
func runsOf(s *figure.Series, place func(x, y float64) (vg.Point, bool)) [][]vg.Point {
	var runs [][]vg.Point
	broken := true
	for i := range s.X {
		at, ok := place(s.X[i], s.Y[i])
		if !ok {
			broken = true
			continue
		}
		if broken {
			runs, broken = append(runs, nil), false
		}
		run := &runs[len(runs)-1]
		if n := len(*run); n > 0 {
			last := (*run)[n-1]
			if i+1 < len(s.X) && math.Abs(float64(at.X-last.X)) < 0.5 && math.Abs(float64(at.Y-last.Y)) < 0.5 {
				continue
			}
			if s.Mark == figure.Steps {
				*run = append(*run, vg.Point{X: at.X, Y: last.Y})
			}
		}
		*run = append(*run, at)
	}
	return runs
}

// spread draws intervals around points, or the band around a line.
func spread(d *draw.Canvas, s *figure.Series, l appearance, place func(x, y float64) (vg.Point, bool)) {
	var low, high []vg.Point
	for i, x := range s.X {
		a, ok := place(x, s.Low[i])
		b, fine := place(x, s.High[i])
		if ok && fine {
			low, high = append(low, a), append(high, b)
		}
	}
	if s.Mark == figure.Points {
		lines(d, func(path *vg.Path) {
			for i := range low {
				if high[i].Y > low[i].Y {
					polyline(path, []vg.Point{low[i], high[i]})
				}
			}
		}, l.tone.thin(0x55), 5)
		return
	}
	areas(d, func(path *vg.Path) {
		if len(low) < 2 {
			return
		}
		polyline(path, low)
		for i := len(high) - 1; i >= 0; i-- {
			path.Line(high[i])
		}
		path.Close()
	}, l.tone.thin(0x30))
}

// bins colours the cells of a grid by the logarithm of their counts.
func (c *chart) bins(d draw.Canvas, _ *plot.Plot) {
	b := c.spec.XY.Bins
	area := d.Rectangle
	c.plane = &area
	w, h := area.Size().X/vg.Length(b.Columns), area.Size().Y/vg.Length(b.Rows)
	most := 2
	for _, run := range b.Runs {
		for _, n := range run[2:] {
			most = max(most, n)
		}
	}
	var shades [steps][]vg.Rectangle
	for _, run := range b.Runs {
		y := area.Min.Y + vg.Length(run[0])*h
		before := -1
		for k, n := range run[2:] {
			step := 1 + int(math.Log(float64(n))/math.Log(float64(most))*(steps-1.001))
			x := area.Min.X + vg.Length(run[1]+k)*w
			if step == before {
				shades[step][len(shades[step])-1].Max.X = x + w
				continue
			}
			before = step
			shades[step] = append(shades[step], vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + w, Y: y + h}})
		}
	}
	for step, cells := range shades {
		tiles(&d, cells, paints[cold+step])
	}
}

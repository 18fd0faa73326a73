package plots

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Line is a series: Y over X, with a band around it where Low and High are
// given. NaN breaks it.
type Line struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // as long as Y, or nil
	Dots      bool      // mark the values
	Steps     bool      // hold each value until the next
}

// Ends of the axes of Lines; NaN takes the data's own.
type Ends struct{ XLow, XHigh, YLow, YHigh float64 }

// Free leaves all ends to the data; Unit is the unit square.
var (
	Free = Ends{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	Unit = Ends{0, 1, 0, 1}
)

// Lines shows series over a common X. diagonal draws the line of equal X and
// Y, such as perfect calibration.
func Lines(f Frame, series []Line, ends Ends, diagonal bool) *notebook.Figure {
	c := newChart(f, 640, 360)
	xlow, xhigh, ylow, yhigh := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, s := range series {
		for i, x := range s.X {
			if f.LogX && x <= 0 || f.LogY && s.Y[i] <= 0 || math.IsNaN(x+s.Y[i]) {
				continue
			}
			xlow, xhigh = min(xlow, x), max(xhigh, x)
			ylow, yhigh = min(ylow, s.Y[i]), max(yhigh, s.Y[i])
			if s.Low != nil && !math.IsNaN(s.Low[i]+s.High[i]) && (!f.LogY || s.Low[i] > 0) {
				ylow, yhigh = min(ylow, s.Low[i]), max(yhigh, s.High[i])
			}
		}
	}
	if !f.LogY && yhigh > ylow {
		margin := 0.06 * (yhigh - ylow)
		if ylow < 0 || ylow-margin > 0 {
			ylow -= margin
		}
		yhigh += margin
	}
	if math.IsInf(xlow, 0) {
		xlow, xhigh, ylow, yhigh = 1, 2, 1, 2
	}
	c.rangeX(or(ends.XLow, xlow), or(ends.XHigh, xhigh))
	c.rangeY(or(ends.YLow, ylow), or(ends.YHigh, yhigh))
	c.mark(grid)
	if diagonal {
		c.mark(reference(max(c.Plot.X.Min, c.Plot.Y.Min), max(c.Plot.X.Min, c.Plot.Y.Min),
			min(c.Plot.X.Max, c.Plot.Y.Max), min(c.Plot.X.Max, c.Plot.Y.Max), "", c.face))
	}
	for i, s := range series {
		col := palette[i%len(palette)]
		c.mark(line(s, col))
		if len(series) > 1 {
			c.legend = append(c.legend, swatch{s.Name, col, true})
		}
	}
	return c.figure(linesAlt(f, series))
}

func or(v, otherwise float64) float64 {
	if math.IsNaN(v) {
		return otherwise
	}
	return v
}

// line draws one series. Points closer than half a pixel to the one before are
// left out, so that a curve over all rows stays small.
func line(s Line, col color.NRGBA) mark {
	return func(c draw.Canvas, p *plot.Plot) {
		fx, fy := p.Transforms(&c)
		place := func(x, y float64) (vg.Point, bool) {
			if math.IsNaN(x+y) || p.X.Min > 0 && x <= 0 || p.Y.Min > 0 && y <= 0 {
				return vg.Point{}, false
			}
			y = min(max(y, p.Y.Min), p.Y.Max)
			return vg.Point{X: fx(x), Y: fy(y)}, x >= p.X.Min && x <= p.X.Max
		}
		if s.Low != nil {
			areas(&c, func(path *vg.Path) { band(path, s, place) }, alpha(col, 0x26))
		}
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
				if s.Steps {
					*run = append(*run, vg.Point{X: at.X, Y: last.Y})
				}
			}
			*run = append(*run, at)
		}
		lines(&c, func(path *vg.Path) {
			for _, r := range runs {
				polyline(path, r)
			}
		}, col, 1.8)
		if s.Dots {
			areas(&c, func(path *vg.Path) {
				for _, r := range runs {
					for _, at := range r {
						disc(path, at, 3)
					}
				}
			}, col)
		}
	}
}

// band adds the area between Low and High.
func band(path *vg.Path, s Line, place func(x, y float64) (vg.Point, bool)) {
	var there, back []vg.Point
	for i, x := range s.X {
		low, ok := place(x, s.Low[i])
		high, fine := place(x, s.High[i])
		if ok && fine {
			there, back = append(there, low), append(back, high)
		}
	}
	if len(there) < 2 {
		return
	}
	polyline(path, there)
	for i := len(back) - 1; i >= 0; i-- {
		path.Line(back[i])
	}
	path.Close()
}

func linesAlt(f Frame, series []Line) string {
	text := fmt.Sprintf("Lines of %s over %s.", label(f.Y, 60), label(f.X, 60))
	for i, s := range series {
		if i == 4 {
			return text + fmt.Sprintf(" And %d more.", len(series)-i)
		}
		if n := len(s.X); n > 0 {
			text += fmt.Sprintf(" %s goes from %s at %s to %s at %s.", label(s.Name, 40),
				human.Digits(s.Y[0], 3), human.Digits(s.X[0], 3), human.Digits(s.Y[n-1], 3), human.Digits(s.X[n-1], 3))
		}
	}
	return text
}

// History shows the value of each trial of a search and the best so far;
// lower says that smaller is better. NaN is a trial that gave no value.
func History(f Frame, values []float64, lower bool) *notebook.Figure {
	best := Line{Name: "best so far", Steps: true}
	for i, v := range values {
		if n := len(best.Y); n > 0 && (math.IsNaN(v) || lower == (v > best.Y[n-1])) {
			v = best.Y[n-1]
		}
		if !math.IsNaN(v) {
			best.X, best.Y = append(best.X, float64(i+1)), append(best.Y, v)
		}
	}
	c := newChart(f, 640, 320)
	low, high := shown(finite(values), f.LogY)
	c.rangeX(0.5, float64(len(values))+0.5)
	c.rangeY(low, high)
	c.legend = []swatch{{"trial", rgb(0x93A3B8), false}, {"best so far", blue, true}}
	c.mark(grid, func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		areas(&c, func(path *vg.Path) {
			for i, v := range values {
				if v >= p.Y.Min && v <= p.Y.Max {
					disc(path, vg.Point{X: x(float64(i + 1)), Y: y(v)}, 2.6)
				}
			}
		}, rgb(0xAEBACB))
	}, line(best, blue))
	if len(best.Y) == 0 {
		return c.figure("History of a search: no trial gave a value.")
	}
	return c.figure(fmt.Sprintf("History of a search over %d trials: the first gave %s, the best %s.", len(values),
		human.Digits(best.Y[0], 4), human.Digits(best.Y[len(best.Y)-1], 4)))
}

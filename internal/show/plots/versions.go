package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Version is what a version of a model measured.
type Version struct {
	Number           int
	Value, Low, High float64 // the ends are Value's own where no interval was taken
	// Alike says that it was judged on the same test rows as the last one, so
	// that the two heights can be seen side by side.
	Alike    bool
	Champion bool // it became champion
}

// elsewhere is the colour of what is not to be seen beside the rest.
var elsewhere = rgb(0x9CA3AF)

// Versions shows a metric over the versions of a model, each with its interval.
// A line joins neighbours that were judged on the same test rows as the last.
func Versions(f Frame, versions []Version) *notebook.Figure {
	c := newChart(f, 640, 300)
	low, high := math.Inf(1), math.Inf(-1)
	alike := 0
	for _, v := range versions {
		low, high = min(low, v.Low), max(high, v.High)
		if v.Alike {
			alike++
		}
	}
	margin := 0.06 * (high - low)
	c.rangeY(low-margin, high+margin)
	c.Plot.X.Tick.Marker = whole{7}
	if n := len(versions); n > 0 {
		c.rangeX(float64(versions[0].Number)-0.4, float64(versions[n-1].Number)+0.4)
	}
	c.legend = []swatch{{"became champion", amber, false}, {"did not", blue, false}}
	if alike < len(versions) {
		c.legend = append(c.legend, swatch{"judged on other test rows", elsewhere, false})
	}
	c.mark(grid, versionMarks(versions))
	text := fmt.Sprintf("%s of %s.", label(f.Y, 60), human.Count(len(versions), "version"))
	for i, v := range versions {
		if i == 8 {
			text += fmt.Sprintf(" And %d more.", len(versions)-i)
			break
		}
		text += fmt.Sprintf(" Version %d: %s", v.Number, human.Digits(v.Value, 4))
		if !v.Alike {
			text += ", on other test rows"
		}
		text += "."
	}
	return c.figure(text)
}

func versionMarks(versions []Version) mark {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		at := func(v Version) vg.Point { return vg.Point{X: x(float64(v.Number)), Y: y(v.Value)} }
		for _, v := range versions {
			col := blue
			if !v.Alike {
				col = elsewhere
			}
			if v.High > v.Low {
				lines(&c, func(path *vg.Path) {
					polyline(path, []vg.Point{{X: at(v).X, Y: y(v.Low)}, {X: at(v).X, Y: y(v.High)}})
				}, alpha(col, 0x55), 5)
			}
		}
		for i := 1; i < len(versions); i++ {
			if a, b := versions[i-1], versions[i]; a.Alike && b.Alike {
				lines(&c, func(path *vg.Path) { polyline(path, []vg.Point{at(a), at(b)}) }, blue, 1.8)
			}
		}
		for _, v := range versions {
			col := blue
			if v.Champion {
				col = amber
			}
			if !v.Alike {
				areas(&c, func(path *vg.Path) { disc(path, at(v), 4.6) }, elsewhere)
				if col == blue {
					col = white
				}
				areas(&c, func(path *vg.Path) { disc(path, at(v), 3) }, col)
				continue
			}
			areas(&c, func(path *vg.Path) { disc(path, at(v), 4) }, col)
		}
	}
}

// whole sets ticks at whole numbers only.
type whole struct{ most int }

// Ticks is the method of plot.Ticker.
func (w whole) Ticks(low, high float64) []plot.Tick {
	step := max(1, niceStep(low, high, w.most))
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: fmt.Sprint(int(i * step))})
	}
	return ticks
}

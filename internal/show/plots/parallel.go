package plots

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Dimension is a parameter of a search with its value in every trial. With
// Levels the values are indices of them.
type Dimension struct {
	Name   string
	Values []float64
	Log    bool
	Levels []string
}

// Parallel shows every trial of a search as a line through its parameters,
// dark and on top for the better tenths; lower says that smaller is better.
func Parallel(f Frame, dimensions []Dimension, score []float64, lower bool) *notebook.Figure {
	if f.Subtitle == "" {
		f.Subtitle = "Each line is a trial; the best tenth is dark"
	}
	c := newChart(f, 720, 340)
	k := len(dimensions)
	ticks := make(plot.ConstantTicks, k)
	for j, d := range dimensions {
		ticks[j] = plot.Tick{Value: float64(j), Label: label(d.Name, 18)}
	}
	c.Plot.X.Tick.Marker, c.Plot.X.LineStyle.Width = ticks, 0
	c.Plot.X.Tick.Label.Color = slate
	c.Plot.Y.Tick.Marker = plot.ConstantTicks{}
	c.rangeX(-0.3, float64(max(k, 1))-0.5)
	c.rangeY(-0.03, 1.06)
	order := make([]int, 0, len(score))
	for i, s := range score {
		if !math.IsNaN(s) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { // the best last, to lie on top
		if d := score[a] - score[b]; d != 0 && (d > 0) == lower {
			return -1
		} else if d != 0 {
			return 1
		}
		return 0
	})
	c.mark(func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		path := func(path *vg.Path, trials []int) {
			for _, i := range trials {
				var line []vg.Point
				for j, d := range dimensions {
					if at := d.place(d.Values[i]); !math.IsNaN(at) {
						line = append(line, vg.Point{X: x(float64(j)), Y: y(at)})
					}
				}
				polyline(path, line)
			}
		}
		n := len(order)
		for tenth := range 10 {
			part := order[tenth*n/10 : (tenth+1)*n/10]
			t := float64(tenth) / 9
			lines(&c, func(p *vg.Path) { path(p, part) }, mix(rgb(0xE2E8F0), rgb(0x1E40AF), t*t*t), vg.Length(0.8+t*t*t))
		}
		for j, d := range dimensions {
			d.axis(&c, x(float64(j)), y)
		}
	})
	alt := fmt.Sprintf("Parallel coordinates of %d trials over %d parameters.", len(order), k)
	if len(order) > 0 {
		best := order[len(order)-1]
		alt += fmt.Sprintf(" The best, %s, has", human.Digits(score[best], 4))
		for j, d := range dimensions {
			if j > 0 {
				alt += ","
			}
			alt += " " + label(d.Name, 40) + " " + d.say(d.Values[best])
		}
		alt += "."
	}
	return c.figure(alt)
}

// ends gives the dimension's range.
func (d Dimension) ends() (low, high float64) {
	if n := len(d.Levels); n > 0 {
		return 0, float64(n - 1)
	}
	sorted := finite(d.Values)
	if len(sorted) == 0 {
		return 0, 1
	}
	return sorted[0], sorted[len(sorted)-1]
}

// place gives where a value lies between 0 and 1; NaN for what cannot be
// drawn.
func (d Dimension) place(v float64) float64 {
	low, high := d.ends()
	if !(math.Abs(v) < huge) {
		return math.NaN()
	}
	if low == high {
		return 0.5
	}
	if d.Log && low > 0 && v > 0 {
		return math.Log(v/low) / math.Log(high/low)
	}
	return (v - low) / (high - low)
}

func (d Dimension) say(v float64) string {
	if i := int(v); len(d.Levels) > 0 && i >= 0 && i < len(d.Levels) {
		return label(d.Levels[i], 14)
	}
	return human.Digits(v, 3)
}

// axis draws the dimension's upright axis and names its ends, or its levels.
func (d Dimension) axis(c *draw.Canvas, at vg.Length, y func(float64) vg.Length) {
	lines(c, func(p *vg.Path) { polyline(p, []vg.Point{{X: at, Y: y(0)}, {X: at, Y: y(1)}}) }, rgb(0x9CA3AF), 1)
	low, high := d.ends()
	values := []float64{low, high}
	if low == high {
		values = values[:1]
	}
	if n := len(d.Levels); n > 2 && n <= 8 {
		values = values[:0]
		for i := range n {
			values = append(values, float64(i))
		}
	}
	style := rightOf(faces().style(9.5, grey))
	for _, v := range values {
		text, middle := d.say(v), y(d.place(v))
		width := style.Width(text)
		areas(c, func(p *vg.Path) { rectangle(p, at+3, middle-6, at+7+width, middle+6) }, alpha(white, 0xCC))
		c.FillText(style, vg.Point{X: at + 5, Y: middle}, text)
	}
}

// Slices shows the score of every trial against each parameter, as small
// figures of a gallery.
func Slices(f Frame, dimensions []Dimension, score []float64) []*notebook.Figure {
	figures := make([]*notebook.Figure, 0, len(dimensions))
	for _, d := range dimensions {
		frame := f.Small()
		frame.Title, frame.X, frame.LogX = d.Name, "", d.Log
		if len(d.Levels) > 0 {
			groups := make([]Group, len(d.Levels))
			for i, name := range d.Levels {
				groups[i].Name = name
				for t, v := range d.Values {
					if int(v) == i {
						groups[i].Values = append(groups[i].Values, score[t])
					}
				}
			}
			frame.X, frame.Y, frame.LogX, frame.LogY = f.Y, "", f.LogY, false
			figures = append(figures, Groups(frame, groups))
			continue
		}
		figures = append(figures, Scatter(frame, d.Values, score, Cloud{}))
	}
	return figures
}

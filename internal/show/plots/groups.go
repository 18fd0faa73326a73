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

// Group is the values of one category.
type Group struct {
	Name   string
	Values []float64
}

// Groups shows how numbers are spread within each category, one row each: as
// violins with their quartiles where there are enough values, as boxes (Tukey:
// whiskers to the last value within 1.5 interquartile ranges) where there are
// few of them or many categories.
func Groups(f Frame, groups []Group) *notebook.Figure {
	k := len(groups)
	names, sorted := make([]string, k), make([][]float64, k)
	var all []float64
	fewest := math.MaxInt
	for i, g := range groups {
		names[i], sorted[i] = g.Name, finite(g.Values)
		for f.LogX && len(sorted[i]) > 0 && sorted[i][0] <= 0 {
			sorted[i] = sorted[i][1:]
		}
		all = append(all, sorted[i]...)
		fewest = min(fewest, len(sorted[i]))
	}
	all = finite(all)
	low, high, _ := window(all)
	if f.LogX && len(all) > 0 {
		low, high = all[0], all[len(all)-1]
	}
	row := 38
	if k > 8 {
		row = 24
	}
	c := newChart(f, 640, 90+row*max(k, 1))
	c.rangeX(low, high)
	c.rangeY(-0.6, float64(k)-0.4)
	c.Plot.Y.Tick.Marker = rows(names, 24)
	c.Plot.Y.Tick.Label.Color = slate
	violins := k <= 12 && fewest >= 30
	low, high = c.Plot.X.Min, c.Plot.X.Max
	c.mark(gridX)
	for i := range groups {
		at := float64(k - 1 - i)
		if len(sorted[i]) == 0 {
			continue
		}
		if violins {
			c.mark(violin(sorted[i], at, low, high, f.LogX), box(sorted[i], at, 0.07, low, high))
		} else {
			c.mark(box(sorted[i], at, 0.26, low, high))
		}
	}
	return c.figure(groupsAlt(f, names, sorted, violins))
}

// violin draws the density of sorted values around the row at.
func violin(sorted []float64, at, low, high float64, log bool) mark {
	const points = 64
	back := func(v float64) float64 { return v }
	values := sorted
	if log {
		values = make([]float64, len(sorted))
		for i, v := range sorted {
			values[i] = math.Log(v)
		}
		low, high = math.Log(low), math.Log(high)
		back = math.Exp
	}
	from, to := max(low, values[0]), min(high, values[len(values)-1])
	heights := density(values, from, to, points)
	var top float64
	for _, h := range heights {
		top = max(top, h)
	}
	return func(c draw.Canvas, p *plot.Plot) {
		if top == 0 {
			return
		}
		x, y := p.Transforms(&c)
		outline := func(path *vg.Path) {
			for i := range 2 * points {
				j, side := i, 0.42
				if i >= points {
					j, side = 2*points-1-i, -0.42
				}
				v := back(from + (to-from)*float64(j)/(points-1))
				v = min(max(v, p.X.Min), p.X.Max)
				point := vg.Point{X: x(v), Y: y(at + side*heights[j]/top)}
				if i == 0 {
					path.Move(point)
				} else {
					path.Line(point)
				}
			}
			path.Close()
		}
		areas(&c, outline, alpha(blue, fillAlpha))
		lines(&c, outline, blue, 1)
	}
}

// box draws quartiles, whiskers and median of sorted values around the row at;
// half is half the box's height in rows.
func box(sorted []float64, at, half, low, high float64) mark {
	q1, q2, q3 := quantile(sorted, .25), quantile(sorted, .5), quantile(sorted, .75)
	reach := 1.5 * (q3 - q1)
	a, b := q1, q3
	for _, v := range sorted {
		if v >= q1-reach {
			a = min(v, q1)
			break
		}
	}
	for i := len(sorted) - 1; i >= 0; i-- {
		if sorted[i] <= q3+reach {
			b = max(sorted[i], q3)
			break
		}
	}
	clip := func(v float64) float64 { return min(max(v, low), high) }
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		thin := half < 0.2
		lines(&c, func(path *vg.Path) {
			polyline(path, []vg.Point{{X: x(clip(a)), Y: y(at)}, {X: x(clip(b)), Y: y(at)}})
		}, blue, 1)
		shape := func(path *vg.Path) { rectangle(path, x(clip(q1)), y(at-half), x(clip(q3)), y(at+half)) }
		if thin {
			areas(&c, shape, blue)
			areas(&c, func(path *vg.Path) { disc(path, vg.Point{X: x(clip(q2)), Y: y(at)}, 3.2) }, white)
			lines(&c, func(path *vg.Path) { disc(path, vg.Point{X: x(clip(q2)), Y: y(at)}, 3.2) }, blue, 1)
			return
		}
		areas(&c, shape, rgb(0xBFD3FA))
		lines(&c, shape, blue, 1)
		lines(&c, func(path *vg.Path) {
			polyline(path, []vg.Point{{X: x(clip(q2)), Y: y(at - half)}, {X: x(clip(q2)), Y: y(at + half)}})
		}, blue, 2)
	}
}

func groupsAlt(f Frame, names []string, sorted [][]float64, violins bool) string {
	shape := "Box plots"
	if violins {
		shape = "Violin plots"
	}
	highest, lowest := -1, -1
	for i, s := range sorted {
		if len(s) == 0 {
			continue
		}
		if highest < 0 || quantile(s, .5) > quantile(sorted[highest], .5) {
			highest = i
		}
		if lowest < 0 || quantile(s, .5) < quantile(sorted[lowest], .5) {
			lowest = i
		}
	}
	if highest < 0 {
		return fmt.Sprintf("%s of %s: there is no value to show.", shape, f.name())
	}
	return fmt.Sprintf("%s of %s for %d categories. The median is highest for %s (%s) and lowest for %s (%s).", shape, f.name(), len(names),
		label(names[highest], 40), human.Digits(quantile(sorted[highest], .5), 4),
		label(names[lowest], 40), human.Digits(quantile(sorted[lowest], .5), 4))
}

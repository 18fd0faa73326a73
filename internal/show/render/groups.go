package render

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
)

// groupChart lays out how numbers are spread within categories, a row each: a
// violin around quartiles where there is a density, a box where there is none.
func groupChart(spec *figure.Chart, width float64) *chart {
	k := len(spec.Groups)
	names := make([]string, k)
	for i, g := range spec.Groups {
		names[i] = g.Name
	}
	row := 38.0
	if k > 8 {
		row = 25
	}
	if k <= 16 {
		row = rowFor(names, 0.36*width, row)
	}
	c := newChart(spec, width, 56+row*float64(max(k, 1)))
	low, high := math.Inf(1), math.Inf(-1)
	for _, g := range spec.Groups {
		if g.Five != nil {
			low, high = min(low, g.Five[0]), max(high, g.Five[4])
		}
	}
	if low > high {
		low, high = 0, 1
	}
	c.rangeX(low, high)
	c.rangeY(-0.6, float64(k)-0.4)
	c.Plot.Y.Tick.Marker = rows(names, 0.36*width, row)
	c.Plot.Y.Tick.Label.Color = paints[slate]
	c.mark(gridX)
	for i := range spec.Groups {
		if g := &spec.Groups[i]; g.Five != nil {
			c.mark(c.group(g, float64(k-1-i)))
		}
	}
	return c
}

// group draws one category around the row at.
func (c *chart) group(g *figure.Group, at float64) mark {
	return func(d draw.Canvas, p *plot.Plot) {
		fx, y := p.Transforms(&d)
		x := func(v float64) vg.Length { return fx(min(max(v, p.X.Min), p.X.Max)) }
		half := 0.26
		if g.Density != nil {
			half = 0.07
			c.violin(&d, g, at, x, y)
		}
		lines(&d, func(path *vg.Path) {
			polyline(path, []vg.Point{{X: x(g.Five[0]), Y: y(at)}, {X: x(g.Five[4]), Y: y(at)}})
		}, paints[blue], 1)
		box := func(path *vg.Path) { rectangle(path, x(g.Five[1]), y(at-half), x(g.Five[3]), y(at+half)) }
		if g.Density != nil {
			areas(&d, box, paints[blue])
			ring(&d, []vg.Point{{X: x(g.Five[2]), Y: y(at)}}, 4, paints[blue])
		} else {
			areas(&d, box, paints[cold+1])
			lines(&d, box, paints[blue], 1)
			lines(&d, func(path *vg.Path) {
				polyline(path, []vg.Point{{X: x(g.Five[2]), Y: y(at - half)}, {X: x(g.Five[2]), Y: y(at + half)}})
			}, paints[blue], 2)
		}
		c.say(vg.Point{X: x(g.Five[2]), Y: y(at)}, label(g.Name, 80)+": median "+c.exactX(g.Five[2])+", half of them between "+
			c.exactX(g.Five[1])+" and "+c.exactX(g.Five[3])+", "+human.Count(g.Rows, "row"))
	}
}

// violin draws the density of a group around its row.
func (c *chart) violin(d *draw.Canvas, g *figure.Group, at float64, x, y func(float64) vg.Length) {
	top, n := 0.0, len(g.Density)
	for _, h := range g.Density {
		top = max(top, h)
	}
	from, to := g.Span[0], g.Span[1]
	log := c.spec.X.Scale == figure.Log && from > 0 && to > 0
	if log {
		from, to = math.Log(from), math.Log(to)
	}
	outline := func(path *vg.Path) {
		for i := range 2 * n {
			j, side := i, 0.42
			if i >= n {
				j, side = 2*n-1-i, -0.42
			}
			v := from + (to-from)*float64(j)/float64(n-1)
			if log {
				v = math.Exp(v)
			}
			point := vg.Point{X: x(v), Y: y(at + side*g.Density[j]/top)}
			if i == 0 {
				path.Move(point)
			} else {
				path.Line(point)
			}
		}
		path.Close()
	}
	if top > 0 {
		areas(d, outline, paints[blue].thin(0x55))
		lines(d, outline, paints[blue], 1)
	}
}

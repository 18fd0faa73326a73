package render

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
)

// histogram lays out counts over a scale.
func histogram(spec *figure.Chart, width float64) *chart {
	height := 270.0
	if spec.Room == figure.Small {
		height = 215
	}
	c := newChart(spec, width, height)
	h := spec.Histogram
	fullest, all := 1, 0
	for _, n := range h.Counts {
		fullest, all = max(fullest, n), all+n
	}
	c.rangeX(h.Edges[0], h.Edges[len(h.Edges)-1])
	c.rangeY(0, float64(fullest)*1.05)
	c.mark(grid, func(d draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&d)
		areas(&d, func(path *vg.Path) {
			for i, n := range h.Counts {
				if a, b := x(h.Edges[i]), x(h.Edges[i+1]); n > 0 {
					rectangle(path, a+0.5, y(0), max(b-0.5, a+1), y(float64(n)))
				}
			}
		}, paints[blue].thin(0xC8))
		for i, n := range h.Counts {
			middle := (x(h.Edges[i]) + x(h.Edges[i+1])) / 2
			c.say(vg.Point{X: middle, Y: y(float64(n))}, c.exactX(h.Edges[i])+" to "+c.exactX(h.Edges[i+1])+": "+
				human.Count(n, "row")+", "+human.Digits(100*float64(n)/float64(max(all, 1)), 3)+" %")
		}
		if h.Median == nil || !(*h.Median >= p.X.Min && *h.Median <= p.X.Max) {
			return
		}
		median := x(*h.Median)
		lines(&d, func(path *vg.Path) {
			polyline(path, []vg.Point{{X: median, Y: d.Min.Y}, {X: median, Y: d.Max.Y}})
		}, paints[ink], 1.2, 3, 3)
	})
	return c
}

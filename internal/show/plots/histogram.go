package plots

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Histogram shows how numbers are spread, with their median. NaN is left out;
// a few values far off the rest are not shown, but counted in the subtitle.
func Histogram(f Frame, values []float64) *notebook.Figure {
	sorted := finite(values)
	for f.LogX && len(sorted) > 0 && sorted[0] <= 0 {
		sorted = sorted[1:]
	}
	low, high, outside := window(sorted)
	most := 40
	if f.Width > 0 && f.Width < 400 {
		most = 28
	}
	at := edges(sorted, low, high, most)
	if f.LogX && len(sorted) > 0 {
		low, high, outside = sorted[0], sorted[len(sorted)-1], 0
		low, high = span(low, high)
		at = at[:0]
		for i := range most + 1 {
			at = append(at, low*math.Pow(high/low, float64(i)/float64(most)))
		}
	}
	counts := make([]int, len(at)-1)
	b := 0
	for _, v := range sorted {
		if v < at[0] || v > at[len(at)-1] {
			continue
		}
		for b < len(counts)-1 && v >= at[b+1] {
			b++
		}
		counts[b]++
	}
	fullest := 0
	for i, n := range counts {
		if n > counts[fullest] {
			fullest = i
		}
	}
	if outside > 0 {
		note := human.Int(outside) + " far values not shown"
		if f.Subtitle != "" {
			note = f.Subtitle + " · " + note
		}
		f.Subtitle = note
	}
	c := newChart(f, 640, 300)
	c.rangeX(at[0], at[len(at)-1])
	c.rangeY(0, max(1, float64(counts[fullest]))*1.05)
	median := quantile(sorted, .5)
	c.mark(grid, func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		bars := func(path *vg.Path) {
			for i, n := range counts {
				if n > 0 {
					rectangle(path, x(at[i])+0.5, y(0), max(x(at[i+1])-0.5, x(at[i])+1), y(float64(n)))
				}
			}
		}
		areas(&c, bars, alpha(blue, 0xB0))
		if len(sorted) > 0 && c.ContainsX(x(median)) {
			lines(&c, func(path *vg.Path) {
				polyline(path, []vg.Point{{X: x(median), Y: c.Min.Y}, {X: x(median), Y: c.Max.Y}})
			}, ink, 1, 3, 3)
		}
	})
	if len(sorted) == 0 {
		return c.figure(fmt.Sprintf("Histogram of %s: there is no value to show.", f.name()))
	}
	say := func(v float64) string { return human.Digits(v, 4) }
	if f.DateX {
		say = func(v float64) string { return time.Unix(int64(v), 0).UTC().Format("2006-01-02") }
	}
	return c.figure(fmt.Sprintf("Histogram of %s: %s values from %s to %s, half of them between %s and %s, median %s (dashed). The fullest bin, %s to %s, holds %.0f %%.",
		f.name(), human.Int(len(sorted)), say(sorted[0]), say(sorted[len(sorted)-1]),
		say(quantile(sorted, .25)), say(quantile(sorted, .75)), say(median),
		say(at[fullest]), say(at[fullest+1]), 100*float64(counts[fullest])/float64(len(sorted))))
}

// name is what alt texts call the chart's data.
func (f Frame) name() string {
	if f.X != "" {
		return label(f.X, 60)
	}
	return label(f.Title, 80)
}

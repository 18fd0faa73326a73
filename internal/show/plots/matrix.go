package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// Correlations shows a square matrix of numbers between -1 and 1 with its
// numbers written in; values[i][j] is of names i and j, NaN where not known.
func Correlations(f Frame, names []string, values [][]float64) *notebook.Figure {
	strongest, si, sj := 0.0, 0, 0
	for i := range values {
		for j := range i {
			if v := math.Abs(values[i][j]); v > strongest {
				strongest, si, sj = v, i, j
			}
		}
	}
	alt := fmt.Sprintf("Matrix of %s for %d columns.", f.name(), len(names))
	if strongest > 0 {
		alt += fmt.Sprintf(" Strongest: %s and %s (%.2f).", label(names[si], 40), label(names[sj], 40), values[si][sj])
	}
	return grille(f, names, names, func(i, j int) (color.NRGBA, string) {
		v := values[i][j]
		if math.IsNaN(v) {
			return rgb(0xF3F4F6), ""
		}
		text := strings.Replace(fmt.Sprintf("%.2f", v), "0.", ".", 1)
		if math.Abs(v) < 0.005 {
			text = "0"
		}
		return diverging(v), text
	}, alt)
}

// ConfusionMatrix shows which class was taken for which: rows are the true
// classes, coloured by their share, with counts written in.
func ConfusionMatrix(f Frame, m *metrics.Confusion) *notebook.Figure {
	totals := make([]float64, len(m.Classes))
	var hits, all, worst float64
	wi, wj := -1, -1
	for i, row := range m.Counts {
		for j, n := range row {
			totals[i] += n
			all += n
			if i == j {
				hits += n
			} else if n > worst {
				worst, wi, wj = n, i, j
			}
		}
	}
	alt := fmt.Sprintf("Confusion matrix of %d classes, true classes in rows: %.0f of %.0f rows on the diagonal.", len(m.Classes), hits, all)
	if wi >= 0 {
		alt += fmt.Sprintf(" Most common mistake: %s taken for %s (%.0f).", label(m.Classes[wi], 40), label(m.Classes[wj], 40), worst)
	}
	return grille(f, m.Classes, m.Classes, func(i, j int) (color.NRGBA, string) {
		n := m.Counts[i][j]
		if n == 0 {
			return rgb(0xF9FAFB), ""
		}
		share := n / totals[i]
		if i == j {
			return mix(rgb(0xEFF6FF), rgb(0x1D4ED8), share), human.Int(int(n))
		}
		return mix(rgb(0xFEF3E2), rgb(0xC2410C), math.Sqrt(share)), human.Int(int(n))
	}, alt)
}

// grille draws a matrix of coloured cells with gaps; at gives a cell's colour
// and text. Texts that do not fit their cells are left out.
func grille(f Frame, down, across []string, at func(i, j int) (color.NRGBA, string), alt string) *notebook.Figure {
	n, m := len(down), len(across)
	cell := min(max(520/max(m, 1), 18), 56)
	c := newChart(f, 200+cell*m, 150+min(cell, 40)*n)
	c.rangeX(-0.5, float64(m)-0.5)
	c.rangeY(-0.5, float64(n)-0.5)
	c.Plot.Y.Tick.Marker = rows(down, 22)
	c.Plot.Y.Tick.Label.Color = slate
	ticks := make(plot.ConstantTicks, m)
	tilt := false
	style := c.face.style(10.5, slate)
	for j, name := range across {
		ticks[j] = plot.Tick{Value: float64(j), Label: label(name, 16)}
		tilt = tilt || float64(style.Width(ticks[j].Label)) > float64(cell)-4
	}
	c.Plot.X.Tick.Marker = ticks
	c.Plot.X.Tick.Label.Color = slate
	c.Plot.X.LineStyle.Width = 0
	if tilt {
		c.Plot.X.Tick.Label.Rotation = math.Pi / 4
		c.Plot.X.Tick.Label.XAlign, c.Plot.X.Tick.Label.YAlign = draw.XRight, draw.YTop
	}
	c.mark(func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		text := centred(faces().style(10, ink))
		for i := range n {
			for j := range m {
				fill, s := at(i, j)
				left, right := x(float64(j)-0.5)+0.75, x(float64(j)+0.5)-0.75
				low, high := y(float64(n-1-i)-0.5)+0.75, y(float64(n-1-i)+0.5)-0.75
				areas(&c, func(path *vg.Path) { rectangle(path, left, low, right, high) }, fill)
				if s != "" && text.Width(s) <= right-left-2 && high-low >= 11 {
					text.Color = on(fill)
					c.FillText(text, vg.Point{X: (left + right) / 2, Y: (low + high) / 2}, s)
				}
			}
		}
	})
	return c.figure(alt)
}

// Shares shows how the columns' classes are spread within each row of counts,
// in per cent.
func Shares(f Frame, down, across []string, counts [][]float64) *notebook.Figure {
	alt := fmt.Sprintf("Matrix of shares of %s for %d categories.", f.name(), len(down))
	totals := make([]float64, len(down))
	for i, row := range counts {
		best := 0
		for j, n := range row {
			totals[i] += n
			if n > row[best] {
				best = j
			}
		}
		if totals[i] > 0 && i < 5 {
			alt += fmt.Sprintf(" %s: mostly %s (%.0f %%).", label(down[i], 40), label(across[best], 40), 100*row[best]/totals[i])
		}
	}
	return grille(f, down, across, func(i, j int) (color.NRGBA, string) {
		if totals[i] == 0 {
			return rgb(0xF3F4F6), ""
		}
		share := counts[i][j] / totals[i]
		return mix(rgb(0xEFF6FF), rgb(0x1D4ED8), share), fmt.Sprintf("%.0f", 100*share)
	}, alt)
}

package render

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
)

// matrixChart lays out coloured cells with their numbers. It is as large as the
// cells and the whole of their names ask for, whatever the width.
func matrixChart(spec *figure.Chart, width float64) *chart {
	m := spec.Matrix
	n, k := len(m.Rows), len(m.Columns)
	names := reading(slate)
	left, down, widest := 0.0, 0.0, 0.0
	for _, name := range m.Rows {
		left = max(left, float64(names.Width(label(name, 60))))
	}
	for _, name := range m.Columns {
		down = max(down, float64(names.Width(label(name, 60))))
	}
	texts := reading(ink)
	cells := make([][]matrixCell, n)
	for i := range cells {
		cells[i] = make([]matrixCell, k)
		for j := range cells[i] {
			cells[i][j] = cellOf(m, i, j)
			widest = max(widest, float64(texts.Width(cells[i][j].text)))
		}
	}
	wide := max(28, widest+8)
	if room := (width - left - 24) / float64(max(k, 1)); room > wide {
		wide = min(room, 64)
	}
	tilt := down > wide-4
	high := 30.0
	below := 24.0
	if tilt {
		below = down*math.Sqrt2/2 + 20
	}
	if spec.X.Name != "" {
		below += 20
	}
	c := newChart(spec, left+24+wide*float64(max(k, 1)), high*float64(max(n, 1))+below+10)
	c.fixed = true
	c.rangeX(-0.5, float64(k)-0.5)
	c.rangeY(-0.5, float64(n)-0.5)
	c.Plot.Y.Tick.Marker = rows(m.Rows, left+1, high)
	c.Plot.Y.Tick.Label.Color = paints[slate]
	ticks := make(plot.ConstantTicks, k)
	for j, name := range m.Columns {
		ticks[j] = plot.Tick{Value: float64(j), Label: label(name, 60)}
	}
	c.Plot.X.Tick.Marker = ticks
	c.Plot.X.Tick.Label.Color = paints[slate]
	c.Plot.X.LineStyle.Width = 0
	c.Plot.X.Tick.Label.YAlign = draw.YTop // there is no axis to stay off, and no room below
	if tilt {
		c.Plot.X.Tick.Label.Rotation, c.Plot.X.Tick.Label.XAlign = math.Pi/4, draw.XRight
	}
	c.mark(func(d draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&d)
		for i := range n {
			for j := range k {
				cell := cells[i][j]
				left, right := x(float64(j)-0.5)+0.75, x(float64(j)+0.5)-0.75
				low, high := y(float64(n-1-i)-0.5)+0.75, y(float64(n-1-i)+0.5)-0.75
				areas(&d, func(path *vg.Path) { rectangle(path, left, low, right, high) }, cell.fill)
				middle := vg.Point{X: (left + right) / 2, Y: (low + high) / 2}
				if cell.text != "" {
					d.FillText(centred(faces().style(letters, cell.ink)), middle, cell.text)
				}
				said := label(m.Rows[i], 60) + ", " + label(m.Columns[j], 60) + ": " + cell.exact
				if m.Link != nil && m.Values[i][j] > 0 {
					c.doors = append(c.doors, door{spot: len(c.spots), text: said, to: m.Link(i, j), x: float64(left), y: c.height - float64(high), wide: float64(right - left), high: float64(high - low)})
				}
				c.say(middle, said)
			}
		}
	})
	return c
}

// matrixCell is how one number is shown.
type matrixCell struct {
	fill, ink   paint
	text, exact string
}

func cellOf(m *figure.Matrix, i, j int) matrixCell {
	v := m.Values[i][j]
	cell := matrixCell{fill: paints[sunk], ink: paints[slate], exact: "not known"}
	if math.IsNaN(v) {
		return cell
	}
	cell.exact = number(v)
	if m.Form == figure.Signed {
		cell.text = strings.Replace(fmt.Sprintf("%.2f", v), "0.", ".", 1)
		from := cold
		if v < 0 {
			from = warm
		}
		if cell.fill, cell.ink = ramp(from, math.Abs(v)); math.Abs(v) < 0.005 {
			cell.text = "0"
		}
		if cell.text == "1.00" || cell.text == "-1.00" {
			cell.text = strings.TrimSuffix(cell.text, ".00")
		}
		return cell
	}
	whole := 0.0
	for _, n := range m.Values[i] {
		whole += max(n, 0)
	}
	if !(v > 0) || !(whole > 0) {
		cell.exact = "0"
		if m.Form == figure.Shares && whole > 0 {
			cell.text = "0"
		}
		return cell
	}
	share := v / whole
	cell.exact += fmt.Sprintf(" of %s, %.1f %%", number(whole), 100*share)
	cell.fill, cell.ink = ramp(cold, share)
	cell.text = fmt.Sprintf("%.0f", 100*share)
	if m.Form == figure.Confusion {
		cell.text = human.Int(int(v))
		if i != j {
			cell.fill, cell.ink = ramp(warm, math.Sqrt(share))
		}
	}
	return cell
}

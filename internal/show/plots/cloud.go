package plots

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Cloud is what to draw beside the points.
type Cloud struct {
	// Diagonal draws the line of equal X and Y and gives both axes one range;
	// Zero draws the line Y = 0.
	Diagonal, Zero bool
	// Trend draws the median of Y along X.
	Trend bool
}

// Most points that are drawn one by one; more are drawn as a density.
const fewPoints = 2000

// Scatter shows two numbers against each other: as points where there are few,
// as the density of hexagonal bins where there are many. Pairs with NaN are
// left out, and a few values far off the rest are not shown.
func Scatter(f Frame, xs, ys []float64, with Cloud) *notebook.Figure {
	x, y := make([]float64, 0, len(xs)), make([]float64, 0, len(xs))
	for i := range xs {
		if a, b := xs[i], ys[i]; math.Abs(a) < huge && math.Abs(b) < huge && (!f.LogX || a > 0) && (!f.LogY || b > 0) {
			x, y = append(x, a), append(y, b)
		}
	}
	c := newChart(f, 640, 420)
	sx, sy := finite(x), finite(y)
	xlow, xhigh := shown(sx, f.LogX)
	ylow, yhigh := shown(sy, f.LogY)
	if with.Diagonal {
		xlow, ylow = min(xlow, ylow), min(xlow, ylow)
		xhigh, yhigh = max(xhigh, yhigh), max(xhigh, yhigh)
	}
	if with.Zero {
		ylow, yhigh = min(ylow, 0), max(yhigh, 0)
	}
	c.rangeX(xlow, xhigh)
	c.rangeY(ylow, yhigh)
	c.mark(grid)
	many := len(x) > fewPoints
	c.mark(func(c draw.Canvas, p *plot.Plot) {
		if len(x) == 0 {
			return
		}
		if many {
			c.DrawImage(c.Rectangle, hexagons(&c, p, x, y))
		} else {
			c.DrawImage(c.Rectangle, points(&c, p, x, y))
		}
	})
	if with.Diagonal {
		c.mark(reference(c.Plot.X.Min, c.Plot.Y.Min, c.Plot.X.Max, c.Plot.Y.Max, "", c.face))
	}
	if with.Zero {
		c.mark(reference(c.Plot.X.Min, 0, c.Plot.X.Max, 0, "", c.face))
	}
	if with.Trend {
		if tx, ty := trend(x, y); tx != nil {
			c.mark(func(c draw.Canvas, p *plot.Plot) {
				fx, fy := p.Transforms(&c)
				var line []vg.Point
				for i := range tx {
					if at := (vg.Point{X: fx(tx[i]), Y: fy(ty[i])}); c.Contains(at) {
						line = append(line, at)
					}
				}
				lines(&c, func(path *vg.Path) { polyline(path, line) }, white, 4)
				lines(&c, func(path *vg.Path) { polyline(path, line) }, amber, 2)
			})
			if c.Width >= 400 {
				c.legend = append(c.legend, swatch{"median along the way", amber, true})
			}
		}
	}
	return c.figure(scatterAlt(f, x, y, sx, sy, many))
}

// shown is the window of sorted values with a margin.
func shown(sorted []float64, log bool) (low, high float64) {
	if len(sorted) == 0 {
		return 1, 2
	}
	if log {
		return sorted[0] / 1.05, sorted[len(sorted)-1] * 1.05
	}
	low, high, _ = window(sorted)
	margin := 0.03 * (high - low)
	return low - margin, high + margin
}

func scatterAlt(f Frame, x, y, sx, sy []float64, many bool) string {
	if f.X == "" {
		f.X = f.name()
	}
	against := label(f.Y, 60) + " against " + label(f.X, 60)
	if len(x) == 0 {
		return "Scatter of " + against + ": there is no value to show."
	}
	shape := "Scatter"
	if many {
		shape = "Density"
	}
	text := fmt.Sprintf("%s of %s: %s points, %s from %s to %s, %s from %s to %s", shape, against, human.Int(len(x)),
		label(f.X, 60), human.Digits(sx[0], 4), human.Digits(sx[len(sx)-1], 4),
		label(f.Y, 60), human.Digits(sy[0], 4), human.Digits(sy[len(sy)-1], 4))
	if r := correlation(x, y); !math.IsNaN(r) {
		text += fmt.Sprintf("; their correlation is %.2f", r)
	}
	return text + "."
}

// correlation is Pearson's.
func correlation(x, y []float64) float64 {
	var mx, my, sxx, syy, sxy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(x))
	}
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		syy += (y[i] - my) * (y[i] - my)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	return sxy / math.Sqrt(sxx*syy)
}

// shades is the number of colours of a bitmap besides the clear one.
const shades = 48

// bitmap makes a clear picture for the canvas, two pixels to each of CSS, with
// a palette that shade gives for 0 (nearly nothing) to 1.
func bitmap(c *draw.Canvas, shade func(t float64) color.NRGBA) *image.Paletted {
	size := c.Size()
	colors := color.Palette{color.NRGBA{}}
	for i := range shades {
		colors = append(colors, shade(float64(i)/(shades-1)))
	}
	return image.NewPaletted(image.Rect(0, 0, max(int(2*size.X), 1), max(int(2*size.Y), 1)), colors)
}

// points draws every point as a disc that shines through.
func points(c *draw.Canvas, p *plot.Plot, xs, ys []float64) *image.Paletted {
	img := bitmap(c, func(t float64) color.NRGBA { return alpha(rgb(0x1D4ED8), uint8(20+t*215)) })
	w, h := img.Rect.Dx(), img.Rect.Dy()
	radius, weight := 5.0, 0.6
	if len(xs) > 400 {
		radius, weight = 4, 0.42
	}
	clear := make([]float32, w*h) // how much of the ground shines through, less 1
	for i := range xs {
		cx, cy := p.X.Norm(xs[i])*float64(w), (1-p.Y.Norm(ys[i]))*float64(h)
		for py := max(int(cy-radius-1), 0); py <= min(int(cy+radius+1), h-1); py++ {
			for px := max(int(cx-radius-1), 0); px <= min(int(cx+radius+1), w-1); px++ {
				distance := math.Hypot(float64(px)+0.5-cx, float64(py)+0.5-cy)
				if cover := min(max(radius+0.5-distance, 0), 1) * weight; cover > 0 {
					at := &clear[py*w+px]
					*at = float32((1+float64(*at))*(1-cover)) - 1
				}
			}
		}
	}
	for i, v := range clear {
		if v < -0.02 {
			img.Pix[i] = uint8(1 + min(int(-v*shades), shades-1))
		}
	}
	return img
}

// hexagons counts points in hexagonal bins (Carr et al. 1987) and colours the
// bins by the logarithm of their count.
func hexagons(c *draw.Canvas, p *plot.Plot, xs, ys []float64) *image.Paletted {
	img := bitmap(c, ramp)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	side := max(float64(w)/110, 7.0) // between the bins' centres along a row, in pixels
	high := side * math.Sqrt(3) / 2
	across, down := int(float64(w)/side)+3, int(float64(h)/high)+3
	bin := func(x, y float64) int {
		row := y / high
		best, at := math.Inf(1), 0
		for r := int(row); r <= int(row)+1; r++ {
			shift := 0.5 * float64(r&1)
			col := math.Floor(x/side - shift + 0.5)
			dx, dy := x-(col+shift)*side, y-float64(r)*high
			if d := dx*dx + dy*dy; d < best {
				best, at = d, r*across+int(col)+1
			}
		}
		return at
	}
	counts := make([]int, across*down)
	most := 0
	for i := range xs {
		x, y := p.X.Norm(xs[i])*float64(w), (1-p.Y.Norm(ys[i]))*float64(h)
		if x < 0 || y < 0 || x > float64(w) || y > float64(h) {
			continue
		}
		b := bin(x, y)
		counts[b]++
		most = max(most, counts[b])
	}
	shade := make([]uint8, len(counts))
	for i, n := range counts {
		if n > 0 {
			t := math.Log(float64(n)) / math.Log(float64(max(most, 2)))
			shade[i] = uint8(1 + min(int(t*shades), shades-1))
		}
	}
	for py := range h {
		for px := range w {
			img.Pix[py*img.Stride+px] = shade[bin(float64(px)+0.5, float64(py)+0.5)]
		}
	}
	return img
}

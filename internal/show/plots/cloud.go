package plots

import (
	"fmt"
	"math"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Cloud is what to show beside the points.
type Cloud struct {
	// Diagonal shows the line of equal X and Y and gives both axes one range;
	// Zero shows the line Y = 0.
	Diagonal, Zero bool
	// Trend shows the median of Y along X.
	Trend bool
}

// Most points that are kept one by one; more are counted on a grid.
const fewPoints = 2000

// Scatter shows two numbers against each other: as points where there are few,
// counted on a grid where there are many. Pairs with NaN are left out, and a few
// values far off the rest are not shown.
func Scatter(f Frame, xs, ys []float64, with Cloud) *notebook.Figure {
	x, y := make([]float64, 0, len(xs)), make([]float64, 0, len(xs))
	for i := range xs {
		if a, b := xs[i], ys[i]; math.Abs(a) < huge && math.Abs(b) < huge && (!f.LogX || a > 0) && (!f.LogY || b > 0) {
			x, y = append(x, a), append(y, b)
		}
	}
	sx, sy := finite(x), finite(y)
	chart := f.chart()
	chart.XY = &figure.XY{Diagonal: with.Diagonal, Zero: with.Zero}
	xlow, xhigh := shown(sx, f.LogX)
	ylow, yhigh := shown(sy, f.LogY)
	if with.Diagonal {
		xlow, ylow = min(xlow, ylow), min(xlow, ylow)
		xhigh, yhigh = max(xhigh, yhigh), max(xhigh, yhigh)
	}
	if with.Zero {
		ylow, yhigh = min(ylow, 0), max(yhigh, 0)
	}
	chart.X.Ends, chart.Y.Ends = apart(xlow, xhigh), apart(ylow, yhigh)
	many := len(x) > fewPoints
	if many {
		chart.XY.Bins = bin(chart, x, y)
	} else {
		chart.XY.Series = []figure.Series{{Mark: figure.Points, X: x, Y: y}}
	}
	if with.Trend {
		if tx, ty := trend(x, y); tx != nil {
			chart.XY.Series = append(chart.XY.Series, figure.Series{Name: "median along the way", Role: figure.Summary, X: tx, Y: ty})
		}
	}
	return &notebook.Figure{Alt: scatterAlt(f, x, y, sx, sy, many), Chart: chart}
}

// apart gives two ends, made different.
func apart(low, high float64) *[2]float64 {
	if high-low > 1e-12*max(math.Abs(low), math.Abs(high)) {
		return &[2]float64{low, high}
	}
	if low > 0 {
		return &[2]float64{low * 0.9, high * 1.1}
	}
	return &[2]float64{low - max(1, -0.1*low), high + max(1, 0.1*math.Abs(high))}
}

// bin counts points on a grid of nearly square cells between the axes' ends.
func bin(c *figure.Chart, x, y []float64) *figure.Bins {
	b := &figure.Bins{Columns: 88, Rows: 66}
	if c.Room == figure.Small {
		b.Columns, b.Rows = 72, 44
	}
	along := func(a figure.Axis, v float64, n int) int {
		low, high := a.Ends[0], a.Ends[1]
		if a.Scale == figure.Log {
			low, high, v = math.Log(low), math.Log(high), math.Log(v)
		}
		switch t := (v - low) / (high - low); {
		case t == 1:
			return n - 1
		case t >= 0 && t < 1:
			return int(t * float64(n))
		}
		return -1
	}
	counts := make([]int, b.Columns*b.Rows)
	for i := range x {
		if column, row := along(c.X, x[i], b.Columns), along(c.Y, y[i], b.Rows); column >= 0 && row >= 0 {
			counts[row*b.Columns+column]++
		}
	}
	for row := range b.Rows {
		var run []int
		for column, n := range counts[row*b.Columns : (row+1)*b.Columns] {
			switch {
			case n == 0:
				run = nil
				continue
			case run == nil:
				b.Runs = append(b.Runs, []int{row, column})
				run = b.Runs[len(b.Runs)-1]
			}
			run = append(run, n)
			b.Runs[len(b.Runs)-1] = run
		}
	}
	return b
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
	if r := correlation(x, y); math.Abs(r) <= 1.001 {
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

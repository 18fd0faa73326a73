package plots

import (
	"fmt"
	"math"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Line is a series: Y over X, with a band around it where Low and High are
// given. NaN breaks it.
type Line struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // as long as Y, or nil
	Dots      bool      // mark the values
	Total     bool      // the others are parts of it
}

// Ends of the axes of Lines; nil takes the data's own.
type Ends struct{ X, Y *[2]float64 }

// Free leaves all ends to the data; Unit is the unit square.
var (
	Free = Ends{}
	Unit = Ends{&[2]float64{0, 1}, &[2]float64{0, 1}}
)

// Lines shows series over a common X. diagonal shows the line of equal X and
// Y, such as perfect calibration.
func Lines(f Frame, series []Line, ends Ends, diagonal bool) *notebook.Figure {
	chart := f.chart()
	chart.X.Ends, chart.Y.Ends = ends.X, ends.Y
	if n := len(f.LevelsX); n > 0 && ends.X == nil {
		chart.X.Ends = &[2]float64{-0.3, float64(n) - 0.7}
	}
	chart.XY = &figure.XY{Diagonal: diagonal}
	for _, s := range series {
		out := figure.Series{Name: s.Name, X: clean(s.X), Y: clean(s.Y)}
		if s.Dots {
			out.Mark = figure.LineDots
		} else {
			out.X, out.Y = thinned(out.X, out.Y)
		}
		if s.Total {
			out.Role = figure.Total
		}
		if s.Low != nil {
			out.X, out.Y, out.Low, out.High = clean(s.X), clean(s.Y), clean(s.Low), clean(s.High)
		}
		chart.XY.Series = append(chart.XY.Series, out)
	}
	return &notebook.Figure{Alt: linesAlt(f, series), Chart: chart}
}

// thinned leaves out points of a curve that lie within a thousandth of its
// extent of the last one kept, so that a curve over all rows stays small.
func thinned(x, y figure.Numbers) (figure.Numbers, figure.Numbers) {
	if len(x) < 200 {
		return x, y
	}
	sx, sy := finite(x), finite(y)
	if len(sx) == 0 || len(sy) == 0 {
		return x, y
	}
	wide, high := (sx[len(sx)-1]-sx[0])/1000, (sy[len(sy)-1]-sy[0])/1000
	kx, ky := x[:0:0], y[:0:0]
	last := -1
	for i := range x {
		if last >= 0 && i+1 < len(x) && math.Abs(x[i]-x[last]) <= wide && math.Abs(y[i]-y[last]) <= high {
			continue
		}
		kx, ky, last = append(kx, x[i]), append(ky, y[i]), i
	}
	return kx, ky
}

// place says where on X a value is.
func (f Frame) place(x float64) string {
	if i := int(x); i >= 0 && i < len(f.LevelsX) && float64(i) == x {
		return label(f.LevelsX[i], 40)
	}
	return human.Digits(x, 3)
}

func linesAlt(f Frame, series []Line) string {
	text := fmt.Sprintf("Lines of %s over %s.", label(f.Y, 60), label(f.X, 60))
	for i, s := range series {
		if i == 4 {
			return text + fmt.Sprintf(" And %d more.", len(series)-i)
		}
		if n := len(s.X); n > 0 {
			text += fmt.Sprintf(" %s goes from %s at %s to %s at %s.", label(s.Name, 40),
				human.Digits(s.Y[0], 3), f.place(s.X[0]), human.Digits(s.Y[n-1], 3), f.place(s.X[n-1]))
		}
	}
	return text
}

// History shows the value of each trial of a search and the best so far;
// lower says that smaller is better. NaN is a trial that gave no value.
func History(f Frame, values []float64, lower bool) *notebook.Figure {
	trials := figure.Series{Name: "trial", Mark: figure.Points, Role: figure.Quiet, X: figure.Numbers{}, Y: clean(values)}
	best := figure.Series{Name: "best so far", Mark: figure.Steps, X: figure.Numbers{}, Y: figure.Numbers{}}
	for i, v := range trials.Y {
		trials.X = append(trials.X, float64(i+1))
		if n := len(best.Y); n > 0 && (math.IsNaN(v) || lower == (v > best.Y[n-1])) {
			v = best.Y[n-1]
		}
		if !math.IsNaN(v) {
			best.X, best.Y = append(best.X, float64(i+1)), append(best.Y, v)
		}
	}
	chart := f.chart()
	low, high := shown(finite(values), f.LogY)
	chart.X.Scale = figure.Whole
	chart.X.Ends, chart.Y.Ends = &[2]float64{0.5, float64(len(values)) + 0.5}, apart(low, high)
	chart.XY = &figure.XY{Series: []figure.Series{trials, best}}
	alt := "History of a search: no trial gave a value."
	if n := len(best.Y); n > 0 {
		alt = fmt.Sprintf("History of a search over %d trials: the first gave %s, the best %s.", len(values),
			human.Digits(best.Y[0], 4), human.Digits(best.Y[n-1], 4))
	}
	return &notebook.Figure{Alt: alt, Chart: chart}
}

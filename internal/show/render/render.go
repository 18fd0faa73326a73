// Package render draws figures: the one place that knows how a specification
// looks. It draws with gonum/plot on two canvases, one that writes SVG for the
// inside of a page, light or dark, and one that makes a PNG for slides and
// papers.
//
// The same figure gives the same bytes, and functions may be called from
// several goroutines at once: nothing global is changed, not even gonum's font
// cache. Whatever a figure holds that was read from somewhere, it is drawn or an
// error, and its texts stay texts.
package render

import (
	"errors"

	"gonum.org/v1/plot"

	"labbook/internal/base/figure"
)

// Look is the version of how figures look: raise it with any change of a
// drawing, its colours, or the words around it. It is in no stage's key: where
// it is another, pages and pictures are made again, and nothing else is.
const Look = "10"

// The widths of drawings. On a page they are shown at 85 to 106 % of them.
const (
	wide   = 700.0 // all the width of a page
	narrow = 350.0 // the same, on a phone
	column = 376.0 // in a gallery
)

// layOut gives the chart of a specification that is fine, for about a width.
func layOut(spec *figure.Chart, width float64) *chart {
	var c *chart
	switch {
	case spec.Bars != nil:
		c = barChart(spec, width)
	case spec.XY != nil:
		c = xyChart(spec, width)
	case spec.Histogram != nil:
		c = histogram(spec, width)
	case spec.Groups != nil:
		c = groupChart(spec, width)
	case spec.Matrix != nil:
		c = matrixChart(spec, width)
	default:
		c = parallelChart(spec, width)
	}
	c.height += c.legendHeight()
	if c.spec.Y.Name != "" {
		c.height += 21
	}
	for _, a := range []*plot.Axis{&c.Plot.X, &c.Plot.Y} {
		if _, log := a.Scale.(logScale); log && !(a.Min > 0) {
			a.Scale = plot.LinearScale{}
		}
	}
	return c
}

// widthOf gives the width that a specification is drawn for on a desk.
func widthOf(spec *figure.Chart) float64 {
	if spec.Room == "" {
		return wide
	}
	return column
}

// checked says what is wrong with a specification.
func checked(spec *figure.Chart) error {
	if spec == nil {
		return errors.New("there is nothing to draw")
	}
	return spec.Check()
}

// Package plots draws the figures of the notebook with gonum/plot, all in one
// theme: white card, left-aligned title over a grey subtitle, a light grid, few
// ticks, and one palette.
//
// Every function returns an SVG figure with a text that says what is to be
// seen. The same data gives the same bytes, and functions may be called from
// several goroutines at once: nothing global is changed, not even gonum's font
// cache. Clouds of points and densities are a small bitmap inside the SVG, so
// that a figure stays under about 60 KB however many rows there are.
//
// A chart is a Frame, which says what is written around it, and marks, which
// draw the data in the order in which they are added (see chart). A new kind of
// chart is one function that adds marks.
package plots

import (
	"context"

	"labbook/internal/base/notebook"
	"labbook/internal/base/parallel"
)

// Frame is what stands around the data.
type Frame struct {
	Title    string
	Subtitle string
	X, Y     string // the axes' names, with their units
	Width    int    // in CSS pixels; 0 takes the chart's own
	Height   int
	LogX     bool // logarithmic axis; values of 0 and less are not shown
	LogY     bool
	DateX    bool // X is in seconds since 1970
}

// Small makes the frame one of a gallery.
func (f Frame) Small() Frame {
	f.Width, f.Height = 310, 220
	return f
}

// Draw calls every function, at most cores at a time, and gives their figures
// in order; nil figures are left out. It stops early when ctx ends.
func Draw(ctx context.Context, cores int, functions ...func() *notebook.Figure) ([]*notebook.Figure, error) {
	figures := make([]*notebook.Figure, len(functions))
	err := parallel.Until(ctx, cores, len(functions), func(i int) { figures[i] = functions[i]() })
	kept := figures[:0]
	for _, f := range figures {
		if f != nil {
			kept = append(kept, f)
		}
	}
	return kept, err
}

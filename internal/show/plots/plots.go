// Package plots makes figures of numbers: it counts, bins and sums up what a
// chart shows, and says in words what is to be seen. How charts look is the
// renderer's (internal/show/render).
//
// The same data gives the same figure. What is not finite, or too large to be
// drawn, is a gap. Clouds of many points and densities are counted on a grid,
// so that a figure stays small however many rows there are.
package plots

import (
	"context"
	"math"

	"labbook/internal/base/figure"
	"labbook/internal/base/notebook"
	"labbook/internal/base/parallel"
)

// Frame is what stands around the data.
type Frame struct {
	Title    string
	Subtitle string
	X, Y     string // the axes' names, with their units
	Room     string // how much of the page it wants: "" all its width, figure.Half or figure.Small that of a column
	LogX     bool   // logarithmic axis; values of 0 and less are not shown
	LogY     bool
	DateX    bool     // X is in seconds since 1970
	LevelsX  []string // X is 0, 1 and so on, and these are their names
}

// Small makes the frame one of a gallery.
func (f Frame) Small() Frame { f.Room = figure.Small; return f }

// Half makes the frame one of two side by side.
func (f Frame) Half() Frame { f.Room = figure.Half; return f }

// chart begins a specification.
func (f Frame) chart() *figure.Chart {
	c := &figure.Chart{Title: f.Title, Subtitle: f.Subtitle, Room: f.Room, X: figure.Axis{Name: f.X, Levels: f.LevelsX}, Y: figure.Axis{Name: f.Y}}
	if f.LogX {
		c.X.Scale = figure.Log
	}
	if f.DateX {
		c.X.Scale = figure.Date
	}
	if f.LogY {
		c.Y.Scale = figure.Log
	}
	return c
}

// name is what alt texts call the chart's data.
func (f Frame) name() string {
	if f.X != "" {
		return label(f.X, 60)
	}
	return label(f.Title, 80)
}

// clean gives numbers with gaps for those that cannot be drawn.
func clean(values []float64) figure.Numbers {
	out := make(figure.Numbers, len(values))
	for i, v := range values {
		out[i] = v
		if !(math.Abs(v) < huge) {
			out[i] = math.NaN()
		}
	}
	return out
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

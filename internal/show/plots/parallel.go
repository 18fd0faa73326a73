package plots

import (
	"fmt"
	"math"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Dimension is a parameter of a search with its value in every trial. With
// Levels the values are indices of them.
type Dimension struct {
	Name   string
	Values []float64
	Log    bool
	Levels []string
}

// Parallel shows every trial of a search as a line through its parameters, the
// better ones deeper; lower says that smaller is better.
func Parallel(f Frame, dimensions []Dimension, score []float64, lower bool) *notebook.Figure {
	if f.Subtitle == "" {
		f.Subtitle = "Each line is a trial; those of the best tenth stand out"
	}
	chart := f.chart()
	p := &figure.Parallel{Dimensions: []figure.Dimension{}, Scores: clean(score), Lower: lower}
	for _, d := range dimensions {
		out := figure.Dimension{Name: d.Name, Levels: d.Levels, Values: clean(d.Values)}
		if d.Log {
			out.Scale = figure.Log
		}
		p.Dimensions = append(p.Dimensions, out)
	}
	chart.Parallel = p
	best, n := -1, 0
	for i, s := range p.Scores {
		if math.IsNaN(s) {
			continue
		}
		n++
		if best < 0 || s != p.Scores[best] && (s < p.Scores[best]) == lower {
			best = i
		}
	}
	alt := fmt.Sprintf("Parallel coordinates of %d trials over %d parameters.", n, len(dimensions))
	if best >= 0 {
		alt += fmt.Sprintf(" The best, %s, has", human.Digits(p.Scores[best], 4))
		for j, d := range dimensions {
			if j > 0 {
				alt += ","
			}
			alt += " " + label(d.Name, 40) + " " + d.say(p.Dimensions[j].Values[best])
		}
		alt += "."
	}
	return &notebook.Figure{Alt: alt, Chart: chart}
}

func (d Dimension) say(v float64) string {
	if i := int(v); len(d.Levels) > 0 && v >= 0 && i < len(d.Levels) {
		return label(d.Levels[i], 40)
	}
	if math.IsNaN(v) {
		return "–"
	}
	return human.Digits(v, 3)
}

// Slices shows the score of every trial against each parameter, as small
// figures of a gallery.
func Slices(f Frame, dimensions []Dimension, score []float64) []*notebook.Figure {
	figures := make([]*notebook.Figure, 0, len(dimensions))
	for _, d := range dimensions {
		frame := f.Small()
		frame.Title, frame.X, frame.LogX = d.Name, "", d.Log
		if len(d.Levels) > 0 {
			groups := make([]Group, len(d.Levels))
			for i, name := range d.Levels {
				groups[i].Name = name
				for t, v := range d.Values {
					if int(v) == i {
						groups[i].Values = append(groups[i].Values, score[t])
					}
				}
			}
			frame.X, frame.Y, frame.LogX, frame.LogY = f.Y, "", f.LogY, false
			figures = append(figures, Groups(frame, groups))
			continue
		}
		figures = append(figures, Scatter(frame, d.Values, score, Cloud{}))
	}
	return figures
}

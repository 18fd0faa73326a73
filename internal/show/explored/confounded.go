package explored

import (
	"math"
	"slices"

	"labbook/internal/base/ascending"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/internal/show/plots"
)

// confounded shows the target along each column that explore says is confounded: of all
// rows, and within classes of the third column.
func (p page) confounded() error {
	if len(p.Confounded) == 0 {
		return nil
	}
	draw := make([]func() *notebook.Figure, len(p.Confounded))
	for i := range p.Confounded {
		draw[i] = func() *notebook.Figure { return p.within(&p.Confounded[i]) }
	}
	figures, err := plots.Draw(p.ctx, p.cores, draw...)
	p.cell.Heading("Among rows alike")
	p.cell.Gallery(figures...)
	return err
}

const (
	shownLevels = 12 // along a figure
	shownParts  = 6  // of a number, along a figure
	fewest      = 10 // rows that are summed up
)

// within draws a line for each class of rows alike, and one for all rows.
func (p page) within(c *explore.Confounding) *notebook.Figure {
	x, z := p.Profiles[p.Index(c.Column)], p.Profiles[p.Index(c.Within)]
	s := p.summed()
	frame := plots.Frame{Title: p.Target.Name + " along " + x.Name + ", by " + z.Name, X: x.Title(), Y: s.name, LogY: c.Log, DateX: x.Type == table.Date}.Half()
	frame.Subtitle = "the thick line is of all rows"
	names, class := p.Classes(z.Name)
	rows := make([][]int, len(names)+1)
	for i, k := range class {
		if k >= 0 {
			rows[k] = append(rows[k], i)
		}
		rows[len(names)] = append(rows[len(names)], i)
	}
	along := func(rows []int) (at, y []float64) { return s.parts(p.Sample.Column(x.Name).Num, rows) }
	if x.Type == table.Category {
		codes := p.Sample.Column(x.Name).Codes
		order := s.levels(codes, x)
		for _, l := range order {
			frame.LevelsX = append(frame.LevelsX, x.Levels[l].Name)
		}
		along = func(rows []int) (at, y []float64) {
			for k, v := range s.byLevel(codes, rows, len(x.Levels), order) {
				at, y = append(at, float64(k)), append(y, v)
			}
			return at, y
		}
	}
	var lines []plots.Line
	for k, of := range rows {
		line := plots.Line{Name: "all rows", Total: k == len(names), Dots: true}
		if !line.Total {
			line.Name = names[k]
		}
		if line.X, line.Y = along(of); slices.ContainsFunc(line.Y, func(v float64) bool { return !math.IsNaN(v) }) {
			lines = append(lines, line)
		}
	}
	return plots.Lines(frame, lines, plots.Free, false)
}

// summed is the target as numbers of which several become one.
type summed struct {
	name   string
	values []float64
	of     func(sorted []float64) float64
}

// summed gives the median of a number, and the share of the second of two classes, in %.
func (p page) summed() summed {
	c := p.Sample.Column(p.Target.Name)
	if p.Target.Type != table.Category {
		return summed{"median " + p.Target.Title(), c.Num, func(sorted []float64) float64 { return explore.Quantile(sorted, .5) }}
	}
	var used []int
	for l, level := range p.Target.Levels {
		if level.Count > 0 {
			used = append(used, l)
		}
	}
	second := used[len(used)-1]
	s := summed{name: "share of " + p.Target.Levels[second].Name + ", %", of: func(values []float64) float64 {
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		return sum / float64(len(values))
	}}
	for _, code := range c.Codes {
		v := math.NaN()
		if code >= 0 {
			v = 0
			if int(code) == second {
				v = 100
			}
		}
		s.values = append(s.values, v)
	}
	return s
}

// sum is NaN where there are too few rows.
func (s *summed) sum(values []float64) float64 {
	if len(values) < fewest {
		return math.NaN()
	}
	ascending.Floats(values)
	return s.of(values)
}

// levels gives those that are shown: the most frequent, in their order, or from the
// least to the greatest.
func (s *summed) levels(codes []int32, x *explore.Profile) []int {
	order := make([]int, 0, len(x.Levels))
	for l, level := range x.Levels {
		if level.Count > 0 {
			order = append(order, l)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return x.Levels[b].Count - x.Levels[a].Count })
	order = order[:min(len(order), shownLevels)]
	slices.Sort(order)
	if x.Ordered {
		return order
	}
	rows := make([]int, len(codes))
	for i := range rows {
		rows[i] = i
	}
	height := make(map[int]float64, len(order))
	for k, v := range s.byLevel(codes, rows, len(x.Levels), order) {
		height[order[k]] = v
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case height[a] < height[b]:
			return -1
		case height[a] > height[b]:
			return 1
		}
		return 0
	})
	return order
}

// byLevel sums the rows of each level up, in the order that is asked for.
func (s *summed) byLevel(codes []int32, rows []int, levels int, order []int) []float64 {
	values := make([][]float64, levels)
	for _, i := range rows {
		if code := codes[i]; code >= 0 && !math.IsNaN(s.values[i]) {
			values[code] = append(values[code], s.values[i])
		}
	}
	out := make([]float64, len(order))
	for k, l := range order {
		out[k] = s.sum(values[l])
	}
	return out
}

// parts divides rows by a number into parts of as many, and gives for each the median
// of the number and what sums it up.
func (s *summed) parts(x []float64, rows []int) (at, y []float64) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(i int) bool { return math.IsNaN(x[i] + s.values[i]) })
	along := make([]float64, len(rows))
	for k, i := range rows {
		along[k] = x[i]
	}
	rising := ascending.Places(along)
	n := max(1, min(shownParts, len(rows)/fewest))
	for k := range n {
		part := rising[k*len(rows)/n : (k+1)*len(rows)/n]
		values := make([]float64, len(part))
		for j, i := range part {
			values[j] = s.values[rows[i]]
		}
		if v := s.sum(values); !math.IsNaN(v) {
			at, y = append(at, along[part[len(part)/2]]), append(y, v)
		}
	}
	return at, y
}

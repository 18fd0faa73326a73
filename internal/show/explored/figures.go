package explored

import (
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/internal/show/plots"
)

// target shows how the target is spread.
func (p page) target() error {
	t := p.Target
	if t == nil || t.Empty() {
		return nil
	}
	p.cell.Heading("The target: " + t.Name)
	if t.Type == table.Category {
		p.cell.Figure(levelBars(t, "Class balance", 40))
		return nil
	}
	if !t.Numeric() {
		return nil
	}
	values := p.Table.Column(t.Name).Num
	frame := plots.Frame{Title: t.Name, Subtitle: "median " + t.Write(t.Median) + " (dashed)", X: t.Title(), Y: "rows", DateX: t.Type == table.Date}
	draw := []func() *notebook.Figure{func() *notebook.Figure { return plots.Histogram(frame, values) }}
	if t.Type == table.Number && t.Skew > 1 && t.Min > 0 {
		log := frame
		log.Title, log.LogX = t.Name+" on a logarithmic axis", true
		draw = append(draw, func() *notebook.Figure { return plots.Histogram(log, values) })
		draw[0] = func() *notebook.Figure { return plots.Histogram(frame.Half(), values) }
		draw[1] = func() *notebook.Figure { return plots.Histogram(log.Half(), values) }
	}
	figures, err := plots.Draw(p.ctx, p.cores, draw...)
	if len(figures) == 1 {
		p.cell.Figure(figures[0])
	} else if len(figures) > 1 {
		p.cell.Gallery(figures...)
	}
	return err
}

// levelBars shows how often each level of a category occurs.
func levelBars(p *explore.Profile, title string, most int) *notebook.Figure {
	var bars []plots.Bar
	rest := 0
	for _, l := range p.Levels {
		if len(bars) < most {
			bars = append(bars, plots.Bar{Name: l.Name, Value: float64(l.Count)})
		} else {
			rest += l.Count
		}
	}
	subtitle := human.Count(p.Count, "row") + " in " + human.Count(p.Distinct, "level")
	if len(p.Levels) > most {
		subtitle += fmt.Sprintf("; %s rows of %d further levels are not shown", human.Int(rest), len(p.Levels)-most)
	}
	return plots.Parts(plots.Frame{Title: title, Subtitle: subtitle, X: p.Name + ": rows"}, bars, p.Count)
}

// byGroup shows a number by category: the target by the groups, or, when the
// target is a category, the most telling numbers by it.
func (p page) byGroup() error {
	t := p.Target
	if t == nil || t.Empty() || t.Type == table.Text {
		return nil
	}
	var draw []func() *notebook.Figure
	if t.Type == table.Category {
		if t.Distinct > 40 {
			return nil
		}
		for _, number := range p.most(func(c *explore.Profile) bool { return c.Type == table.Number && c.Distinct > 2 }, 12) {
			draw = append(draw, func() *notebook.Figure { return p.groups(number, t) })
		}
	} else {
		groups := p.most(func(c *explore.Profile) bool { return c.Type == table.Category && c.Distinct > 1 && c.Distinct <= 40 }, 6)
		if len(p.Options.Group) > 0 {
			groups = nil
			for _, name := range p.Options.Group {
				if c := p.Profiles[p.Index(name)]; c.Type == table.Category && c != t {
					groups = append(groups, c)
				}
			}
		}
		for _, g := range groups {
			draw = append(draw, func() *notebook.Figure { return p.groups(t, g) })
		}
	}
	if len(draw) == 0 {
		return nil
	}
	figures, err := plots.Draw(p.ctx, p.cores, draw...)
	p.cell.Heading("By category")
	p.cell.Gallery(figures...)
	return err
}

// groups draws a number within each level of a category.
func (p page) groups(number, category *explore.Profile) *notebook.Figure {
	values, codes := p.Sample.Column(number.Name).Num, p.Sample.Column(category.Name).Codes
	groups := make([]plots.Group, len(category.Levels))
	for i, l := range category.Levels {
		groups[i].Name = l.Name
	}
	for i, code := range codes {
		if code >= 0 {
			groups[code].Values = append(groups[code].Values, values[i])
		}
	}
	kept := groups[:0]
	for _, g := range groups {
		if len(g.Values) > 0 && len(kept) < 40 {
			kept = append(kept, g)
		}
	}
	log := number.Type == table.Number && number.Skew > 1 && number.Min > 0
	return plots.Groups(plots.Frame{Title: number.Name + " by " + category.Name, X: number.Title(), LogX: log,
		DateX: number.Type == table.Date}.Half(), kept)
}

// against shows a numeric target against each numeric column, and a category
// target against the most telling categories.
func (p page) against() error {
	t := p.Target
	if t == nil || t.Empty() {
		return nil
	}
	var draw []func() *notebook.Figure
	switch {
	case t.Numeric():
		telling := map[string]string{}
		for _, r := range p.Relations() {
			telling[r.Name] = r.String() + "; the line is the median"
		}
		for _, c := range p.most(func(c *explore.Profile) bool { return c.Numeric() && c.Distinct > 2 }, p.Options.MaxColumns) {
			frame := plots.Frame{Title: t.Name + " against " + c.Name, Subtitle: telling[c.Name], X: c.Title(), Y: t.Title(), DateX: c.Type == table.Date}.Small()
			draw = append(draw, func() *notebook.Figure {
				return plots.Scatter(frame, p.Sample.Column(c.Name).Num, p.Sample.Column(t.Name).Num, plots.Cloud{Trend: true})
			})
		}
	case t.Type == table.Category && t.Distinct <= 20:
		for _, c := range p.most(func(c *explore.Profile) bool { return c.Type == table.Category && c.Distinct > 1 && c.Distinct <= 20 }, 6) {
			draw = append(draw, func() *notebook.Figure { return p.shares(t, c) })
		}
	}
	if len(draw) == 0 {
		return nil
	}
	figures, err := plots.Draw(p.ctx, p.cores, draw...)
	p.cell.Heading("Against " + t.Name)
	p.cell.Gallery(figures...)
	return err
}

// shares draws how the target's classes are spread within each level.
func (p page) shares(target, c *explore.Profile) *notebook.Figure {
	a, b := p.Sample.Column(c.Name), p.Sample.Column(target.Name)
	counts := make([][]float64, len(a.Levels))
	for i := range counts {
		counts[i] = make([]float64, len(b.Levels))
	}
	for i, x := range a.Codes {
		if y := b.Codes[i]; x >= 0 && y >= 0 {
			counts[x][y]++
		}
	}
	return plots.Shares(plots.Frame{Title: target.Name + " by " + c.Name, Subtitle: "share of each row, in %", X: target.Name}, a.Levels, b.Levels, counts)
}

// associations shows the matrix of how columns go together.
func (p page) associations() error {
	shown := p.most(func(c *explore.Profile) bool { return c.Type != table.Text && c.Distinct > 1 }, 24)
	if p.Target != nil && p.Target.Type != table.Text && p.Target.Distinct > 1 {
		shown = append([]*explore.Profile{p.Target}, shown...)
	}
	if len(shown) < 2 {
		return nil
	}
	names, values := make([]string, len(shown)), make([][]float64, len(shown))
	mixed := false
	for i, a := range shown {
		names[i] = a.Name
		mixed = mixed || a.Type == table.Category
		for _, b := range shown {
			values[i] = append(values[i], p.Link(a.Name, b.Name))
		}
	}
	frame := plots.Frame{Title: "How columns go together", Subtitle: "Pearson's r"}
	if mixed {
		frame.Subtitle = "numbers: Pearson's r · category and number: correlation ratio η · categories: Cramér's V"
	}
	if p.Target != nil {
		frame.Subtitle += fmt.Sprintf(" · %s first, then by association with it", p.Target.Name)
	}
	p.cell.Heading("Associations")
	p.cell.Figure(plots.Correlations(frame, names, values))
	return p.ctx.Err()
}

// spreads shows a histogram or the levels of each column.
func (p page) spreads() error {
	var draw []func() *notebook.Figure
	wanted := func(c *explore.Profile) bool { return c.Distinct > 1 && !p.read(c) }
	shown := p.most(wanted, p.Options.MaxColumns)
	for _, c := range shown {
		frame := plots.Frame{Title: c.Name, X: c.Title(), DateX: c.Type == table.Date}.Small()
		switch c.Type {
		case table.Category:
			draw = append(draw, func() *notebook.Figure {
				bars := make([]plots.Bar, 0, 12)
				for _, l := range c.Levels[:min(12, len(c.Levels))] {
					bars = append(bars, plots.Bar{Name: l.Name, Value: float64(l.Count)})
				}
				frame.X = ""
				if n := len(c.Levels); n > 12 {
					frame.Subtitle = fmt.Sprintf("12 of %d levels", n)
				}
				return plots.Parts(frame, bars, c.Count)
			})
		case table.Text:
			draw = append(draw, func() *notebook.Figure {
				frame.X = "characters"
				texts := p.Sample.Column(c.Name).Texts
				lengths := make([]float64, 0, len(texts))
				for _, s := range texts {
					if s != "" {
						lengths = append(lengths, float64(len([]rune(s))))
					}
				}
				frame.LogX = c.Skew > 2 && c.Min > 0
				return plots.Histogram(frame, lengths)
			})
		default:
			draw = append(draw, func() *notebook.Figure { return plots.Histogram(frame, p.Table.Column(c.Name).Num) })
		}
	}
	if len(draw) == 0 {
		return nil
	}
	figures, err := plots.Draw(p.ctx, p.cores, draw...)
	p.cell.Fold("Distributions of "+human.Count(len(shown), "column"), func(cell *notebook.Cell) {
		cell.Gallery(figures...)
		if more := len(p.choose(func(c *explore.Profile) bool { return wanted(c) && c != p.Target })) - len(shown); more > 0 {
			cell.Markdown(fmt.Sprintf("%s more are not drawn; raise `max_columns` to see them.", human.Count(more, "column")))
		}
	})
	return err
}

func (p page) missing() error {
	lacking := p.choose(func(c *explore.Profile) bool { return c.Missing() > 0 })
	if len(lacking) == 0 {
		return nil
	}
	bars := make([]plots.Bar, 0, len(lacking))
	for _, c := range lacking[:min(len(lacking), 30)] {
		bars = append(bars, plots.Bar{Name: c.Name, Value: 100 * float64(c.Missing()) / float64(c.Rows), Rows: c.Missing()})
	}
	p.cell.Heading("Missing values")
	p.cell.Figure(plots.Bars(plots.Frame{Title: "Missing values", Subtitle: "share of rows, in %", X: "missing, %"}, bars))
	return p.ctx.Err()
}

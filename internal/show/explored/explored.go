// Package explored shows what explore found in a table: the cell of the notebook
// about it.
package explored

import (
	"context"
	"fmt"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
)

// Show lays the facts out as blocks of a cell. Figures are drawn by at most
// cores goroutines.
func Show(ctx context.Context, f *explore.Facts, cell *notebook.Cell, cores int) error {
	cell.Markdown(shape(f))
	cell.Findings(f.Findings()...)
	if len(f.Profiles) == 0 {
		return nil
	}
	p := page{f, ctx, cell, cores}
	p.columns()
	for _, section := range []func() error{p.target, p.readings, p.byGroup, p.against, p.associations, p.spreads, p.missing} {
		if err := section(); err != nil {
			return err
		}
	}
	p.outliers()
	p.duplicates()
	return nil
}

type page struct {
	*explore.Facts
	ctx   context.Context
	cell  *notebook.Cell
	cores int
}

// shape says how large the table is, in a sentence.
func shape(f *explore.Facts) string {
	kinds := map[table.Type]int{}
	missing := 0
	for _, p := range f.Profiles {
		kinds[p.Type]++
		missing += p.Missing()
	}
	var parts []string
	for _, k := range []struct {
		of        table.Type
		one, many string
	}{{table.Number, "number", "numbers"}, {table.Category, "category", "categories"}, {table.Date, "date", "dates"}, {table.Text, "text", "texts"}} {
		switch n := kinds[k.of]; {
		case n == 1:
			parts = append(parts, "1 "+k.one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, k.many))
		}
	}
	s := fmt.Sprintf("**%s × %s**", human.Count(f.Table.Rows(), "row"), human.Count(len(f.Profiles), "column"))
	if len(parts) > 0 {
		s += ": " + human.And(parts)
	}
	if cells := f.Table.Rows() * len(f.Profiles); missing == 0 && cells > 0 {
		s += "; nothing is missing"
	} else if cells > 0 {
		s += fmt.Sprintf("; %s of all values are missing", human.Percent(missing, cells))
	}
	if f.Sample != f.Table {
		s += fmt.Sprintf(". Associations and figures rest on %s rows spread evenly over the table", human.Int(f.Sample.Rows()))
	}
	return s + "."
}

// columns shows the tables that hold every column.
func (p page) columns() {
	overview := notebook.Table{Columns: []string{"column", "type", "present", "missing", "distinct", "values"}, Align: "llrrrl"}
	for i, c := range p.Profiles {
		if c == p.Target {
			overview.Best = []int{i}
		}
		overview.Rows = append(overview.Rows, []string{c.Title(), string(c.Type), human.Int(c.Count), missing(c), human.Int(c.Distinct), example(c)})
	}
	p.cell.Heading("Columns")
	p.cell.Table(overview)
	if numbers := p.choose(func(c *explore.Profile) bool { return c.Numeric() && !c.Empty() }); len(numbers) > 0 {
		p.cell.Fold("Descriptive statistics", func(inner *notebook.Cell) { inner.Table(numbersTable(p.Facts, numbers)) })
	}
}

func missing(c *explore.Profile) string {
	if c.Missing() == 0 {
		return ""
	}
	return human.Int(c.Missing()) + " (" + human.Percent(c.Missing(), c.Rows) + ")"
}

// example says what a column's values look like.
func example(p *explore.Profile) string {
	switch {
	case p.Empty():
		return "–"
	case p.Type == table.Text:
		return fmt.Sprintf("%s to %s characters, median %s", human.Digits(p.Min, 3), human.Digits(p.Max, 3), human.Digits(p.Median, 3))
	case p.Type == table.Category:
		var names []string
		for _, l := range p.Levels {
			names = append(names, human.Clip(l.Name, 24))
		}
		between := ", "
		if p.Ordered {
			between = " < "
		}
		if len(names) > 8 {
			return strings.Join(names[:8], between) + fmt.Sprintf("%s… %d more", between, len(names)-8)
		}
		return strings.Join(names, between)
	}
	return p.Write(p.Min) + " to " + p.Write(p.Max)
}

func (p page) outliers() {
	if t := outliersTable(p.Facts, p.choose(func(c *explore.Profile) bool { return c.Numeric() && !c.Empty() })); len(t.Rows) > 0 {
		p.cell.Fold(human.Count(len(t.Rows), "column")+" with outliers", func(inner *notebook.Cell) { inner.Table(t) })
	}
}

func (p page) duplicates() {
	if p.Duplicates.Rows == 0 {
		return
	}
	t := notebook.Table{Caption: "The first of them", Columns: []string{"row", "repeats row"}, Align: "rr"}
	for _, c := range p.Table.Columns[:min(len(p.Table.Columns), 8)] {
		t.Columns, t.Align = append(t.Columns, c.Name), t.Align+"l"
	}
	for _, e := range p.Duplicates.Examples {
		row := []string{human.Int(e[0] + 1), human.Int(e[1] + 1)}
		for i := range t.Columns[2:] {
			row = append(row, value(p.Profiles[i], p.Table.Columns[i], e[0]))
		}
		t.Rows = append(t.Rows, row)
	}
	p.cell.Fold(human.Count(p.Duplicates.Rows, "duplicate row"), func(inner *notebook.Cell) { inner.Table(t) })
}

// value writes one value of a column.
func value(p *explore.Profile, c *table.Column, i int) string {
	switch {
	case c.IsMissing(i):
		return ""
	case c.Type == table.Category:
		return human.Clip(c.Levels[c.Codes[i]], 40)
	case c.Type == table.Text:
		return human.Clip(c.Texts[i], 40)
	}
	return p.Write(c.Num[i])
}

// choose gives the columns for which is says yes, in the table's order.
func (p page) choose(is func(*explore.Profile) bool) []*explore.Profile {
	var chosen []*explore.Profile
	for _, c := range p.Profiles {
		if is(c) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// most gives at most limit of the columns, but for the target, for which is
// says yes: those that tell most about it first.
func (p page) most(is func(*explore.Profile) bool, limit int) []*explore.Profile {
	chosen := p.choose(func(c *explore.Profile) bool { return c != p.Target && is(c) })
	if p.Target != nil {
		chosen = byLink(p.Facts, chosen)
	}
	return chosen[:min(len(chosen), limit)]
}

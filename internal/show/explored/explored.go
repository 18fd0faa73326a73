// Package explored shows what explore found in a table: the cell of the notebook
// about it.
package explored

import (
	"context"
	"fmt"

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
	for _, section := range []func() error{p.target, p.readings, p.byGroup, p.confounded, p.against, p.associations, p.spreads, p.missing} {
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
	overview := notebook.Table{Columns: notebook.Columns("column", "type", "present", "missing", "distinct", "values")}
	for i, c := range p.Profiles {
		if c == p.Target {
			overview.Best = []int{i}
		}
		overview.Row(notebook.Text(c.Title()), notebook.Text(string(c.Type)), notebook.Count(c.Count), missing(c), notebook.Count(c.Distinct), example(c))
	}
	p.cell.Heading("Columns")
	p.cell.Table(overview)
	if numbers := p.choose(func(c *explore.Profile) bool { return c.Numeric() && !c.Empty() }); len(numbers) > 0 {
		p.cell.Fold("Descriptive statistics", func(inner *notebook.Cell) { inner.Table(numbersTable(p.Facts, numbers)) })
	}
}

func missing(c *explore.Profile) notebook.Value {
	if c.Missing() == 0 {
		return notebook.Value{}
	}
	return notebook.Count(c.Missing()).Of(c.Rows)
}

// example says what a column's values look like.
func example(p *explore.Profile) notebook.Value {
	switch {
	case p.Empty():
		return notebook.Text("none")
	case p.Type == table.Text:
		return notebook.Items(
			notebook.Between(notebook.Numeral(p.Min, 3), notebook.Numeral(p.Max, 3).In("characters")),
			notebook.Numeral(p.Median, 3).Named("median"))
	case p.Type == table.Category:
		names := make([]string, len(p.Levels))
		for i, l := range p.Levels {
			names[i] = human.Clip(l.Name, 24)
		}
		levels := notebook.Texts(names, 8)
		if p.Ordered {
			levels.List.As = notebook.Ascending
		}
		return levels
	}
	return notebook.Between(shown(p, p.Min), shown(p, p.Max))
}

// shown gives a number of a column as its type is read.
func shown(p *explore.Profile, v float64) notebook.Value {
	if p.Type == table.Date {
		return notebook.Date(v)
	}
	return notebook.Numeral(v, 4)
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
	first := p.Table.Columns[:min(len(p.Table.Columns), 8)]
	t := notebook.Table{Caption: "The first of them", Columns: notebook.Columns("row", "repeats row")}
	for _, c := range first {
		t.Columns = append(t.Columns, notebook.Column{Name: c.Name})
	}
	for _, e := range p.Duplicates.Examples {
		row := []notebook.Value{notebook.Count(e[0] + 1), notebook.Count(e[1] + 1)}
		for _, c := range first {
			row = append(row, c.Shown(e[0], 4, 40))
		}
		t.Row(row...)
	}
	p.cell.Fold(human.Count(p.Duplicates.Rows, "duplicate row"), func(inner *notebook.Cell) { inner.Table(t) })
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

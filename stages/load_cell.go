package stages

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/dataset"
	"labbook/internal/data/table"
)

// loadCell shows what was read, what was not, and what it looks like.
func loadCell(cell *notebook.Cell, d *dataset.Dataset) {
	t := d.Table
	cell.Markdown(fmt.Sprintf("%s and %s from %s; %s kept out.", human.Count(t.Rows(), "row"), human.Count(len(t.Columns), "column"),
		human.Count(len(d.Files), "file"), human.Count(d.Dropped(), "row")))
	files := notebook.Table{Caption: "Files", Columns: []string{"file", "rows", "bad", "duplicates", "refused", "kept"}, Align: "lrrrrr"}
	for _, f := range d.Files {
		files.Rows = append(files.Rows, []string{f.Name, human.Int(f.Rows), human.Int(f.Bad), human.Int(f.Duplicates),
			human.Int(f.Refused), human.Int(f.Kept)})
	}
	cell.Table(files)
	if len(d.Rules) > 0 {
		rules := notebook.Table{Caption: "Rows kept out", Columns: []string{"reason", "rows", "for example"}, Align: "lrl"}
		for _, r := range d.Rules {
			rules.Rows = append(rules.Rows, []string{r.Reason, human.Int(r.Count), strings.Join(r.Places, ", ")})
		}
		cell.Table(rules)
	}
	cell.Table(schemaTable(t))
	cell.Fold("First rows", func(c *notebook.Cell) { c.Table(firstRows(t, 5)) })
}

// schemaTable lists the columns with what is declared and known of them.
func schemaTable(t *table.Table) notebook.Table {
	schema := notebook.Table{Caption: "Columns", Columns: []string{"column", "type", "unit", "values", "missing"}, Align: "llllr"}
	for _, c := range t.Columns {
		s := table.Outline(c)
		kind := string(c.Type)
		if c.Ordered {
			kind = "ordered category"
		}
		schema.Rows = append(schema.Rows, []string{c.Name, kind, c.Unit, valuesOf(c, s), human.Int(s.Missing)})
	}
	return schema
}

// valuesOf says in a few words which values a column has.
func valuesOf(c *table.Column, s *table.Summary) string {
	switch {
	case s.Count == 0:
		return "none"
	case c.Type == table.Text:
		return fmt.Sprintf("%.0f to %.0f characters", s.Min, s.Max)
	case c.Type == table.Category:
		const most = 8
		if len(c.Levels) <= most {
			return clip(strings.Join(c.Levels, ", "), 100)
		}
		return clip(fmt.Sprintf("%d levels: %s, …", len(c.Levels), strings.Join(c.Levels[:most], ", ")), 100)
	}
	ends := table.Column{Field: c.Field, Num: []float64{s.Min, s.Max}}
	return ends.String(0) + " to " + ends.String(1)
}

func firstRows(t *table.Table, n int) notebook.Table {
	first := notebook.Table{Columns: t.Names()}
	for _, c := range t.Columns {
		first.Align += map[bool]string{true: "r", false: "l"}[c.Type == table.Number]
	}
	for i := range min(n, t.Rows()) {
		var row []string
		for _, c := range t.Columns {
			row = append(row, clip(c.String(i), 80))
		}
		first.Rows = append(first.Rows, row)
	}
	return first
}

// clip cuts a text to that many runes.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

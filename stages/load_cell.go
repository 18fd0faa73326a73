package stages

import (
	"fmt"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/dataset"
	"labbook/internal/data/table"
	"labbook/runner/stage"
)

// loadTold is what a table does not say of where its rows came from.
type loadTold struct {
	Files []dataset.File `json:"files"`
	Rules []dataset.Rule `json:"rules,omitempty"`
	Query string         `json:"query,omitempty"`
	Kept  []dataset.Kept `json:"kept,omitempty"`
	Out   []loadRejected `json:"out,omitempty"`
}

// showLoad shows what was read, what was not, and what it looks like.
func showLoad(s *stage.Shown) error {
	t, err := table.Open(s.Out)
	if err != nil {
		return err
	}
	var d loadTold
	if err := s.Facts(&d); err != nil {
		return err
	}
	dropped := 0
	files := notebook.Table{Caption: "Files", Columns: notebook.Columns("file", "rows", "bad", "duplicates", "refused", "kept")}
	for _, f := range d.Files {
		dropped += f.Rows - f.Kept
		files.Row(notebook.Text(f.Name), notebook.Count(f.Rows), notebook.Count(f.Bad), notebook.Count(f.Duplicates),
			notebook.Count(f.Refused), notebook.Count(f.Kept))
	}
	from := human.Count(len(d.Files), "file")
	if len(d.Files) == 1 {
		from = d.Files[0].Name
	}
	if d.Query != "" {
		from = "a query's answer of " + human.Count(d.Files[0].Rows, "row")
	}
	s.Cell.Markdown(fmt.Sprintf("%s and %s from %s; %s kept out.", human.Count(t.Rows(), "row"), human.Count(len(t.Columns), "column"),
		from, human.Count(dropped, "row")))
	if d.Query != "" {
		s.Cell.Code(strings.TrimSpace(d.Query))
	} else if len(d.Files) != 1 || d.Files[0].Bad+d.Files[0].Duplicates > 0 {
		s.Cell.Table(files)
	}
	if len(d.Out) > 0 {
		s.Cell.Table(rejectedTable(d.Out))
	}
	if len(d.Rules) > 0 {
		rules := notebook.Table{Columns: notebook.Columns("reason", "rows", "for example")}
		for _, r := range d.Rules {
			rules.Row(notebook.Text(r.Reason), notebook.Count(r.Count), notebook.Texts(r.Places, 0))
		}
		s.Cell.Fold("Why rows were kept out", func(c *notebook.Cell) { c.Table(rules) })
	}
	if len(d.Kept) > 0 {
		s.Cell.Table(expectedTable(d.Kept))
	}
	s.Cell.Fold("Columns", func(c *notebook.Cell) { c.Table(schemaTable(t)) })
	s.Cell.Fold("First rows", func(c *notebook.Cell) { c.Table(firstRows(t, 5)) })
	return nil
}

// schemaTable lists the columns with what is declared and known of them.
func schemaTable(t *table.Table) notebook.Table {
	schema := notebook.Table{Columns: notebook.Columns("column", "type", "unit", "values", "missing")}
	for _, c := range t.Columns {
		s := table.Outline(c)
		kind := string(c.Type)
		if c.Ordered {
			kind = "ordered category"
		}
		schema.Row(notebook.Text(c.Name), notebook.Text(kind), notebook.Text(c.Unit), valuesOf(c, s), notebook.Count(s.Missing))
	}
	return schema
}

// valuesOf says which values a column has: the ends of its numbers, or its
// levels.
func valuesOf(c *table.Column, s *table.Summary) notebook.Value {
	switch {
	case s.Count == 0:
		return notebook.Text("none")
	case c.Type == table.Text:
		return notebook.Between(notebook.Count(int(s.Min)), notebook.Count(int(s.Max)).In("characters"))
	case c.Type == table.Category:
		levels := make([]string, len(c.Levels))
		for i, name := range c.Levels {
			levels[i] = human.Clip(name, 24)
		}
		return notebook.Texts(levels, 8)
	}
	ends := table.Column{Field: c.Field, Num: []float64{s.Min, s.Max}}
	return notebook.Between(ends.Shown(0, 0, 0), ends.Shown(1, 0, 0))
}

// firstRows shows the first n rows, numbers with all their digits, as they
// stand in the file.
func firstRows(t *table.Table, n int) notebook.Table {
	first := notebook.Table{Columns: notebook.Columns(t.Names()...)}
	for i := range min(n, t.Rows()) {
		var row []notebook.Value
		for _, c := range t.Columns {
			row = append(row, c.Shown(i, 0, 80))
		}
		first.Row(row...)
	}
	return first
}

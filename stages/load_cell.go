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
	files := notebook.Table{Caption: "Files", Columns: []string{"file", "rows", "bad", "duplicates", "refused", "kept"}, Align: "lrrrrr"}
	for _, f := range d.Files {
		dropped += f.Rows - f.Kept
		files.Rows = append(files.Rows, []string{f.Name, human.Int(f.Rows), human.Int(f.Bad), human.Int(f.Duplicates),
			human.Int(f.Refused), human.Int(f.Kept)})
	}
	s.Cell.Markdown(fmt.Sprintf("%s and %s from %s; %s kept out.", human.Count(t.Rows(), "row"), human.Count(len(t.Columns), "column"),
		human.Count(len(d.Files), "file"), human.Count(dropped, "row")))
	s.Cell.Table(files)
	if len(d.Rules) > 0 {
		rules := notebook.Table{Caption: "Rows kept out", Columns: []string{"reason", "rows", "for example"}, Align: "lrl"}
		for _, r := range d.Rules {
			rules.Rows = append(rules.Rows, []string{r.Reason, human.Int(r.Count), strings.Join(r.Places, ", ")})
		}
		s.Cell.Table(rules)
	}
	s.Cell.Table(schemaTable(t))
	s.Cell.Fold("First rows", func(c *notebook.Cell) { c.Table(firstRows(t, 5)) })
	return nil
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
			return human.Clip(strings.Join(c.Levels, ", "), 100)
		}
		return human.Clip(fmt.Sprintf("%d levels: %s, …", len(c.Levels), strings.Join(c.Levels[:most], ", ")), 100)
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
			row = append(row, human.Clip(c.String(i), 80))
		}
		first.Rows = append(first.Rows, row)
	}
	return first
}

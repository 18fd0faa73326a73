package stages

import (
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/features"
	"labbook/models/bundle"
	"labbook/models/training"
	"labbook/runner/stage"
)

// membersTable shows what each member of an ensemble counts, and how good it was
// alone on the rows held out, beside all of them together.
func membersTable(t *training.Facts, unit string) notebook.Table {
	table := notebook.Table{Caption: "Members, each alone on the training rows held out", Columns: notebook.Columns("member", "weight")}
	for _, j := range t.Validation {
		metric, _ := metrics.Lookup(j.Metric)
		table.Columns = append(table.Columns, notebook.Columns(metric.Title)...)
	}
	score := func(i int, value float64) notebook.Value {
		metric, _ := metrics.Lookup(t.Validation[i].Metric)
		return metric.Shown(value, unit)
	}
	for _, m := range t.Members {
		name := m.Model
		if m.View != "" {
			name += " on " + m.View
		}
		row := []notebook.Value{notebook.Text(name), notebook.Numeral(float64(m.Weight), 3)}
		if m.Weight == 0 {
			row[1] = notebook.Text("left out")
		}
		for i := range t.Validation {
			if i < len(m.Scores) {
				row = append(row, score(i, float64(m.Scores[i])))
			} else {
				row = append(row, notebook.Value{})
			}
		}
		table.Row(row...)
	}
	together := []notebook.Value{notebook.Text("together"), {}}
	for i, j := range t.Validation {
		together = append(together, score(i, float64(j.Pooled)))
	}
	table.Row(together...)
	return table
}

// byReason gives importances of what the columns of several views stand for: the
// columns of the table, and terms.
func byReason(f *features.Features, values map[string][]float64) ([]string, map[string][]float64) {
	reasons, by := f.Reasons(), map[string][]float64{}
	for name, of := range values {
		by[name] = make([]float64, len(reasons.Names))
		for j, v := range of {
			stands := reasons.Of(j)
			for _, reason := range stands {
				by[name][reason] += v / float64(len(stands))
			}
		}
	}
	return reasons.Names, by
}

// showFound shows how a stage would be declared that fits this model with what was
// found, ready to be copied: without a search, and with the weights and rounds that
// rows held out decided.
func showFound(s *stage.Shown, b *bundle.Bundle) error {
	declared, err := training.OpenDeclared(s.Out)
	if err != nil || declared == nil {
		return err
	}
	_, own := b.Lineage["split"]
	found, err := declared.Found(b, own)
	if err != nil {
		return err
	}
	from := "features"
	if own {
		from = "split"
	}
	s.Cell.Fold("As a declaration, with what was found", func(cell *notebook.Cell) {
		cell.Code("uses: train\nfrom: " + from + "\nwith:\n" + params.YAML(found, training.Defaults(), "  "))
	})
	return nil
}

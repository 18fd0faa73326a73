package stages

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/models/bundle"
	"labbook/models/training"
	"labbook/runner/stage"
)

// showBlend shows what quality tried, and what it chose.
func showBlend(s *stage.Shown, b *bundle.Bundle, f *training.BlendFacts) error {
	metric, err := metrics.Find(f.Metric, "")
	if err != nil {
		return err
	}
	unit := b.Features.Target.Unit
	cell, weighed := s.Cell, 0
	tried := slices.Clone(f.Tried)
	for _, t := range tried {
		if t.Weight > 0 {
			weighed++
		}
	}
	slices.SortStableFunc(tried, func(a, b training.Tried) int {
		if a.Weight != b.Weight {
			return cmp.Compare(b.Weight, a.Weight)
		}
		return -cmp.Compare(metric.Improvement(float64(a.Score), float64(b.Score)), 0)
	})
	cell.Heading("Blend")
	cell.Markdown(fmt.Sprintf("%s were judged on the same rows held out, and the weighted mean of %d of them does best: %s of **%s**, each row weighed by others where there are folds.",
		human.Count(len(tried), "candidate"), weighed, metric.Title, metric.Format(float64(f.Score), unit)))
	table := notebook.Table{Columns: append(notebook.Columns("Candidate", "Model", "Features"), metric.Column(unit), notebook.Column{Name: "Weight"})}
	for _, t := range tried {
		score, weight := metric.Shown(float64(t.Score), unit), notebook.Text("–")
		if t.Weight > 0 {
			weight = notebook.Text(human.Digits(float64(t.Weight), 2))
		}
		if t.Error != "" || math.IsNaN(float64(t.Score)) {
			score = notebook.Text(cmp.Or(t.Error, "–"))
		}
		table.Row(notebook.Text(t.Name), notebook.Text(t.Model), notebook.Text(cmp.Or(t.View, "all")), score, weight)
	}
	cell.Table(table)
	return nil
}

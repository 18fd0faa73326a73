package boosting

import (
	"labbook/internal/base/notebook"
	"labbook/models/estimator"
)

var _ estimator.Summarizer = (*Model)(nil)

// Summary gives the model's size; see estimator.Summarizer.
func (m *Model) Summary() []estimator.Learned {
	leaves, deepest, trees := 0, 0, m.grown()
	for _, t := range trees {
		leaves += (len(t.Nodes) + 1) / 2
		deepest = max(deepest, t.depth())
	}
	rows := []estimator.Learned{
		{Name: "objective", Value: notebook.Text(m.objective)},
		{Name: "trees", Value: notebook.Count(len(trees))},
		{Name: "depth at most", Value: notebook.Count(deepest)},
	}
	if len(trees) > 0 {
		rows = append(rows, estimator.Learned{Name: "leaves a tree", Value: notebook.Fixed(float64(leaves)/float64(len(trees)), 1)})
	}
	return rows
}

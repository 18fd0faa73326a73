package boosting

import (
	"strconv"

	"labbook/models/estimator"
)

var _ estimator.Summarizer = (*Model)(nil)

// Summary gives the model's size; see estimator.Summarizer.
func (m *Model) Summary() [][2]string {
	leaves, deepest, trees := 0, 0, m.grown()
	for _, t := range trees {
		leaves += (len(t.Nodes) + 1) / 2
		deepest = max(deepest, t.depth())
	}
	rows := [][2]string{
		{"objective", m.objective},
		{"trees", strconv.Itoa(len(trees))},
		{"depth at most", strconv.Itoa(deepest)},
	}
	if len(trees) > 0 {
		rows = append(rows, [2]string{"leaves a tree", strconv.FormatFloat(float64(leaves)/float64(len(trees)), 'f', 1, 64)})
	}
	return rows
}

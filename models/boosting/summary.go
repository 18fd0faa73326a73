package boosting

import (
	"strconv"

	"labbook/models/estimator"
)

var _ estimator.Summarizer = (*Model)(nil)

// Summary gives the model's size; see estimator.Summarizer.
func (m *Model) Summary() [][2]string {
	leaves, deepest := 0, 0
	for _, t := range m.trees {
		leaves += (len(t.Nodes) + 1) / 2
		deepest = max(deepest, t.depth())
	}
	rows := [][2]string{
		{"objective", m.objective},
		{"trees", strconv.Itoa(len(m.trees))},
		{"depth at most", strconv.Itoa(deepest)},
	}
	if len(m.trees) > 0 {
		rows = append(rows, [2]string{"leaves a tree", strconv.FormatFloat(float64(leaves)/float64(len(m.trees)), 'f', 1, 64)})
	}
	return rows
}

package evaluation

import (
	"cmp"
	"slices"

	"labbook/internal/base/facts"
)

// Mistake is a row of which the leader was sure and wrong.
type Mistake struct {
	Row int `json:"row"` // its place among the rows judged on
	// Said are the columns that speak most for the class it predicted, and Actual
	// those for the true one. Both are nil where it cannot tell.
	Said   []Pull `json:"for_predicted,omitempty"`
	Actual []Pull `json:"for_actual,omitempty"`
	// Told says that it was asked: no column then speaks for a class that has none.
	Told bool `json:"explained,omitempty"`
}

// Pull is how much a column of a row speaks for a class.
type Pull struct {
	Column string       `json:"column"`
	Value  facts.Number `json:"value"`
}

// Confidence gives the probability that the leader gave to the class it
// predicted for a row, and to the true one.
func (j *Judgement) Confidence(row int) (predicted, actual float64) {
	s, k := j.Samples[j.Lead()], len(j.Classes)
	return s.Probabilities[row*k+int(s.Predicted[row])], s.Probabilities[row*k+int(s.Actual[row])]
}

// mistake finds the rows of which the leader was surest and wrong, and has it
// explain them.
func (j *Judgement) mistake() {
	s := j.Samples[j.Lead()]
	var wrong []int
	for i, y := range s.Actual {
		if s.Predicted[i] != y {
			wrong = append(wrong, i)
		}
	}
	slices.SortStableFunc(wrong, func(a, b int) int {
		x, _ := j.Confidence(a)
		y, _ := j.Confidence(b)
		return cmp.Compare(y, x)
	})
	explain := j.candidates[j.Lead()].Explain
	if j.ByFolds() {
		explain = nil // it knows the rows; who erred was another
	}
	for _, row := range wrong[:min(len(wrong), j.Options.Mistakes)] {
		m := Mistake{Row: row}
		if explain != nil {
			m.Said, m.Actual, m.Told = explain(j.Table, row, int(s.Predicted[row])), explain(j.Table, row, int(s.Actual[row])), true
		}
		j.Mistakes = append(j.Mistakes, m)
	}
}

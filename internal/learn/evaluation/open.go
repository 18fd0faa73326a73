package evaluation

import (
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Open reads an artifact of the type evaluation.
func Open(a *artifact.Artifact) (*Evaluation, error) {
	data, err := a.ReadFile(File)
	if err != nil {
		return nil, err
	}
	e, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Stage, err)
	}
	return e, nil
}

// OpenPredictions reads the table of an artifact of the type predictions.
func OpenPredictions(a *artifact.Artifact) (*table.Table, error) {
	return table.OpenFile(a, FilePredictions)
}

// OpenTest reads the test rows that an evaluation keeps.
func OpenTest(a *artifact.Artifact) (*table.Table, error) { return table.OpenFile(a, FileTest) }

// OpenJudgement reads an artifact of the types evaluation and predictions: what
// was found, and what it rests on.
func OpenJudgement(a *artifact.Artifact) (*Judgement, error) {
	e, err := Open(a)
	if err != nil {
		return nil, err
	}
	said, err := OpenPredictions(a)
	if err != nil {
		return nil, err
	}
	j := &Judgement{Evaluation: *e}
	if j.Main, err = metrics.Find(e.Primary, e.Task); err != nil {
		return nil, err
	}
	if j.Table, err = OpenTest(a); err != nil {
		return nil, err
	}
	for _, m := range e.Models {
		s := e.SampleOf(said, m.Stage)
		if s == nil || e.Task == metrics.Classification && s.Probabilities == nil {
			return nil, fmt.Errorf("%s does not hold what %s said", FilePredictions, m.Stage)
		}
		j.Samples = append(j.Samples, s)
	}
	j.units = e.UnitsOf(said)
	place := said.Column("row")
	if place == nil || place.Type != table.Number || len(j.Samples) == 0 {
		return nil, fmt.Errorf("%s does not say which rows it is about", FilePredictions)
	}
	for _, v := range place.Num {
		if !(v >= 0 && v < float64(j.Table.Rows())) {
			return nil, fmt.Errorf("%s is about rows that are not in %s", FilePredictions, FileTest)
		}
		j.Places = append(j.Places, int(v))
	}
	if len(j.Places) != j.Table.Rows() {
		j.Table = j.Table.Take(j.Places)
	}
	return j, nil
}

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
	for _, m := range e.Models {
		s := e.SampleOf(said, m.Stage)
		if s == nil || e.Task == metrics.Classification && s.Probabilities == nil && !m.Elsewhere {
			return nil, fmt.Errorf("%s does not hold what %s said", FilePredictions, m.Stage)
		}
		j.Samples = append(j.Samples, s)
	}
	if len(j.Samples) == 0 {
		return nil, fmt.Errorf("%s does not say which rows it is about", FilePredictions)
	}
	if j.Table, j.Places, err = e.RowsOf(a, said); err != nil {
		return nil, err
	}
	j.units, j.repeat = e.UnitsOf(said), repeats(said)
	j.ground = j.once()
	return j, nil
}

// RowsOf gives the rows that the table of FilePredictions is about, and their
// places, as Judgement has them; of folds each as often as it was held out.
func (e *Evaluation) RowsOf(a *artifact.Artifact, said *table.Table) (*table.Table, []int, error) {
	t, err := OpenTest(a)
	if err != nil {
		return nil, nil, err
	}
	if e.Train > 0 {
		train, err := table.OpenFile(a, FileTrain)
		if err != nil {
			return nil, nil, err
		}
		t = table.Concat(train, t)
	}
	place := said.Column("row")
	if place == nil || place.Type != table.Number {
		return nil, nil, fmt.Errorf("%s does not say which rows it is about", FilePredictions)
	}
	places := make([]int, place.Len())
	for i, v := range place.Num {
		if places[i] = int(v); !(v >= 0 && v < float64(t.Rows())) {
			return nil, nil, fmt.Errorf("%s is about rows that are not there", FilePredictions)
		}
	}
	return t.Take(places), places, nil
}

// repeats gives which time each row of the table of FilePredictions was held out;
// nil where none was twice.
func repeats(said *table.Table) []int {
	c := said.Column("repeat")
	if c == nil || c.Type != table.Number {
		return nil
	}
	out := make([]int, c.Len())
	for i, v := range c.Num {
		out[i] = int(v)
	}
	return out
}

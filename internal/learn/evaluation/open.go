package evaluation

import (
	"fmt"

	"labbook/internal/base/artifact"
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

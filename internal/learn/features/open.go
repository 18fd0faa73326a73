package features

import (
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/data/matrix"
)

// FileMatrix is the file of an artifact of the type features besides those of
// its Features: the training rows as models learn from them.
const FileMatrix = "train.lbm"

// Open reads an artifact of the type features: what was fitted, and the training
// rows with their outcomes.
func Open(a *artifact.Artifact) (*Features, *matrix.Labelled, error) {
	fitted, err := Load(a.ReadFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", a.Stage, err)
	}
	values, err := a.ReadFile(FileMatrix)
	if err != nil {
		return nil, nil, err
	}
	data, err := matrix.DecodeLabelled(values)
	if err != nil {
		return nil, nil, fmt.Errorf("%s of %s: %w", FileMatrix, a.Stage, err)
	}
	return fitted, data, nil
}

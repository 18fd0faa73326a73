package features

import (
	"encoding/json"
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
)

// The files of an artifact of the type features besides those of its Features.
// With the training part of the split and its structure, which lie beside them,
// features can be fitted again on any of its rows.
const (
	FileMatrix  = "train.lbm"    // the training rows as models learn from them
	FileOptions = "options.json" // by which the features were fitted: the value of each parameter by its path
)

// Open reads an artifact of the type features: what was fitted, and the training
// rows with their outcomes.
func Open(a *artifact.Artifact) (*Features, *matrix.Labelled, error) {
	fitted, err := Load(a.ReadFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", a.Called(), err)
	}
	values, err := a.ReadRoom(FileMatrix)
	if err != nil {
		return nil, nil, err
	}
	data, err := matrix.DecodeIn(values, a.Room)
	if err != nil {
		return nil, nil, fmt.Errorf("%s of %s: %w", FileMatrix, a.Called(), err)
	}
	return fitted, data, nil
}

// OpenHead is Open that reads of the training rows only so many of the first.
func OpenHead(a *artifact.Artifact, rows int) (*Features, *matrix.Head, error) {
	fitted, err := Load(a.ReadFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", a.Called(), err)
	}
	f, err := a.Open(FileMatrix)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	head, err := matrix.ReadHead(f, info.Size(), rows)
	if err != nil {
		return nil, nil, fmt.Errorf("%s of %s: %w", FileMatrix, a.Called(), err)
	}
	return fitted, head, nil
}

// OpenOptions reads the options of an artifact of the type features; nil where an
// older program left none.
func OpenOptions(a *artifact.Artifact) (*Options, error) {
	if _, err := a.Blob(FileOptions); err != nil {
		return nil, nil
	}
	data, err := a.ReadFile(FileOptions)
	if err != nil {
		return nil, err
	}
	lines, o := map[string]string{}, Defaults()
	if err := json.Unmarshal(data, &lines); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", FileOptions, a.Called(), err)
	}
	return &o, params.Restore(&o, params.LinesOf(lines))
}

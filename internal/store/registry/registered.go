package registry

import (
	"encoding/json"
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
)

// FileRegistered is the file in which a register stage says what it chose.
const FileRegistered = "registered.json"

// FolderBundle is the folder of its output with the candidate's bundle, so that
// whoever reads the stage needs no registry.
const FolderBundle = "bundle"

// Registered is registered.json: what a register stage says of its candidate.
// It holds no version number, so that it is the same in every registry.
type Registered struct {
	Model     string        `json:"model"`
	Alias     string        `json:"alias"`
	Artifact  string        `json:"artifact"` // digest of the bundle's tree
	Stage     string        `json:"stage"`    // that trained it
	Estimator string        `json:"estimator"`
	Task      metrics.Task  `json:"task"`
	Target    string        `json:"target"`
	Metric    metrics.Value `json:"metric"` // that it was chosen by
}

// OpenRegistered reads an artifact of the type registration.
func OpenRegistered(a *artifact.Artifact) (*Registered, error) {
	data, err := a.ReadFile(FileRegistered)
	if err != nil {
		return nil, err
	}
	r := &Registered{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", FileRegistered, a.Stage, err)
	}
	return r, nil
}

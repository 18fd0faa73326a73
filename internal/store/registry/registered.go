package registry

import (
	"cmp"
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

// FolderFinal is the folder with the candidate's final fit, which answers; there is
// none where the bundle that was judged does.
const FolderFinal = "final"

// Registered is registered.json: what a register stage says of its candidate.
// It holds no version number, so that it is the same in every registry.
type Registered struct {
	Model     string        `json:"model"`
	Alias     string        `json:"alias"`
	Artifact  string        `json:"artifact"`        // digest of the bundle's tree
	Final     string        `json:"final,omitempty"` // likewise of the final fit
	Stage     string        `json:"stage"`           // that trained it
	Estimator string        `json:"estimator"`
	Task      metrics.Task  `json:"task"`
	Target    string        `json:"target"`
	Metric    metrics.Value `json:"metric"` // that it was chosen by
}

// Answering gives the digest of the bundle that answers.
func (r *Registered) Answering() string { return cmp.Or(r.Final, r.Artifact) }

// OpenAnswering gives the files of the bundle that answers, of an artifact of the
// type registration.
func OpenAnswering(a *artifact.Artifact) *artifact.Artifact {
	if final := a.Sub(FolderFinal, artifact.Model); len(final.Files) > 0 {
		return final
	}
	return a.Sub(FolderBundle, artifact.Model)
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

package stage

import (
	"context"
	"encoding/json"
	"errors"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// Shown is all that a kind's Show sees: what an execution left, and nothing of
// the execution itself. It carries cancellation.
type Shown struct {
	context.Context
	// Out is the output. Its Stage is empty: cells are the same whatever the
	// stage is called.
	Out      *artifact.Artifact
	Metrics  []metrics.Value
	Warnings []notebook.Finding
	Told     []byte // what Run gave to Context.Tell; nil when it gave nothing
	Cores    int    // at least 1; the cell is the same whatever they are
	Cell     *notebook.Cell
}

// Facts decodes what Run gave to Context.Tell into a pointer to the same type.
func (s *Shown) Facts(facts any) error {
	if s.Told == nil {
		return errors.New("the stage told nothing of itself")
	}
	return json.Unmarshal(s.Told, facts)
}

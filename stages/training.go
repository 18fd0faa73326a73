package stages

import (
	"encoding/json"
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/base/facts"
	"labbook/internal/base/notebook"
	"labbook/models/estimator"
	"labbook/runner/stage"
)

// fileTraining says how a model came about, beside its bundle.
const fileTraining = "training.json"

// training is training.json.
type training struct {
	// Validation has the metrics on the training rows that were held out; none
	// where none were.
	Validation []judgement `json:"validation,omitempty"`
	// Findings are what the fit noticed.
	Findings []notebook.Finding `json:"findings,omitempty"`
}

// judgement is a metric on the rows that were held out.
type judgement struct {
	Metric string         `json:"metric"`
	Pooled facts.Number   `json:"pooled"` // on all of them together
	Each   []facts.Number `json:"each"`   // on those of each division
}

// saveTraining writes training.json, and warns of what the fit warns of.
func saveTraining(c *stage.Context, model estimator.Model, judged []judgement) error {
	t := training{Validation: judged}
	if advisor, ok := model.(estimator.Advisor); ok {
		t.Findings = advisor.Findings()
	}
	for _, f := range t.Findings {
		if f.Level == "warning" {
			c.Warn(f)
		}
	}
	data, err := facts.Encode(t)
	if err != nil {
		return err
	}
	return c.WriteFile(fileTraining, data)
}

// openFacts decodes a file of facts of an output.
func openFacts(out *artifact.Artifact, name string, into any) error {
	data, err := out.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Package robust fits linear regressions that a few wild targets do not pull
// away: Huber's, and those of quantiles.
package robust

import (
	"context"
	"encoding/json"
	"fmt"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
	"labbook/models/internal/linear"
	"labbook/models/internal/plane"
)

// model is a fitted plane; its exported fields are its encoding.
type model struct {
	plane.Plane
	// Scale is how far ordinary rows are off, Outside how many are not ordinary;
	// of a quantile, 0.
	Scale   float64 `json:"scale,omitempty"`
	Outside int     `json:"outside,omitempty"`
	// Quantile is the one that the plane is at, Below the share of the rows, by
	// weight, whose target is under it; of Huber's regression, 0.
	Quantile float64 `json:"quantile,omitempty"`
	Below    float64 `json:"below,omitempty"`

	stopped *notebook.Finding // that it is not at its optimum; not encoded
}

// spec gives what both estimators have in common.
func spec(name, doc string, params func() any, fit func(ctx context.Context, params any, d *design) (*model, error)) estimator.Spec {
	return estimator.Spec{
		Name: name, Version: 1, Doc: doc, Params: params, Parallel: true,
		Tasks: []metrics.Task{metrics.Regression},
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			d, err := newDesign(ctx, data, opt.Cores)
			if err != nil {
				return nil, err
			}
			m, err := fit(ctx, params, d)
			if err != nil {
				return nil, err
			}
			if err := m.Finite(); err != nil {
				return nil, err
			}
			return m, nil
		},
		Decode: func(data []byte) (estimator.Model, error) {
			var m model
			if err := json.Unmarshal(data, &m); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if err := m.Sound(); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return &m, nil
		},
	}
}

func (m *model) MarshalBinary() ([]byte, error) { return json.Marshal(m) }

// Findings implements estimator.Advisor.
func (m *model) Findings() []notebook.Finding { return linear.Found(m.stopped) }

// Summary implements estimator.Summarizer.
func (m *model) Summary() []estimator.Learned {
	rows := []estimator.Learned{{Name: "columns", Value: notebook.Count(len(m.Names))}}
	if m.Quantile > 0 {
		return append(rows, estimator.Learned{Name: "training rows below", Value: notebook.Percent(m.Below, 1)})
	}
	return append(rows,
		estimator.Learned{Name: "scale of the residuals", Value: notebook.Measure(m.Scale, 4)},
		estimator.Learned{Name: "rows that count less", Value: notebook.Count(m.Outside)})
}

// Package linear fits a linear model by least squares, with an optional ridge
// penalty, through a QR decomposition that goes over tall data in blocks.
package linear

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
	"labbook/models/estimator"
	"labbook/models/internal/plane"
)

// Params are what a pipeline can say in `params`.
type Params struct {
	Ridge     float64 `yaml:"ridge" range:"[0,)" doc:"Weight of the penalty on the sum of squared coefficients, as alpha of scikit-learn's Ridge; 0 is ordinary least squares. Standardise the numbers for it to treat them alike."`
	Intercept bool    `yaml:"intercept" doc:"Whether the model has a constant, which the penalty leaves alone."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "linear",
		Version: 2,
		Doc: `Linear regression by least squares, optionally with a ridge penalty.

Centred columns are decomposed by Householder QR, block by block, and the blocks' triangles once more (TSQR: Demmel,
Grigori, Hoemmen, Langou, "Communication-optimal parallel and sequential QR and LU factorizations", SIAM J. Sci.
Comput. 34(1), 2012). Squaring the condition number, as the normal equations do, is avoided. Where columns depend on
each other, the shortest of the equally good solutions is taken by a complete orthogonal decomposition, as LAPACK's gelsy
does; columns count in units of their own spread. With more columns than rows it is found in the space of the rows (Golub
and Van Loan, "Matrix Computations", sections 5.5 and 5.6). Ridge: Hoerl and Kennard, Technometrics 12(1), 1970.`,
		Tasks:    []metrics.Task{metrics.Regression},
		Params:   func() any { return &Params{Intercept: true} },
		Parallel: true,
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			m, err := fit(ctx, *params.(*Params), data, opt.Cores)
			if err != nil {
				return nil, err
			}
			return m, nil
		},
		Decode: decode,
	}
}

// model is a fitted plane; its exported fields are its encoding.
type model struct {
	plane.Plane
	// StdErr has the coefficients' standard errors, the intercept's first; nil
	// when there are none, as with a penalty.
	StdErr []float64 `json:"std_err,omitempty"`

	Rows      int      `json:"rows"`
	Rank      int      `json:"rank"`
	Constant  bool     `json:"constant"`            // it has an intercept
	Residual  float64  `json:"residual"`            // root of the sum of squared residuals
	Total     float64  `json:"total"`               // root of the sum of squares about the mean
	Flat      []string `json:"flat,omitempty"`      // columns that do not vary
	Dependent []string `json:"dependent,omitempty"` // columns that others determine
}

func decode(data []byte) (estimator.Model, error) {
	var m model
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("linear: %w", err)
	}
	if err := m.Sound(); err != nil {
		return nil, fmt.Errorf("linear: %w", err)
	}
	if m.StdErr != nil && len(m.StdErr) != len(m.Names)+1 {
		return nil, errors.New("linear: the list of standard errors has another length")
	}
	return &m, nil
}

func (m *model) MarshalBinary() ([]byte, error) { return json.Marshal(m) }

func (m *model) Findings() []notebook.Finding {
	var found []notebook.Finding
	if len(m.Flat) > 0 {
		found = append(found, checks.FlatColumns.Finding("", len(m.Flat), "columns that do not vary in training have no effect: %s", list(m.Flat)))
	}
	if columns := len(m.Weights) - len(m.Flat); m.Rank < columns && columns >= m.Rows {
		found = append(found, checks.MoreColumnsThanRows.Finding("", columns,
			"%d rows cannot tell %d columns apart: of the many planes that fit, the shortest is taken; use ridge, or fewer columns", m.Rows, columns))
	}
	if len(m.Dependent) > 0 {
		found = append(found, checks.DependentColumns.Finding("", len(m.Dependent), "columns determine each other, so that their coefficients cannot be told apart: %s; "+
			"predictions are not harmed; drop one of them, or use ridge", list(m.Dependent)))
	}
	return found
}

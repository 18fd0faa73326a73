// Package dummy predicts without looking at the features: the floor that every
// other model on a leaderboard has to beat.
package dummy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Params are what a pipeline can say in `params`.
type Params struct {
	Strategy string `yaml:"strategy" enum:"mean|median" doc:"What a regression predicts for every row. A classification predicts how frequent the classes are."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "dummy",
		Version: 1,
		Doc: `The mean or median of the target, or the frequencies of its classes, whatever the features say.

As DummyRegressor and DummyClassifier (strategy prior) of scikit-learn: what a model must beat to have learned anything.`,
		Tasks:   []metrics.Task{metrics.Regression, metrics.Classification},
		Params:  func() any { return &Params{Strategy: "mean"} },
		Sparse:  true,
		Missing: true,
		Guesses: true,
		Fit: func(ctx context.Context, params any, data *estimator.Data, _ estimator.Options) (estimator.Model, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return fit(*params.(*Params), data)
		},
		Decode: decode,
	}
}

func fit(p Params, data *estimator.Data) (estimator.Model, error) {
	if len(data.Y) == 0 {
		return nil, diag.New("there are no rows to learn from", "check what keep and split leave")
	}
	weight := func(i int) float64 {
		if data.Weights == nil {
			return 1
		}
		return data.Weights[i]
	}
	m := &model{Width: data.X.Cols}
	if data.Task() == metrics.Classification {
		m.Constant = make([]float64, len(data.Classes))
		var total float64
		for i, y := range data.Y {
			m.Constant[int(y)] += weight(i)
			total += weight(i)
		}
		for k := range m.Constant {
			m.Constant[k] /= total
		}
		return m, nil
	}
	for i, y := range data.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return nil, &diag.Error{What: fmt.Sprintf("row %d of the training part has no target", i+1), Found: fmt.Sprint(y), Wanted: "a finite number"}
		}
	}
	if p.Strategy == "median" {
		m.Constant = []float64{median(data.Y, weight)}
		return m, nil
	}
	var sum, total float64
	for i, y := range data.Y {
		sum += weight(i) * y
		total += weight(i)
	}
	m.Constant = []float64{sum / total}
	return m, nil
}

// median gives the value with half of the weight on either side, the middle of
// two where they share it.
func median(y []float64, weight func(int) float64) float64 {
	order := make([]int, len(y))
	var total float64
	for i := range order {
		order[i] = i
		total += weight(i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case y[a] < y[b]:
			return -1
		case y[a] > y[b]:
			return 1
		}
		return 0
	})
	var below float64
	for at, i := range order {
		below += weight(i)
		if below == total/2 && at+1 < len(order) {
			return (y[i] + y[order[at+1]]) / 2
		}
		if below > total/2 {
			return y[i]
		}
	}
	return y[order[len(order)-1]]
}

// model says the same for every row; its exported fields are its encoding.
type model struct {
	Constant []float64 `json:"constant"`
	Width    int       `json:"columns"`
}

func decode(data []byte) (estimator.Model, error) {
	var m model
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("dummy: %w", err)
	}
	if len(m.Constant) == 0 || m.Width < 0 {
		return nil, errors.New("dummy: the model is empty")
	}
	return &m, nil
}

func (m *model) MarshalBinary() ([]byte, error) { return json.Marshal(m) }
func (m *model) Outputs() int                   { return len(m.Constant) }
func (m *model) Columns() int                   { return m.Width }

func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	for i := range x.Rows {
		copy(dst[i*len(m.Constant):], m.Constant)
	}
}

// Contributions gives everything to the base value.
func (m *model) Contributions(dst []float64, row []float64) {
	width := len(row) + 1
	clear(dst)
	for k, v := range m.Constant {
		dst[k*width+width-1] = v
	}
}

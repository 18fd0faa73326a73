package dummy

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

func TestStrategies(t *testing.T) {
	for _, c := range []struct {
		strategy string
		y        []float64
		weights  []float64
		classes  []string
		want     []float64
	}{
		{"mean", []float64{1, 2, 6}, nil, nil, []float64{3}},
		{"mean", []float64{1, 2, 6}, []float64{1, 1, 2}, nil, []float64{3.75}},
		{"median", []float64{6, 1, 2}, nil, nil, []float64{2}},
		{"median", []float64{6, 1, 2, 3}, nil, nil, []float64{2.5}},
		{"median", []float64{6, 1, 2}, []float64{3, 1, 1}, nil, []float64{6}},
		{"mean", []float64{0, 1, 1, 1}, nil, []string{"a", "b", "c"}, []float64{0.25, 0.75, 0}},
		{"mean", []float64{0, 1}, []float64{3, 1}, []string{"a", "b"}, []float64{0.75, 0.25}},
	} {
		data := &estimator.Data{X: &matrix.Matrix{Rows: len(c.y)}, Y: c.y, Weights: c.weights, Classes: c.classes}
		m, err := Spec().Fit(context.Background(), &Params{Strategy: c.strategy}, data, estimator.Options{})
		require.NoError(t, err)
		got := make([]float64, 2*len(c.want))
		m.Predict(got, &matrix.Matrix{Rows: 2})
		assert.Equal(t, append(c.want, c.want...), got, "%+v", c)
	}
}

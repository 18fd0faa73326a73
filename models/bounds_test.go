package models

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// A line learned from 1, 2 and 3 goes on beyond them; a bounded one does not.
func TestBounds(t *testing.T) {
	column := func(values ...float64) *matrix.Matrix {
		return &matrix.Matrix{Rows: len(values), Cols: 1, Names: []string{"x"}, Levels: make([]int, 1), Dense: values}
	}
	d := Holdout{
		Train: &matrix.Labelled{X: column(1, 2, 3), Y: []float64{1, 2, 3}},
		Test:  &matrix.Labelled{X: column(-2, 2.5, 9), Y: []float64{-2, 2.5, 9}},
	}
	r := Recipe{Spec: Lookup("linear"), Params: Lookup("linear").Params()}
	m, err := r.Fit(t.Context(), d, estimator.Options{})
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{-2, 2.5, 9}, r.Sample(m, d).Predicted, 1e-9)
	r.Bounded = true
	assert.InDeltaSlice(t, []float64{1, 2.5, 3}, r.Sample(m, d).Predicted, 1e-9)

	assert.ErrorContains(t, r.Check(&matrix.Labelled{X: d.Train.X, Y: []float64{0, 1, 1}, Classes: []string{"no", "yes"}}), "classes have no bounds")
}

// A bundle keeps its bounds, and its intervals keep to them as well.
func TestBundleBounds(t *testing.T) {
	b := bundle(t, "linear", "price", None)
	b.Bounds, b.Interval = &Bounds{20, 30}, &Ranges{Level: 0.9, Reach: 4, Rows: 10}
	saved := files(t, b)
	again, err := Load(reader(saved))
	require.NoError(t, err)
	p, err := again.Predict(houses())
	require.NoError(t, err)
	free := bundle(t, "linear", "price", None)
	q, err := free.Predict(houses())
	require.NoError(t, err)
	for i, v := range q.Values {
		assert.Equal(t, min(max(v, 20), 30), p.Values[i])
		assert.InDelta(t, min(max(v-4, 20), 30), p.Low[i], 1e-9)
		assert.InDelta(t, min(max(v+4, 20), 30), p.High[i], 1e-9)
	}
	saved["model.json"] = []byte(strings.Replace(string(saved["model.json"]), `"low": 20`, `"low": 40`, 1))
	_, err = Load(reader(saved))
	assert.ErrorContains(t, err, "bounds")
}

func TestBoundsKeepNaN(t *testing.T) {
	values := []float64{math.NaN(), math.Inf(1)}
	(&Bounds{0, 1}).hold(values)
	assert.True(t, math.IsNaN(values[0]))
	assert.Equal(t, 1.0, values[1])
}

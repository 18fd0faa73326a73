package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models"
	"labbook/models/estimator"
)

// A line learned from 1, 2 and 3 goes on beyond them; a bounded one does not.
// said gives what a model says of the rows held out.
func said(r Recipe, m estimator.Model, d Holdout) []float64 {
	sample, err := r.Sample(m, d)
	if err != nil {
		panic(err)
	}
	return sample.Predicted
}

func TestBounds(t *testing.T) {
	column := func(values ...float64) *matrix.Matrix {
		return &matrix.Matrix{Rows: len(values), Cols: 1, Names: []string{"x"}, Levels: make([]int, 1), Dense: values}
	}
	d := Holdout{
		Train: &matrix.Labelled{X: column(1, 2, 3), Y: []float64{1, 2, 3}},
		Test:  &matrix.Labelled{X: column(-2, 2.5, 9), Y: []float64{-2, 2.5, 9}},
	}
	r := Recipe{Spec: models.Lookup("linear"), Params: models.Lookup("linear").Params()}
	m, err := r.Fit(t.Context(), d, estimator.Options{})
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{-2, 2.5, 9}, said(r, m, d), 1e-9)
	r.Bounded = true
	assert.InDeltaSlice(t, []float64{1, 2.5, 3}, said(r, m, d), 1e-9)

	assert.ErrorContains(t, r.Check(&matrix.Labelled{X: d.Train.X, Y: []float64{0, 1, 1}, Classes: []string{"no", "yes"}}), "classes have no bounds")
}

package ensemble_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/models"
	"labbook/models/estimator"
)

// stairs gives rows whose target is a staircase along a + b: one step high
// wherever that sum passes a whole number.
func stairs(n int, seed uint64) *estimator.Data {
	rng := rand.New(rand.NewPCG(seed, 1))
	d := &estimator.Data{X: &matrix.Matrix{Rows: n, Cols: 2, Names: []string{"a", "b"}}}
	for range n {
		a, b := 4*rng.Float64(), 4*rng.Float64()
		d.X.Dense = append(d.X.Dense, a, b)
		d.Y = append(d.Y, float64(int(a+b)))
	}
	return d
}

func fitted(t *testing.T, with string, data *estimator.Data) estimator.Model {
	spec := models.Lookup("ensemble")
	p := spec.Params()
	require.NoError(t, params.DecodeString(with, p))
	m, err := spec.Fit(t.Context(), p, data, estimator.Options{Cores: 2})
	require.NoError(t, err)
	return m
}

// TestCascade: the plane knows a + b, which neither column tells, so trees that
// see what it predicts find the steps; on its residual alone they do not.
func TestCascade(t *testing.T) {
	train, test := stairs(2000, 1), stairs(500, 2)
	off := map[string]float64{}
	for _, method := range []string{"residual", "cascade"} {
		m := fitted(t, "{method: "+method+", of: [{model: linear}, {model: boosting, params: {n_estimators: 30, max_depth: 3}}]}", train)
		out := make([]float64, test.X.Rows)
		m.Predict(out, test.X)
		for i, v := range out {
			off[method] += (v - test.Y[i]) * (v - test.Y[i]) / float64(len(out))
		}
	}
	assert.Less(t, off["cascade"], off["residual"]/3)
}

// TestCascadeTellsColumns: what the prediction so far counts is told of the
// columns that made it.
func TestCascadeTellsColumns(t *testing.T) {
	data := stairs(1000, 3)
	m := fitted(t, "{method: cascade, of: [{model: linear}, {model: boosting, params: {n_estimators: 30, max_depth: 3}}, {model: extra-trees, params: {n_estimators: 5}}]}", data)
	said := make([]float64, data.X.Rows)
	m.Predict(said, data.X)
	for i := range 50 {
		parts := make([]float64, 3)
		m.(estimator.Contributions).Contributions(parts, data.X.Row(i))
		assert.InDelta(t, said[i], parts[0]+parts[1]+parts[2], 1e-4)
	}
	gain := m.(estimator.Importances).Importances()["gain"]
	require.Len(t, gain, 2)
	assert.InEpsilon(t, gain[0], gain[1], 0.5, "a and b matter alike")
}

// TestCascadeOfViews: what members before it predict is a column of one view, so an
// ensemble that reads several comes first, or reads one.
func TestCascadeOfViews(t *testing.T) {
	data := stairs(300, 4)
	data.X = matrix.Join([]matrix.View{{Name: "a", Matrix: data.X}, {Name: "b", Matrix: data.X}})
	both := "{model: ensemble, params: {of: [{model: linear, view: a}, {model: linear, view: b}]}}"
	spec := models.Lookup("ensemble")
	p := spec.Params()
	require.NoError(t, params.DecodeString("{method: cascade, of: [{model: linear, view: a}, "+both+"]}", p))
	_, err := spec.Fit(t.Context(), p, data, estimator.Options{Cores: 2})
	assert.ErrorContains(t, err, "member 2 of the cascade, ensemble, reads several views")
	m := fitted(t, "{method: cascade, of: ["+both+", {model: boosting, view: b, params: {n_estimators: 30, max_depth: 3}}]}", data)
	encoded, err := m.MarshalBinary()
	require.NoError(t, err)
	again, err := spec.Decode(encoded)
	require.NoError(t, err)
	said, same := make([]float64, data.X.Rows), make([]float64, data.X.Rows)
	m.Predict(said, data.X)
	again.Predict(same, data.X)
	assert.Equal(t, said, same)
}

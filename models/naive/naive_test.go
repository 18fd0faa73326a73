package naive

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/models/estimator"
)

// rows has two shops in two seasons, the latest rows first.
func rows(t *testing.T) *estimator.Data {
	day := &table.Column{Field: table.Field{Name: "day", Type: table.Number}, Num: []float64{9, 8, 7, 6, 5, 5, 1, math.NaN()}}
	layout, err := (&partition.Structure{Time: "day"}).Layout(table.New(day))
	require.NoError(t, err)
	return &estimator.Data{X: &matrix.Matrix{Rows: 8, Cols: 3, Names: []string{"noise", "shop=b", "season"},
		Dense: []float64{
			.1, 0, 1,
			.2, 1, 1,
			.3, 0, 2,
			.4, 0, 1,
			.5, 1, 2,
			.6, 1, 2,
			.7, 0, math.NaN(),
			.8, 0, 2,
		}}, Y: []float64{10, 20, 30, 40, 50, 70, 80, 90}, Layout: layout}
}

// By hand: the latest row of the season, the mean of two at one moment, the latest of
// all where the season is new.
func TestLatestOfTheSeason(t *testing.T) {
	spec := Spec()
	for _, c := range []struct {
		season []string
		want   []float64
	}{
		{[]string{"shop", "season"}, []float64{10, 20, 30, 10, 60, 60, 80, 30}},
		{[]string{"season"}, []float64{10, 10, 30, 10, 30, 30, 80, 30}},
		{nil, []float64{10, 10, 10, 10, 10, 10, 10, 10}},
	} {
		data := rows(t)
		m, err := spec.Fit(t.Context(), &Params{Season: c.season}, data, estimator.Options{})
		require.NoError(t, err)
		encoded, err := m.MarshalBinary()
		require.NoError(t, err)
		again, err := spec.Decode(encoded)
		require.NoError(t, err)
		for _, m := range []estimator.Model{m, again} {
			got := make([]float64, 8)
			m.Predict(got, data.X)
			assert.Equal(t, c.want, got)
			parts := make([]float64, 4)
			m.(estimator.Contributions).Contributions(parts, data.X.Row(4))
			assert.InDelta(t, got[4], parts[0]+parts[1]+parts[2]+parts[3], 1e-12)
			assert.Zero(t, parts[0])
			m.Predict(got[:1], &matrix.Matrix{Rows: 1, Cols: 3, Dense: []float64{0, 1, 7}})
			if c.season != nil {
				assert.Equal(t, 10.0, got[0], "a new season")
			}
		}
	}
	_, err := spec.Fit(t.Context(), &Params{Season: []string{"saeson"}}, rows(t), estimator.Options{})
	assert.ErrorContains(t, err, `did you mean "season"?`)
	data := rows(t)
	data.Layout = nil
	m, err := spec.Fit(t.Context(), &Params{}, data, estimator.Options{})
	require.NoError(t, err)
	got := make([]float64, 8)
	m.Predict(got, data.X)
	assert.Equal(t, 90.0, got[0], "the last as rows stand")
}

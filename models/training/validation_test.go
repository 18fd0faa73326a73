package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/learn/partition"
)

// Every row is held out once by folds, and classes are spread evenly.
func TestDivide(t *testing.T) {
	data := &matrix.Labelled{X: &matrix.Matrix{Rows: 103, Cols: 1, Names: []string{"i"}}, Classes: []string{"a", "b"}}
	for i := range 103 {
		data.X.Dense, data.Y = append(data.X.Dense, float64(i)), append(data.Y, float64(i%4/3))
	}
	from := &Source{Data: data, structure: new(partition.Structure)}
	folds, err := from.Divide(Validation{Folds: 5, Seed: 1}, 2)
	require.NoError(t, err)
	seen := map[float64]int{}
	for _, d := range folds {
		assert.Equal(t, 103, d.Train.X.Rows+d.Test.X.Rows)
		rare := 0.0
		for i, v := range d.Test.X.Dense {
			seen[v]++
			rare += d.Test.Y[i]
		}
		assert.InDelta(t, 25./5, rare, 1)
	}
	assert.Len(t, seen, 103)

	once, err := from.Divide(Validation{Share: 0.2, Seed: 1}, 1)
	require.NoError(t, err)
	require.Len(t, once, 1)
	assert.InDelta(t, 20.6, once[0].Test.X.Rows, 1)
	other, err := from.Divide(Validation{Share: 0.2, Seed: 2}, 1)
	require.NoError(t, err)
	assert.NotEqual(t, once[0].Test.X.Dense, other[0].Test.X.Dense)
	none, err := from.Divide(Validation{}, 1)
	require.NoError(t, err)
	assert.Nil(t, none)
	_, err = from.Divide(Validation{Folds: 200}, 1)
	assert.ErrorContains(t, err, "too few training rows")
}

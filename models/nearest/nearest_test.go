package nearest

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// scikit is what testdata/nearest.py made.
type scikit struct {
	Cols, Classes int
	X, Asked      []float64
	Y             map[string][]float64
	Cases         []struct {
		Task, Weights string
		K             int
		Standardise   bool
		Predictions   []float64
	}
}

func TestScikitLearn(t *testing.T) {
	var want scikit
	data, err := os.ReadFile("testdata/nearest.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &want))
	of := func(values []float64) *matrix.Matrix {
		return &matrix.Matrix{Rows: len(values) / want.Cols, Cols: want.Cols, Dense: values}
	}
	for _, c := range want.Cases {
		d := &estimator.Data{X: of(want.X), Y: want.Y[c.Task]}
		if c.Task == "classes" {
			d.Classes = make([]string, want.Classes)
		}
		m, err := fit(context.Background(), &Params{Neighbours: c.K, Weights: c.Weights, Standardise: c.Standardise}, d)
		require.NoError(t, err)
		got := make([]float64, len(c.Predictions))
		m.Predict(got, of(want.Asked))
		assert.InDeltaSlice(t, c.Predictions, got, 1e-5, "%+v", c)
	}
}

// random gives rows of a few or of many different values, in clusters.
func random(rng *rand.Rand, rows, cols, levels int) *estimator.Data {
	d := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols}}
	for range rows {
		for j := range cols {
			v := rng.NormFloat64() * float64(1+j)
			if levels > 0 {
				v = float64(rng.IntN(levels))
			}
			d.X.Dense = append(d.X.Dense, v)
		}
		d.Y = append(d.Y, rng.NormFloat64())
	}
	return d
}

// TestExact: the tree finds what a look at all rows finds, equal distances
// included, which duplicates and few levels make.
func TestExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{1, leafRows, leafRows + 1, 3*leafRows + 5, 1500} {
		for _, cols := range []int{1, 3, 20} {
			for _, levels := range []int{0, 1, 3} {
				d := random(rng, rows, cols, levels)
				m, err := fit(context.Background(), &Params{Neighbours: 9, Standardise: true}, d)
				require.NoError(t, err)
				k := newBlock(&m.tree, 20, m.neighbours)
				for i := range 20 {
					m.standard(k.searches[i].point, random(rng, 1, cols, levels).X.Dense)
				}
				k.nearest(20)
				for _, s := range k.searches {
					var all []found
					for i := range rows {
						all = append(all, found{s.squareTo(i, math.Inf(1)), int32(i)})
					}
					slices.SortFunc(all, func(a, b found) int {
						if a.before(b) {
							return -1
						}
						return 1
					})
					require.Equal(t, all[:m.neighbours], s.found, "%d rows, %d columns, %d levels", rows, cols, levels)
				}
			}
		}
	}
}

// TestWeights: a row that weighs as much as three answers as three do.
func TestWeights(t *testing.T) {
	d := &estimator.Data{X: &matrix.Matrix{Rows: 3, Cols: 1, Dense: []float64{0, 1, 5}}, Y: []float64{1, 2, 100}, Weights: []float64{1, 3, 1}}
	m, err := fit(context.Background(), &Params{Neighbours: 2}, d)
	require.NoError(t, err)
	out := make([]float64, 1)
	m.Predict(out, &matrix.Matrix{Rows: 1, Cols: 1, Dense: []float64{0.2}})
	assert.InDelta(t, (1+3*2)/4.0, out[0], 1e-12)
}

// TestFar: numbers as large as there are still have an answer.
func TestFar(t *testing.T) {
	d := random(rand.New(rand.NewPCG(1, 2)), 100, 2, 0)
	m, err := fit(context.Background(), &Params{Neighbours: 3, Weights: "distance", Standardise: true}, d)
	require.NoError(t, err)
	out := make([]float64, 1)
	m.Predict(out, &matrix.Matrix{Rows: 1, Cols: 2, Dense: []float64{1e300, -1e300}})
	assert.False(t, out[0]-out[0] != 0, strconv.FormatFloat(out[0], 'g', -1, 64))
}

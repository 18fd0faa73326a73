package trees

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/matrix"
	"labbook/models/estimator"
)

// friedman gives Friedman's first function of ten columns, five of which do
// not matter ("Multivariate adaptive regression splines", 1991), and noise.
func friedman(n int, seed uint64) *estimator.Data {
	rng := rand.New(rand.NewPCG(seed, 1))
	d := &estimator.Data{X: &matrix.Matrix{Rows: n, Cols: 10}}
	for range n {
		var v [10]float64
		for j := range v {
			v[j] = rng.Float64()
		}
		d.X.Dense = append(d.X.Dense, v[:]...)
		d.Y = append(d.Y, 10*math.Sin(math.Pi*v[0]*v[1])+20*(v[2]-.5)*(v[2]-.5)+10*v[3]+5*v[4]+rng.NormFloat64())
	}
	return d
}

// TestFriedman: scikit-learn 1.2.1's ExtraTreesRegressor(100) has a mean
// squared error of 3.07 on such rows, where the noise's is 1 and the mean's 24.
func TestFriedman(t *testing.T) {
	train, test := friedman(1000, 1), friedman(1000, 2)
	spec := Spec()
	m, err := spec.Fit(context.Background(), spec.Params(), train, estimator.Options{Seed: 1, Cores: 2})
	require.NoError(t, err)
	out := make([]float64, len(test.Y))
	m.Predict(out, test.X)
	sum := 0.0
	for i, v := range out {
		sum += (v - test.Y[i]) * (v - test.Y[i]) / float64(len(out))
	}
	t.Logf("mean squared error %.3f", sum)
	assert.Less(t, sum, 3.4)
	m.Predict(out, train.X)
	assert.InDeltaSlice(t, train.Y, out, 1e-5, "trees without limits know their rows")

	gain := m.(estimator.Importances).Importances()["gain"]
	for j := 5; j < 10; j++ {
		assert.Less(t, gain[j], gain[4]/2, "column %d does not matter", j)
	}
}

// TestLimits: leaves keep their rows, and trees their depth.
func TestLimits(t *testing.T) {
	d := friedman(300, 3)
	m, err := fit(context.Background(), &Params{Trees: 3, MinSplit: 2, MinLeaf: 10, MaxDepth: 3}, d, estimator.Options{})
	require.NoError(t, err)
	for k := range m.trees {
		assert.LessOrEqual(t, len(m.trees[k].nodes), 15)
		rows := map[*node]int{}
		for i := range d.Y {
			rows[m.trees[k].leaf(d.X.Row(i))]++
		}
		for _, n := range rows {
			assert.GreaterOrEqual(t, n, 10)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	d := friedman(20_000, 1)
	for b.Loop() {
		_, err := fit(context.Background(), &Params{Trees: 20, MinSplit: 2, MinLeaf: 3}, d, estimator.Options{Cores: 1})
		require.NoError(b, err)
	}
}

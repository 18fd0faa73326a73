package trees

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
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
		assert.LessOrEqual(t, len(m.trees[k].splits), 7)
		rows := map[int]int{}
		for i := range d.Y {
			leaf, _ := m.trees[k].leaf(m.packing, d.X.Row(i))
			rows[leaf]++
		}
		for _, n := range rows {
			assert.GreaterOrEqual(t, n, 10)
		}
	}
}

// TestSound: links that lead out of their subtree, or to no column, are refused.
func TestSound(t *testing.T) {
	p := packingOf(3)
	at := func(column, left uint32) split { return split{0.5, left<<p | column} }
	for _, c := range []struct {
		splits []split
		sound  bool
	}{
		{nil, true},
		{[]split{at(2, 0)}, true},
		{[]split{at(0, 1), at(1, 0), at(2, 0)}, true},
		{[]split{at(0, 2), at(1, 1), at(2, 0)}, true},
		{[]split{at(3, 0)}, false},
		{[]split{at(0, 1)}, false},
		{[]split{at(0, 1), at(1, 1), at(2, 0)}, false},
	} {
		assert.Equal(t, c.sound, (&tree{splits: c.splits}).sound(p, 3), "%v", c.splits)
	}
}

// TestPacking: a tree with more splits than links can count is an error.
func TestPacking(t *testing.T) {
	p := packingOf(1 << 20)
	assert.NoError(t, p.check(1<<12))
	assert.ErrorContains(t, p.check(1<<12+1), "too many splits")
	assert.NoError(t, packingOf(1).check(math.MaxInt32))
}

func BenchmarkFit(b *testing.B) {
	d := friedman(20_000, 1)
	for b.Loop() {
		_, err := fit(context.Background(), &Params{Trees: 20, MinSplit: 2, MinLeaf: 3}, d, estimator.Options{Cores: 1})
		require.NoError(b, err)
	}
}

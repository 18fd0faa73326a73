package trees

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/testdata"
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

// TestFriedman: forests err as scikit-learn's do, give or take what a few
// training sets tell, and see which columns matter.
func TestFriedman(t *testing.T) {
	testdata.OnlyComputes(t)
	want := reference(t).Friedman
	for _, spec := range []estimator.Spec{Random(), Forest()} {
		mse := 0.0
		const sets = 4
		for seed := range uint64(sets) {
			train, test := friedman(1000, seed), friedman(1000, 1000+seed)
			m, err := spec.Fit(context.Background(), spec.Params(), train, estimator.Options{Seed: seed, Cores: 2})
			require.NoError(t, err)
			out := make([]float64, len(test.Y))
			m.Predict(out, test.X)
			for i, v := range out {
				mse += (v - test.Y[i]) * (v - test.Y[i]) / float64(sets*len(out))
			}
			gain := m.(estimator.Importances).Importances()["gain"]
			for j := 5; j < 10; j++ {
				assert.Less(t, gain[j], gain[4]/2, "%s: column %d does not matter", spec.Name, j)
			}
			if m.Predict(out, train.X); spec.Name == "extra-trees" {
				assert.InDeltaSlice(t, train.Y, out, 1e-5, "trees without limits know their rows")
			}
		}
		t.Logf("%s: mean squared error %.3f, scikit-learn's %.3f", spec.Name, mse, want[spec.Name])
		assert.InEpsilon(t, want[spec.Name], mse, 0.06, spec.Name)
	}
}

// scikit is what testdata/trees.py made.
type scikit struct {
	Cols, Classes int
	X, Weights    []float64
	Y, Cases      map[string][]float64
	Friedman      map[string]float64
}

func reference(t *testing.T) (s scikit) {
	data, err := os.ReadFile("testdata/trees.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &s))
	return s
}

// TestScikitLearn: a tree of best splits in all columns, on all rows, is
// scikit-learn's.
func TestScikitLearn(t *testing.T) {
	want := reference(t)
	for name, values := range want.Cases {
		task, weights, _ := strings.Cut(name, ", ")
		d := &estimator.Data{Y: want.Y[task], X: &matrix.Matrix{Rows: len(want.X) / want.Cols, Cols: want.Cols, Dense: want.X}}
		d.Weights = slices.Repeat([]float64{1}, d.X.Rows)
		if weights == "weighted" {
			d.Weights = want.Weights
		}
		if task == "classes" {
			d.Classes = make([]string, want.Classes)
		}
		x, err := tableOf(d)
		require.NoError(t, err)
		ranked, err := x.rank(context.Background(), 1)
		require.NoError(t, err)
		m, err := fit(context.Background(), "", &Params{Trees: 1, MaxFeatures: 1, MaxDepth: 6, MinLeaf: 7}, d, estimator.Options{}, x, func(g *grower) {
			g.rows = allRows(d.X.Rows)
			g.way = newBest(g, ranked)
		})
		require.NoError(t, err)
		got := make([]float64, len(values))
		m.Predict(got, d.X)
		assert.InDeltaSlice(t, values, got, 1e-6, name)
	}
}

// TestSort: rows of few and of many ranks come out in order, equal ones in
// theirs.
func TestSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, few, few + 1, 1000} {
		for _, most := range []uint32{1, 2, 255, 256, 257, 1 << 16, 1<<24 + 5} {
			of, rows := &table{1, make([]int32, n)}, make([]int32, n)
			for i := range rows {
				of.keys[i], rows[i] = int32(7+rng.Uint32N(most)), int32(n-1-i)
			}
			s := newSorter(n)
			keys := s.sort(of, 0, rows)
			require.True(t, slices.IsSorted(keys), "%d rows, %d ranks", n, most)
			for _, k := range keys {
				require.Equal(t, of.keys[rows[k.place()]], int32(k.rank()))
			}
		}
	}
}

// TestLimits: leaves keep their rows, and trees their depth.
func TestLimits(t *testing.T) {
	d := friedman(300, 3)
	spec := Random()
	fitted, err := spec.Fit(context.Background(), &Params{Trees: 3, MinSplit: 2, MinLeaf: 10, MaxDepth: 3}, d, estimator.Options{})
	require.NoError(t, err)
	m := fitted.(numeric)
	var down descent
	down.read(d.X.Dense, d.X.Rows)
	for k := range m.trees {
		assert.LessOrEqual(t, len(m.trees[k].splits), 7)
		rows := map[int32]int{}
		down.down(&m.trees[k], m.packing)
		for _, at := range down.ends {
			rows[at.leaf]++
		}
		for _, n := range rows {
			assert.GreaterOrEqual(t, n, 10)
		}
	}
}

// TestDescent: rows that are on their way together come to the leaves that a row
// by itself comes to, however many there are.
func TestDescent(t *testing.T) {
	d := friedman(200, 4)
	d.X.Dense[7] = math.NaN() // not below any threshold
	fitted, err := Random().Fit(context.Background(), &Params{Trees: 2, MinSplit: 2, MinLeaf: 1}, friedman(300, 3), estimator.Options{})
	require.NoError(t, err)
	m := fitted.(numeric)
	m.trees = append(m.trees, tree{values: []float32{1}})
	var down descent
	for _, n := range []int{1, 7, 8, 9, 200} {
		down.read(d.X.Dense[:n*10], n)
		for k := range m.trees {
			tree := &m.trees[k]
			down.down(tree, m.packing)
			for i, got := range down.ends {
				want := tree.values[0]
				tree.visit(m.packing, d.X.Row(i), func(_ int, _, to float32) { want = to })
				require.Equal(t, want, tree.values[got.leaf+got.splits])
			}
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
	limits := Params{Trees: 20, MinSplit: 2, MinLeaf: 3}
	for _, c := range []struct {
		spec   estimator.Spec
		params any
	}{{Random(), &limits}, {Forest(), &ForestParams{Params: limits, Share: 1}}} {
		b.Run(c.spec.Name, func(b *testing.B) {
			for b.Loop() {
				_, err := c.spec.Fit(context.Background(), c.params, d, estimator.Options{Cores: 1})
				require.NoError(b, err)
			}
		})
	}
}

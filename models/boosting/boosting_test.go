package boosting

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/testdata"
	"labbook/models/estimator"
)

// table makes a dense matrix of rows.
func table(rows ...[]float64) *matrix.Matrix {
	x := &matrix.Matrix{Rows: len(rows), Cols: len(rows[0])}
	for _, r := range rows {
		x.Dense = append(x.Dense, r...)
	}
	for j := range x.Cols {
		x.Names = append(x.Names, fmt.Sprintf("c%d", j))
	}
	return x
}

// noise gives a data set of rows x cols with interactions, a few distinct
// values in the odd columns, and a share of missing values.
func noise(seed uint64, rows, cols int, missing float64) *estimator.Data {
	rng := rand.New(rand.NewPCG(seed, 0))
	d := &estimator.Data{}
	var all [][]float64
	for range rows {
		r := make([]float64, cols)
		for j := range r {
			r[j] = rng.NormFloat64()
			if j%2 == 1 {
				r[j] = float64(rng.IntN(6))
			}
		}
		y := 3*r[0] - 2*math.Sin(r[cols-1]) + r[0]*r[cols/2] + 0.1*rng.NormFloat64()
		for j := range r {
			if rng.Float64() < missing {
				r[j] = math.NaN()
			}
		}
		all = append(all, r)
		d.Y = append(d.Y, y)
	}
	d.X = table(all...)
	return d
}

func fitted(t testing.TB, p *Params, d *estimator.Data, cores int) *Model {
	t.Helper()
	m, err := Fit(context.Background(), p, d, estimator.Options{Seed: 1, Cores: cores})
	require.NoError(t, err)
	return m
}

func predictions(m *Model, x *matrix.Matrix) []float64 {
	out := make([]float64, x.Rows*m.Outputs())
	m.Predict(out, x)
	return out
}

// oneTree are parameters of a single tree that learns all it can.
func oneTree(depth int) *Params {
	p := defaults()
	p.Trees, p.LearningRate, p.MaxDepth, p.Lambda = 1, 1, depth, 0
	return p
}

// By hand: mean 5; splitting {1, 2 | 8, 9} gains 4·3.5² = 49 on squared error,
// leaves -3.5 and 3.5 without penalty, and with lambda 2 half of that.
func TestStump(t *testing.T) {
	d := &estimator.Data{X: table([]float64{1}, []float64{2}, []float64{3}, []float64{4}), Y: []float64{1, 2, 8, 9}}
	m := fitted(t, oneTree(1), d, 1)
	require.InDeltaSlice(t, []float64{1.5, 1.5, 8.5, 8.5}, predictions(m, d.X), 1e-6)
	require.InDelta(t, 49, m.trees[0].Nodes[0].Gain, 1e-6)
	require.Equal(t, float32(2.5), m.trees[0].Nodes[0].Threshold)
	require.Equal(t, float32(4), m.trees[0].Nodes[0].Cover)

	p := oneTree(1)
	p.Lambda = 2
	require.InDeltaSlice(t, []float64{3.25, 3.25, 6.75, 6.75}, predictions(fitted(t, p, d, 1), d.X), 1e-6)
	p.Lambda, p.Alpha = 0, 3 // |G| = 7 shrinks to 4, over H = 2
	require.InDeltaSlice(t, []float64{3, 3, 7, 7}, predictions(fitted(t, p, d, 1), d.X), 1e-6)
	p.Alpha, p.Gamma = 0, 49.1
	require.InDeltaSlice(t, []float64{5, 5, 5, 5}, predictions(fitted(t, p, d, 1), d.X), 1e-6)
	p.Gamma, p.MinChildWeight = 0, 3
	require.InDeltaSlice(t, []float64{5, 5, 5, 5}, predictions(fitted(t, p, d, 1), d.X), 1e-6)
}

// A tree of exact greedy splits, found by trying every cut of every column,
// gives the same predictions as the histograms, when each value has a bin.
func TestAgainstBruteForce(t *testing.T) {
	for seed := range uint64(23) {
		n, bins := 120, 256
		if seed >= 20 {
			n, bins = 600, 1000
		}
		d := noise(seed, n, 4, 0)
		p := oneTree(4)
		p.Lambda, p.MinChildWeight, p.MaxBins = 0.5, 3, bins
		got := predictions(fitted(t, p, d, 1), d.X)
		want := make([]float64, len(d.Y))
		base := 0.0
		for _, y := range d.Y {
			base += y / float64(len(d.Y))
		}
		rows := make([]int, len(d.Y))
		for i := range rows {
			rows[i] = i
		}
		bruteForce(d, p, rows, base, p.MaxDepth, want)
		require.InDeltaSlice(t, want, got, 1e-5, "seed %d", seed)
	}
}

func bruteForce(d *estimator.Data, p *Params, rows []int, base float64, depth int, out []float64) {
	sums := func(rows []int) (g, h float64) {
		for _, i := range rows {
			g += base - d.Y[i]
			h++
		}
		return g, h
	}
	score := func(rows []int) float64 { g, h := sums(rows); return g * g / (h + p.Lambda) }
	var left, right []int
	best := score(rows) + minGain
	for j := 0; j < d.X.Cols && depth > 0; j++ {
		for _, cut := range rows {
			var l, r []int
			for _, i := range rows {
				if d.X.Row(i)[j] < d.X.Row(cut)[j] {
					l = append(l, i)
				} else {
					r = append(r, i)
				}
			}
			if float64(min(len(l), len(r))) < p.MinChildWeight {
				continue
			}
			if s := score(l) + score(r); s > best+1e-9 {
				best, left, right = s, l, r
			}
		}
	}
	if left == nil {
		g, h := sums(rows)
		for _, i := range rows {
			out[i] = base - g/(h+p.Lambda)
		}
		return
	}
	bruteForce(d, p, left, base, depth-1, out)
	bruteForce(d, p, right, base, depth-1, out)
}

func TestMissingLearnsADirection(t *testing.T) {
	nan := math.NaN()
	x := table([]float64{1}, []float64{2}, []float64{nan}, []float64{8}, []float64{9}, []float64{nan})
	for _, c := range []struct {
		y    []float64
		want float64
	}{
		{[]float64{0, 0, 0, 9, 9, 0}, 0},
		{[]float64{0, 0, 9, 9, 9, 9}, 9},
	} {
		m := fitted(t, oneTree(1), &estimator.Data{X: x, Y: c.y}, 1)
		require.InDeltaSlice(t, c.y, predictions(m, x), 1e-6)
		require.InDelta(t, c.want, predictions(m, table([]float64{nan}))[0], 1e-6)
	}
	// Missing against all that is not.
	y := []float64{1, 1, 5, 1, 1, 5}
	m := fitted(t, oneTree(1), &estimator.Data{X: x, Y: y}, 1)
	require.InDeltaSlice(t, y, predictions(m, x), 1e-6)
	require.InDelta(t, 1, predictions(m, table([]float64{1e9}))[0], 1e-6)
}

func TestMonotone(t *testing.T) {
	d := noise(3, 2000, 4, 0.1)
	for _, sign := range []int{1, -1} {
		p := defaults()
		p.Trees, p.Monotone = 30, map[string]int{"c0": sign}
		m := fitted(t, p, d, 2)
		for i := range 50 {
			row := append([]float64(nil), d.X.Row(i)...)
			last := math.Inf(-sign)
			for v := -3.0; v <= 3; v += 0.05 {
				row[0] = v
				out := []float64{0}
				m.PredictRow(out, row)
				require.GreaterOrEqual(t, float64(sign)*(out[0]-last), 0.0)
				last = out[0]
			}
		}
	}
}

// Category 0, 3 and 5 are high, the others low: no cut of the codes parts
// them, a set of codes does at once.
func TestCategories(t *testing.T) {
	d := &estimator.Data{}
	var rows [][]float64
	for i := range 600 {
		code := i % 7
		rows = append(rows, []float64{float64(code)})
		d.Y = append(d.Y, map[bool]float64{true: 10, false: 2}[code == 0 || code == 3 || code == 5])
	}
	d.X = table(rows...)
	d.X.Levels = []int{7}
	m := fitted(t, oneTree(1), d, 1)
	require.InDeltaSlice(t, d.Y, predictions(m, d.X), 1e-5)

	// More categories than bins.
	d.X.Levels = []int{1000}
	for i := range rows {
		d.X.Dense[i] = float64(i % 900)
		d.Y[i] = float64(i % 900 % 3)
	}
	p := defaults()
	p.CatSmooth, p.CatMinRows = 0, 1
	m = fitted(t, p, d, 1)
	again, err := m.MarshalBinary()
	require.NoError(t, err)
	back, err := Decode(again)
	require.NoError(t, err)
	require.Equal(t, predictions(m, d.X), predictions(back, d.X))
	for _, unknown := range []float64{-1, 1e9, math.NaN(), math.Inf(1)} {
		require.False(t, math.IsNaN(predictions(m, table([]float64{unknown}))[0]))
	}
}

// Two categories among 900, each as common as the others: only with a bin for
// each can a single split part the two.
func TestCategoriesBeyondBytes(t *testing.T) {
	d := &estimator.Data{X: &matrix.Matrix{Rows: 1800, Cols: 1, Names: []string{"c"}, Levels: []int{900}}}
	for i := range d.X.Rows {
		code := i % 900
		d.X.Dense = append(d.X.Dense, float64(code))
		d.Y = append(d.Y, map[bool]float64{true: 10}[code == 300 || code == 700])
	}
	p := oneTree(1)
	p.CatMinRows = 1
	require.Greater(t, meanAbsolute(fitted(t, p, d, 1), d), 0.01)
	p.MaxBins = 1000
	require.InDeltaSlice(t, d.Y, predictions(fitted(t, p, d, 1), d.X), 1e-5)
}

// Of 400 categories of 3 rows each and noise, nothing is learned, though all of it
// could be by heart; the one that has rows enough is told from them.
func TestSmallCategories(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	d := &estimator.Data{X: &matrix.Matrix{Cols: 1, Names: []string{"c"}, Levels: []int{401}}}
	for i := range 1240 {
		code, y := i%400+1, rng.NormFloat64()
		if i >= 1200 {
			code, y = 0, 5
		}
		d.X.Rows, d.X.Dense, d.Y = d.X.Rows+1, append(d.X.Dense, float64(code)), append(d.Y, y)
	}
	p := oneTree(4)
	p.MaxBins = 401
	distinct := func() int {
		return len(slices.Compact(slices.Sorted(slices.Values(predictions(fitted(t, p, d, 1), d.X)))))
	}
	require.Equal(t, 2, distinct())
	p.CatMinRows = 1
	require.Greater(t, distinct(), 5)
}

// A weight is as good as so many copies of the row.
func TestWeightsRepeatRows(t *testing.T) {
	d := noise(5, 200, 3, 0.1) // so few rows that every value has a bin
	repeated := &estimator.Data{X: &matrix.Matrix{Cols: 3, Names: d.X.Names}}
	weighted := &estimator.Data{X: d.X, Y: d.Y}
	for i, y := range d.Y {
		w := 1 + i%3
		weighted.Weights = append(weighted.Weights, float64(w))
		for range w {
			repeated.X.Dense = append(repeated.X.Dense, d.X.Row(i)...)
			repeated.X.Rows++
			repeated.Y = append(repeated.Y, y)
		}
	}
	p := defaults()
	p.Trees = 5
	for objective, near := range map[string]float64{"squared_error": 1e-3, "pseudo_huber": 1e-2} { // words are rounded by row
		p.Objective = objective
		a, b := predictions(fitted(t, p, weighted, 1), d.X), predictions(fitted(t, p, repeated, 1), d.X)
		require.InDeltaSlice(t, a, b, near, objective)
	}
}

func TestSameBytesOnAnyCores(t *testing.T) {
	rows := 30_000
	if testing.Short() {
		rows = 3 * shareRows // which cores share, too
	}
	d := noise(7, rows, 9, 0.02)
	for _, c := range []struct {
		name string
		edit func(*Params)
	}{
		{"depth", func(*Params) {}},
		{"leaf", func(p *Params) { p.Grow, p.MaxLeaves, p.MaxDepth = "leaf", 31, 0 }},
		{"samples", func(p *Params) {
			p.Subsample, p.ColsampleByTree, p.ColsampleByLevel, p.ColsampleByNode = 0.7, 0.7, 0.7, 0.7
		}},
		{"hessians", func(p *Params) { p.Objective = "pseudo_huber" }},
		{"median", func(p *Params) { p.Objective = "absolute_error" }},
		{"bins of 16 bits", func(p *Params) { p.MaxBins = 1000 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := defaults()
			p.Trees = 5
			c.edit(p)
			one, err := fitted(t, p, d, 1).MarshalBinary()
			require.NoError(t, err)
			for _, cores := range []int{2, 3} {
				more, err := fitted(t, p, d, cores).MarshalBinary()
				require.NoError(t, err)
				require.True(t, bytes.Equal(one, more), "%d cores", cores)
			}
		})
	}
}

// With squared error, no penalty and no shrinkage a leaf is the mean of its rows.
func TestLeavesAreMeans(t *testing.T) {
	testdata.OnlyComputes(t)
	d := noise(8, 110_000, 3, 0.01)
	p := oneTree(7)
	p.MinChildWeight = 1
	m := fitted(t, p, d, 1)
	sum, count := map[float64]float64{}, map[float64]float64{}
	out := predictions(m, d.X)
	for i, v := range out {
		sum[v] += d.Y[i]
		count[v]++
	}
	for v := range sum {
		require.InDelta(t, sum[v]/count[v], v, 1e-3)
	}
}

// Compact views change nothing: here every node that has a third of a view's
// rows or less gets one of its own.
func TestCompactViewsChangeNothing(t *testing.T) {
	testdata.OnlyComputes(t)
	d := noise(8, 20_000, 3, 0.01)
	for _, objective := range []string{"squared_error", "pseudo_huber", "absolute_error"} {
		p := defaults()
		p.Trees, p.Objective = 3, objective
		want, err := fitted(t, p, d, 1).MarshalBinary()
		require.NoError(t, err)
		for _, cores := range []int{1, 2} {
			opt := estimator.Options{Cores: cores, Seed: 1}
			f, err := newFit(p, d, opt)
			require.NoError(t, err)
			f.grower.cache = 0
			require.NoError(t, f.run(context.Background(), opt))
			views := 0
			for _, w := range f.crew.workers {
				views += len(w.views)
			}
			f.crew.close()
			require.Positive(t, views)
			got, err := f.model.MarshalBinary()
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got), "%s, %d cores", objective, cores)
		}
	}
}

func TestEarlyStopping(t *testing.T) {
	d, valid := noise(13, 400, 4, 0), noise(14, 400, 4, 0)
	d.Valid = valid
	p := defaults()
	p.Trees, p.EarlyStopping = 500, 5
	m := fitted(t, p, d, 1)
	require.Less(t, m.Rounds(), 500)
	p.Trees, p.EarlyStopping = m.Rounds()+5, 0
	all := fitted(t, p, d, 1)
	best, at := math.Inf(1), 0
	margins := marginsFrom(all.base, valid.X.Rows)
	for k, tree := range all.trees {
		tree.addTo(margins[0], valid.X)
		if loss := all.link.loss(margins, valid.Y, nil); loss < best {
			best, at = loss, k
		}
	}
	require.Equal(t, at+1, m.Rounds(), "the best round is the last that is kept")
	p.EarlyStopping = 5
	var losses []float64
	_, err := Fit(context.Background(), p, d, estimator.Options{Seed: 1, Score: func(i int, loss float64) bool {
		require.Len(t, losses, i)
		losses = append(losses, loss)
		return i < 3
	}})
	require.NoError(t, err)
	require.Len(t, losses, 4)
}

// What is not stored is zero: the same rows, dense and sparse, give the same
// model where every value has a bin.
func TestSparseIsDense(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 0))
	const rows, cols = 500, 12
	x := &matrix.Matrix{Rows: rows, Cols: cols, Dense: make([]float64, rows*cols), Names: make([]string, cols)}
	csr := &matrix.CSR{Indptr: []int{0}}
	d := &estimator.Data{X: x}
	for i := range rows {
		for j := range cols {
			if rng.IntN(4) == 0 {
				v := float64(rng.IntN(3) - 1)
				x.Dense[i*cols+j] = v
				csr.Indices = append(csr.Indices, int32(j))
				csr.Data = append(csr.Data, v)
			}
		}
		csr.Indptr = append(csr.Indptr, len(csr.Data))
		d.Y = append(d.Y, 3*x.Row(i)[0]-x.Row(i)[1]*x.Row(i)[2]+0.1*rng.NormFloat64())
	}
	sparse := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols, Names: x.Names, Sparse: csr}, Y: d.Y}
	for _, edit := range []func(*Params){func(*Params) {}, func(p *Params) { p.Objective = "pseudo_huber" }, func(p *Params) { p.Subsample = 0.5 }} {
		p := defaults()
		p.Trees = 20
		edit(p)
		a, err := fitted(t, p, d, 1).MarshalBinary()
		require.NoError(t, err)
		m := fitted(t, p, sparse, 2)
		b, err := m.MarshalBinary()
		require.NoError(t, err)
		require.True(t, bytes.Equal(a, b))
		require.Equal(t, predictions(m, x), predictions(m, sparse.X))
	}
}

// The same, with more bins than fit into bytes.
func TestSparseIsDenseBeyondBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 0))
	const rows = 6000
	x := &matrix.Matrix{Rows: rows, Cols: 2, Names: []string{"a", "b"}}
	csr := &matrix.CSR{Indptr: []int{0}}
	d := &estimator.Data{X: x}
	for range rows {
		for j := range 2 {
			v := float64(1 + rng.IntN(300))
			x.Dense = append(x.Dense, v)
			csr.Indices, csr.Data = append(csr.Indices, int32(j)), append(csr.Data, v)
		}
		csr.Indptr = append(csr.Indptr, len(csr.Data))
		d.Y = append(d.Y, math.Sin(x.Dense[len(x.Dense)-1])+rng.NormFloat64())
	}
	sparse := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: 2, Names: x.Names, Sparse: csr}, Y: d.Y}
	p := defaults()
	p.Trees, p.MaxBins = 10, 512
	require.Equal(t, 300, NewDataset(x, 512).columns[0].bins)
	require.Equal(t, 301, NewDataset(sparse.X, 512).columns[0].bins) // and one for zero
	require.Equal(t, predictions(fitted(t, p, d, 1), x), predictions(fitted(t, p, sparse, 2), x))
}

func TestPreparedIsTheSame(t *testing.T) {
	d := noise(16, 500, 3, 0)
	a, err := fitted(t, defaults(), d, 1).MarshalBinary()
	require.NoError(t, err)
	d.Prepared = Spec().Prepare(defaults(), d.X)
	b, err := fitted(t, defaults(), d, 1).MarshalBinary()
	require.NoError(t, err)
	require.True(t, bytes.Equal(a, b))
	prepared := d.Prepared
	for bins, reused := range map[int]bool{256: true, 16: false} {
		p := defaults()
		p.MaxBins = bins
		f, err := newFit(p, d, estimator.Options{})
		require.NoError(t, err)
		require.Equal(t, reused, f.dataset == prepared, "%d bins", bins)
		f.crew.close()
	}
	d.X = d.X.Take([]int{1, 2, 3, 4})
	d.Y = d.Y[:4]
	fitted(t, defaults(), d, 1) // a preparation of another matrix is not used
}

// All ways to predict agree with the walk down the trees: of a row by itself, of
// blocks, in trees that fit into a byte, that go on below it, and that are
// walked; with values that are missing and one or more groups.
func TestPredictWays(t *testing.T) {
	testdata.OnlyComputes(t)
	numbers, classes := noise(17, 3000, 11, 0.1), noise(19, 900, 11, 0.1)
	classes.Classes = []string{"low", "middle", "high"}
	for i, y := range classes.Y {
		classes.Y[i] = min(max(math.Round(y)+1, 0), 2)
	}
	for name, c := range map[string]struct {
		data  *estimator.Data
		depth int
		trees int
	}{
		"perfect": {numbers, 6, 50}, // so many that two cores share the rows, and the last stand lacks some
		"below":   {numbers, 10, 5},
		"walked":  {numbers, 14, 5},
		"classes": {classes, 5, 7},
		"stumps":  {classes, 1, 7},
	} {
		p := defaults()
		p.Trees, p.MaxDepth = c.trees, c.depth
		m := fitted(t, p, c.data, 1)
		x, outputs := c.data.X, m.Outputs()
		all, one, want := predictions(m, x), make([]float64, outputs), make([]float64, outputs)
		for i := range x.Rows {
			margins := slices.Clone(m.base)
			for k, tree := range m.trees {
				margins[k%len(margins)] += tree.value(x.Row(i))
			}
			m.link.link(want, margins)
			m.PredictRow(one, x.Row(i))
			require.Equal(t, want, all[i*outputs:(i+1)*outputs], name)
			require.Equal(t, want, one, name)
		}
		for _, n := range []int{0, 1, 2, 7, 8, 9, 64, 65, 129} {
			part := &matrix.Matrix{Rows: n, Cols: x.Cols, Dense: x.Dense[:n*x.Cols]}
			require.Equal(t, all[:n*outputs], predictions(m, part), name)
		}
	}
}

// Trees with more conditions than a node can name are compiled in parts.
func TestPredictManyConditions(t *testing.T) {
	m := &Model{columns: 1, base: []float64{0}, link: squaredError{}}
	for i := range maxConditions + 3 {
		m.trees = append(m.trees, &Tree{Nodes: []Node{{Threshold: float32(i) + .5, Right: 2, MissingLeft: i%2 == 0}, {Value: 1}, {Value: -1}}})
	}
	m.compiled = compile(m)
	require.Greater(t, len(m.compiled.segments), 1)
	rows := [][]float64{{-1}, {100}, {math.NaN()}, {5.5}, {70000}, {65536}, {1}, {2}, {3}, {4}}
	for i, got := range predictions(m, table(rows...)) {
		want, one := 0.0, []float64{0}
		for _, tree := range m.trees {
			want += tree.value(rows[i])
		}
		m.PredictRow(one, rows[i])
		require.Equal(t, []float64{want, want}, []float64{got, one[0]}, "%v", rows[i])
	}
}

// Bins are those of a plain search, whatever the sign of zero, and however near
// to one another most cuts are.
func TestBinOf(t *testing.T) {
	inf, zero := float32(math.Inf(1)), float32(math.Copysign(0, -1))
	rng := rand.New(rand.NewPCG(1, 2))
	skewed := make([]float32, 255)
	for i := range skewed {
		skewed[i] = float32(math.Exp(3 * rng.NormFloat64()))
	}
	slices.Sort(skewed)
	values := append([]float32{-inf, -math.MaxFloat32, -2, -1e-45, zero, 0, 1e-45, .5, 1, 4, math.MaxFloat32, inf}, skewed...)
	for _, cuts := range [][]float32{nil, {0}, {zero}, {-1, 0, 1}, {-1e-45, zero, 1e-45, math.MaxFloat32}, {-3, -2, -1, -.5, 2, 3, 4},
		{-math.MaxFloat32, -1, 1, math.MaxFloat32}, slices.Compact(skewed)} {
		find := newFinder(cuts)
		for _, v := range values {
			want := 0
			for _, c := range cuts {
				if c <= v {
					want++
				}
			}
			require.Equal(t, want, binOf(cuts, v), "%v of %v", v, cuts)
			require.Equal(t, want, find.bin(v), "%v of %v", v, cuts)
		}
	}
}

func TestPredictRowAllocatesNothing(t *testing.T) {
	d := noise(18, 500, 4, 0)
	m := fitted(t, defaults(), d, 1)
	out, row := []float64{0}, d.X.Row(0)
	require.Less(t, testing.AllocsPerRun(1000, func() { m.PredictRow(out, row) }), 0.5)
}

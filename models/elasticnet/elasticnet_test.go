package elasticnet

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/testdata"
	"labbook/models/estimator"
	"labbook/models/internal/linear"
)

// scikit is what testdata/elasticnet.py made.
type scikit struct {
	Rows, Cols    int
	X, Y, Weights []float64
	Cases         []struct {
		Alpha, Ratio, Intercept float64
		Weighted, Standardise   bool
		Coef                    []float64
	}
}

// TestScikitLearn: the optimum is unique but for ridge's dependent columns, and
// so are coefficients, whether products or columns are held.
func TestScikitLearn(t *testing.T) {
	testdata.OnlyComputes(t)
	var all map[string]scikit
	data, err := os.ReadFile("testdata/elasticnet.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &all))
	for shape, want := range all {
		x := &matrix.Matrix{Rows: want.Rows, Cols: want.Cols, Dense: want.X, Names: names(want.Cols)}
		forms := map[string]*matrix.Matrix{shape: x}
		if shape != "wide" {
			forms[shape+", as columns"] = linear.Sparse(x)
		}
		for form, x := range forms {
			for _, c := range want.Cases {
				d := &estimator.Data{X: x, Y: want.Y}
				if c.Weighted {
					d.Weights = want.Weights
				}
				p := &Params{Alpha: c.Alpha, Ratio: c.Ratio, Standardise: c.Standardise, Tol: 1e-17, MaxIter: 1e6}
				m, err := fit(context.Background(), p, d, estimator.Options{})
				require.NoError(t, err)
				assert.Empty(t, m.Findings(), "%s %+v", form, p)
				assert.InDelta(t, c.Intercept, m.Intercept, 1e-6, "%s %+v", form, p)
				assert.InDeltaSlice(t, c.Coef, m.Weights, 1e-6, "%s %+v", form, p)
			}
		}
	}
}

func names(n int) []string {
	out := make([]string, n)
	for j := range out {
		out[j] = "c" + strconv.Itoa(j)
	}
	return out
}

// few gives rows whose target three of the columns make, beside noise.
func few(rows, cols int, noise float64) *estimator.Data {
	rng := rand.New(rand.NewPCG(3, 4))
	d := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols, Names: names(cols)}}
	for range rows {
		at := len(d.X.Dense)
		for range cols {
			d.X.Dense = append(d.X.Dense, rng.NormFloat64())
		}
		v := d.X.Dense[at:]
		d.Y = append(d.Y, 5+3*v[0]-2*v[1]+v[2]+noise*rng.NormFloat64())
	}
	return d
}

// TestChosenPenalty: the folds find one that is strong where there is nothing
// to learn and weak where all is clear, whether products or columns are held.
func TestChosenPenalty(t *testing.T) {
	for _, cols := range []int{20, 400} {
		clear, err := fit(context.Background(), &Params{Ratio: 1, Standardise: true, Tol: 1e-6, MaxIter: 1000}, few(300, cols, 0.1), estimator.Options{Cores: 2})
		require.NoError(t, err)
		assert.InDeltaSlice(t, []float64{3, -2, 1}, clear.Weights[:3], 0.05, "%d columns", cols)
		assert.Less(t, clear.Alpha, 0.05)

		nothing := few(300, cols, 1)
		rng := rand.New(rand.NewPCG(5, 6))
		for i := range nothing.Y {
			nothing.Y[i] = rng.NormFloat64()
		}
		m, err := fit(context.Background(), &Params{Ratio: 1, Standardise: true, Tol: 1e-6, MaxIter: 1000}, nothing, estimator.Options{Cores: 2})
		require.NoError(t, err)
		assert.Less(t, m.Used, 6, "%d columns", cols)
	}
}

// TestUnits: no unit of a column or of the target matters, nor does a column that
// says much keep the penalty from coming down to those that say little.
func TestUnits(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, cols := range []int{20, 400} {
		d, other := few(300, cols, 0.1), few(300, cols, 0.1)
		for i := range d.Y {
			for j := range cols {
				other.X.Dense[i*cols+j] *= math.Pow(10, float64(j%7-3))
			}
			other.Y[i] = 1e6 * d.Y[i]
		}
		for _, ratio := range []float64{0.1, 1} {
			want, got := make([]float64, 300), make([]float64, 300)
			p := &Params{Ratio: ratio, Standardise: true, Tol: 1e-10, MaxIter: 10000}
			for data, out := range map[*estimator.Data][]float64{d: want, other: got} {
				m, err := fit(context.Background(), p, data, estimator.Options{Cores: 2})
				require.NoError(t, err)
				m.Predict(out, data.X)
			}
			for i := range got {
				got[i] /= 1e6
			}
			assert.InDeltaSlice(t, want, got, 1e-2, "%d columns, ratio %v", cols, ratio)
		}
		for i := range d.Y {
			d.X.Dense[i*cols] *= 10
			d.X.Dense[i*cols+2] /= 10
		}
		m, err := fit(context.Background(), &Params{Ratio: 1, Tol: 1e-6, MaxIter: 1000}, d, estimator.Options{Cores: 2})
		require.NoError(t, err)
		assert.InEpsilon(t, 10, m.Weights[2], 0.1, "%d columns", cols)
	}
}

// TestFolds: the error that the folds see is that of the planes that are fitted
// to the other rows, with products as without.
func TestFolds(t *testing.T) {
	d := few(60, 4, 1)
	p := &Params{Ratio: 0.5, Tol: 1e-6, MaxIter: 1000}
	whole, parts, err := pose(context.Background(), p, d, estimator.Options{Seed: 9})
	require.NoError(t, err)
	require.Len(t, parts, folds)
	begin, _ := whole.begin()
	alpha := begin / 10
	rows := deal(60, 9)
	for k := range parts {
		part := &parts[k]
		part.others.tol = 1e-12
		require.True(t, part.others.solve(context.Background(), alpha, alpha*2))
		intercept, weights := part.others.plane(part.others.b)
		assert.InEpsilon(t, loss(take(d, rows[k]), intercept, weights), part.loss(intercept, weights), 1e-9)
		var rest []int
		for other := range rows {
			if other != k {
				rest = append(rest, rows[other]...)
			}
		}
		alone, err := fit(context.Background(), &Params{Alpha: alpha, Ratio: 0.5, Tol: 1e-12, MaxIter: 1000}, take(d, rest), estimator.Options{})
		require.NoError(t, err)
		assert.InDeltaSlice(t, alone.Weights, weights, 1e-5)
	}
}

// TestStopped: a fit that its passes end says so.
func TestStopped(t *testing.T) {
	d := few(50, 3, 1)
	for i := range d.Y { // hardly to be told apart
		d.X.Dense[3*i+1] = d.X.Dense[3*i] + 1e-4*d.X.Dense[3*i+1]
	}
	m, err := fit(context.Background(), &Params{Alpha: 1e-6, Ratio: 0.5, Tol: 1e-12, MaxIter: 2}, d, estimator.Options{})
	require.NoError(t, err)
	require.Len(t, m.Findings(), 1)
	assert.Contains(t, m.Findings()[0].Text, "elastic-net stopped after 2 passes")
}

// TestExplain: of a sparse row each stored column adds its weight times its
// value.
func TestExplain(t *testing.T) {
	d := few(50, 3, 0.1)
	d.X = linear.Sparse(d.X)
	spec := Spec()
	m, err := spec.Fit(context.Background(), spec.Params(), d, estimator.Options{})
	require.NoError(t, err)
	columns, _ := d.X.SparseRow(7)
	added, out := make([]float64, len(columns)), make([]float64, 50)
	m.(estimator.Explainer).Explain(added, d.X, 7, 0)
	m.Predict(out, d.X)
	sum := m.(ofSparse).Intercept
	for _, v := range added {
		sum += v
	}
	assert.InDelta(t, out[7], sum, 1e-12)
	assert.False(t, math.IsNaN(sum))
}

package robust

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

type fitted struct {
	First, Alpha, Scale, Intercept float64
	Weighted                       bool
	Coef                           []float64
}

// scikit is what testdata/robust.py made.
type scikit struct {
	Rows, Cols      int
	X, Y, Weights   []float64
	Huber, Quantile []fitted
}

// TestScikitLearn: both optima are unique. scikit-learn's L-BFGS does not come to
// the end of Huber's, where its objective is above ours in the twelfth digit.
func TestScikitLearn(t *testing.T) {
	var want scikit
	data, err := os.ReadFile("testdata/robust.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &want))
	x := &matrix.Matrix{Rows: want.Rows, Cols: want.Cols, Dense: want.X, Names: names(want.Cols)}
	check := func(spec estimator.Spec, params any, c fitted, within float64) {
		d := &estimator.Data{X: x, Y: want.Y}
		if c.Weighted {
			d.Weights = want.Weights
		}
		m, err := spec.Fit(context.Background(), params, d, estimator.Options{Cores: 2})
		require.NoError(t, err)
		got := m.(*model)
		assert.Empty(t, got.Findings(), "%s %+v", spec.Name, params)
		assert.InDelta(t, c.Intercept, got.Intercept, within, "%s %+v %v", spec.Name, params, c.Weighted)
		assert.InDeltaSlice(t, c.Coef, got.Weights, within, "%s %+v %v", spec.Name, params, c.Weighted)
		assert.InDelta(t, c.Scale, got.Scale, within)
	}
	for _, c := range want.Huber {
		check(Huber(), &HuberParams{Epsilon: c.First, Alpha: c.Alpha}, c, 3e-5)
	}
	for _, c := range want.Quantile {
		check(Quantile(), &QuantileParams{Quantile: c.First, Alpha: c.Alpha}, c, 1e-6)
	}
}

// wild gives rows on a plane with noise, of which every tenth is far above it.
func wild(rows int) *estimator.Data {
	rng := rand.New(rand.NewPCG(3, 4))
	d := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: 3, Names: names(3)}}
	for i := range rows {
		v := [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		d.X.Dense = append(d.X.Dense, v[:]...)
		y := 5 + 3*v[0] - 2*v[1] + 0.1*rng.NormFloat64()
		if i%10 == 0 {
			y += 1000 * rng.Float64()
		}
		d.Y = append(d.Y, y)
	}
	return d
}

// TestWildTargets: planes do not follow them, as least squares does.
func TestWildTargets(t *testing.T) {
	d := wild(500)
	for _, spec := range []estimator.Spec{Huber(), Quantile()} {
		m, err := spec.Fit(context.Background(), spec.Params(), d, estimator.Options{})
		require.NoError(t, err)
		got := m.(*model)
		assert.InDelta(t, 5, got.Intercept, 0.1, spec.Name)
		assert.InDeltaSlice(t, []float64{3, -2, 0}, got.Weights, 0.1, spec.Name)
	}
}

// TestUnits: without a penalty the plane is the same in any units of columns and
// target, with columns twice, and with one that does not vary.
func TestUnits(t *testing.T) {
	d := wild(300)
	units, centres := []float64{1e-6, 1, 1e5}, []float64{0, -7, 1e7}
	other := &estimator.Data{X: &matrix.Matrix{Rows: 300, Cols: 5, Names: names(5)}}
	for i, y := range d.Y {
		for j, v := range d.X.Row(i) {
			other.X.Dense = append(other.X.Dense, centres[j]+v*units[j])
		}
		other.X.Dense = append(other.X.Dense, d.X.Row(i)[1], 3.3)
		other.Y = append(other.Y, 1e4*y-1e3)
	}
	for _, c := range []struct {
		spec   estimator.Spec
		params any
	}{
		{Huber(), &HuberParams{Epsilon: 1.1}}, {Huber(), &HuberParams{Epsilon: 1.35}}, {Huber(), &HuberParams{Epsilon: 5}},
		{Quantile(), &QuantileParams{Quantile: 0.5}}, {Quantile(), &QuantileParams{Quantile: 0.03}},
	} {
		want, got := make([]float64, 300), make([]float64, 300)
		for data, out := range map[*estimator.Data][]float64{d: want, other: got} {
			m, err := c.spec.Fit(context.Background(), c.params, data, estimator.Options{})
			require.NoError(t, err)
			assert.Empty(t, m.(*model).Findings())
			m.Predict(out, data.X)
		}
		for i, v := range got {
			got[i] = (v + 1e3) / 1e4
		}
		assert.InDeltaSlice(t, want, got, 1e-4, "%s %+v", c.spec.Name, c.params)
	}
}

// TestBelow: as many targets are below the plane as asked, give or take the rows
// that it goes through.
func TestBelow(t *testing.T) {
	d := wild(500)
	for _, q := range []float64{0.05, 0.5, 0.9} {
		spec := Quantile()
		m, err := spec.Fit(context.Background(), &QuantileParams{Quantile: q}, d, estimator.Options{})
		require.NoError(t, err)
		assert.InDelta(t, q, m.(*model).Below, 5.0/500)
		assert.NotEmpty(t, m.(estimator.Summarizer).Summary())
	}
}

func names(n int) []string {
	out := make([]string, n)
	for j := range out {
		out[j] = "c" + strconv.Itoa(j)
	}
	return out
}

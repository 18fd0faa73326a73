package training

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// noisy gives rows whose noise grows with a: y = exp(a + noise a/4).
func noisy(n int, seed uint64) *table.Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	a, b, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range y {
		a[i], b[i] = 1+3*rng.Float64(), rng.Float64()
		y[i] = math.Exp(a[i] + rng.NormFloat64()*a[i]/4)
	}
	number := func(name string, v []float64) *table.Column {
		return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: v}
	}
	return table.New(number("a", a), number("b", b), number("y", y))
}

// calibrated gives a bundle with intervals, learned from n rows.
func calibrated(t *testing.T, n int, v Validation, level float64, local bool, seed uint64) *bundle.Bundle {
	train := noisy(n, seed)
	table.Describe(train, 1)
	o := features.Defaults()
	o.Target = "y"
	from, err := NewSource(train, new(partition.Structure), o, 1)
	require.NoError(t, err)
	r := Recipe{Spec: models.Lookup("linear"), Params: models.Lookup("linear").Params(), Transform: bundle.Log, Seed: seed}
	divisions, err := from.Divide(v, 1)
	require.NoError(t, err)
	_, said, err := r.Validate(context.Background(), divisions, 1)
	require.NoError(t, err)
	b := &bundle.Bundle{Estimator: "linear", Transform: bundle.Log, Features: from.Features, Rows: n}
	all := Holdout{Features: from.Features, Train: from.Data}
	held, err := from.heldOut(divisions, all)
	require.NoError(t, err)
	b.Interval, err = r.Calibrate(context.Background(), level, local, held, said, 2)
	require.NoError(t, err)
	b.Model, err = r.Fit(context.Background(), all, estimator.Options{Cores: 1})
	require.NoError(t, err)
	return b
}

// TestCoverage: over many training sets, intervals hold as many new rows as
// they say. With 400 rows held out and exact noise, the mean of 40 studies has
// a standard error of about 0.3 %.
func TestCoverage(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, c := range []struct {
		name  string
		v     Validation
		level float64
		local bool
	}{
		{"split", Validation{Share: 0.5}, 0.9, false},
		{"cross", Validation{Folds: 5}, 0.9, false},
		{"cross, local", Validation{Folds: 5}, 0.9, true},
		{"split, local", Validation{Share: 0.5}, 0.8, true},
	} {
		held, n, width := 0.0, 0.0, 0.0
		for seed := range uint64(20) {
			b := calibrated(t, 600, c.v, c.level, c.local, seed)
			test := noisy(400, 1000+seed)
			p, err := b.Predict(test)
			require.NoError(t, err)
			require.Equal(t, c.level, p.Level)
			for i, y := range test.Column("y").Num {
				require.True(t, p.Low[i] > 0 && p.Low[i] <= p.Values[i] && p.Values[i] <= p.High[i])
				if p.Low[i] <= y && y <= p.High[i] {
					held++
				}
				width += math.Log(p.High[i] / p.Low[i])
				n++
			}
		}
		t.Logf("%s: %.4f, mean log width %.3f", c.name, held/n, width/n)
		assert.InDelta(t, c.level, held/n, 0.015, c.name)
	}
}

// TestIntervalRoundTrip: a loaded bundle gives the same ranges, and local ones
// are wider where there is more noise.
func TestIntervalRoundTrip(t *testing.T) {
	b := calibrated(t, 2000, Validation{Folds: 4}, 0.9, true, 3)
	files := map[string][]byte{}
	require.NoError(t, b.Save(func(name string, data []byte) error { files[name] = data; return nil }))
	again, err := bundle.Load(func(name string) ([]byte, error) { return bytes.Clone(files[name]), nil })
	require.NoError(t, err)
	test := noisy(100, 9)
	want, err := b.Predict(test)
	require.NoError(t, err)
	got, err := again.Predict(test)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	width := func(a float64) float64 {
		one := noisy(1, 1)
		one.Column("a").Num[0] = a
		p, err := b.Predict(one)
		require.NoError(t, err)
		return math.Log(p.High[0] / p.Low[0])
	}
	assert.Greater(t, width(3.8), 2*width(1.2))

	delete(files, "spread.bin")
	files["spread.bin"] = []byte("damaged")
	_, err = bundle.Load(func(name string) ([]byte, error) { return files[name], nil })
	assert.ErrorContains(t, err, "spread.bin")
}

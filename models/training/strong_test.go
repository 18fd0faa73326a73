package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/testdata"
	"labbook/models/bundle"
)

// bumps makes rows of a target that bends, with columns moved by shift.
func bumps(r *rand.Rand, rows int, shift float64) *table.Table {
	var x, z, y []float64
	for range rows {
		x, z = append(x, 6*r.Float64()+shift), append(z, r.NormFloat64())
		y = append(y, math.Sin(2*x[len(x)-1])+.1*r.NormFloat64())
	}
	number := func(name string, v []float64) *table.Column {
		return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: v}
	}
	return table.New(number("x", x), number("z", z), number("y", y))
}

func bundleOf(t *testing.T, train *table.Table) *bundle.Bundle {
	t.Helper()
	o := features.Defaults()
	o.Target = "y"
	f, err := features.Fit(train, o)
	require.NoError(t, err)
	return &bundle.Bundle{Estimator: "linear", Transform: bundle.None, Features: f, Seed: 1}
}

func TestStrong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	train, test := bumps(r, 800, 0), bumps(r, 300, 0)
	predict, err := Strong(t.Context(), bundleOf(t, train), train, 2)
	require.NoError(t, err)
	said, err := predict(test)
	require.NoError(t, err)
	r2, _ := metrics.Lookup("r2")
	assert.Greater(t, r2.On(metrics.NewRegression(test.Column("y").Num, said.Values), "").Value, .9)
}

// Parts of one kind are told apart no better than chance. The rule is that of the
// check C106: the lower end of the interval at 99 %, of which one side counts, is
// .6 at least. LABBOOK_NIGHT asks 2,000.
func TestApart(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	auc, _ := metrics.Lookup("roc_auc")
	boot := metrics.Bootstrap{Resamples: 200, Seed: 1, Level: .99}
	told := func(shift float64, rows int) bool {
		train, test := bumps(r, rows, 0), bumps(r, rows/4, shift)
		s, err := Apart(t.Context(), bundleOf(t, train), train, test, 2)
		require.NoError(t, err)
		_, replicates, err := boot.Replicates(t.Context(), []metrics.Figure{auc.Of(s)})
		require.NoError(t, err)
		low, _, ok := boot.Interval(replicates[0])
		return ok && low >= .6
	}
	assert.True(t, told(3, 800))

	replicates := testdata.Studies(20)
	alarms := 0
	for range replicates {
		if told(0, 400) {
			alarms++
		}
	}
	const promise = .005
	assert.LessOrEqual(t, float64(alarms)/float64(replicates), promise+3*math.Sqrt(promise*(1-promise)/float64(replicates)))
}

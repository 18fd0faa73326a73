package training

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
	"labbook/models/ensemble"
)

// halfTold gives rows of which a number tells the target, and another tells nothing.
func halfTold(n int) *table.Table {
	rng := rand.New(rand.NewPCG(3, 4))
	x, z, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], z[i] = rng.NormFloat64(), rng.NormFloat64()
		y[i] = 10 + 3*x[i] + rng.NormFloat64()
	}
	column := func(name string, of []float64) *table.Column {
		return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: of}
	}
	return table.New(column("x", x), column("z", z), column("y", y))
}

func trainedOn(t *testing.T, rows *table.Table, with string) *Trained {
	o := Defaults()
	require.NoError(t, params.DecodeString(with, o))
	from, err := NewSource(rows, &partition.Structure{}, *o.Features, 2)
	require.NoError(t, err)
	done, err := o.Train(t.Context(), from, &Work{Cores: 2})
	require.NoError(t, err)
	return done
}

// The member that knows has the weight; the others are left out, of the bundle's
// parameters too, so that a later fit has the same mean.
func TestSelect(t *testing.T) {
	done := trainedOn(t, halfTold(300), `
model: ensemble
features: {target: y, views: {good: {select: [x]}, blind: {select: [z]}}}
params:
  method: select
  of: [{model: linear, view: blind}, {model: linear, view: good}, {model: dummy}]
validation: {folds: 4}`)
	var weights, rmse []float64
	for _, m := range done.Facts.Members {
		weights, rmse = append(weights, float64(m.Weight)), append(rmse, float64(m.Scores[1]))
	}
	assert.Equal(t, "rmse", done.Facts.Validation[1].Metric)
	assert.InDelta(t, 1, weights[1], 0.1)
	assert.InDelta(t, 1, weights[0]+weights[1]+weights[2], 1e-9)
	assert.Less(t, rmse[1], rmse[0]/2)
	assert.InDelta(t, rmse[1], float64(done.Facts.Validation[1].Pooled), 0.05, "the mean is as good as the member that knows")
	assert.Equal(t, "average", done.Bundle.Params["method"])
	assert.Equal(t, "linear", done.Bundle.Params["of[0].model"])

	d := Declared{Train: *Defaults()}
	settled, err := d.Settled(done.Bundle)
	require.NoError(t, err)
	assert.False(t, settled.Train.Params.Value().(*ensemble.Params).Selects())
}

// Weights that were chosen by the rows that they are judged on look better than
// they are: of members that know nothing the mean of some always fits. What is said
// of each row by weights that others chose is not better than guessing.
func TestSelectIsHonest(t *testing.T) {
	const n, candidates = 60, 40
	rng := rand.New(rand.NewPCG(5, 6))
	y := make([]float64, n)
	for i := range y {
		y[i] = rng.NormFloat64()
	}
	p := ensemble.Params{Method: "select"}
	members := make([]member, candidates)
	for m := range members {
		p.Of = append(p.Of, ensemble.Member{})
		for range 3 { // divisions
			rows := y[len(members[m].said)*20:][:20]
			said := make([]float64, len(rows))
			for i := range said {
				said[i] = rng.NormFloat64()
			}
			members[m].said = append(members[m].said, metrics.NewRegression(rows, said))
		}
	}
	r := Recipe{Params: &p, Transform: bundle.None}
	judged := Pool(r.weighMembers(members, partition.Independent(n)))
	metric, _ := metrics.Lookup("rmse")
	pools, weights := []*metrics.Sample{}, []float64{}
	for _, m := range members {
		pools, weights = append(pools, Pool(m.said)), append(weights, m.weight)
	}
	chosen := metric.On(r.mean(pools, weights), "").Value
	honest := metric.On(judged, "").Value
	guess := metric.On(metrics.NewRegression(y, make([]float64, n)), "").Value
	assert.Less(t, chosen, 0.95*guess, "by the rows that chose them")
	assert.Greater(t, honest, guess, "by others")
}

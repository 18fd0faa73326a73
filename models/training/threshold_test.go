package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/testdata"
)

// visits are rows held out: how likely a model took yes to be, which is right.
func visits(n int, seed uint64) *metrics.Sample {
	rng := rand.New(rand.NewPCG(seed, 3))
	yes, p := make([]float64, n), make([]float64, 2*n)
	for i := range yes {
		p[2*i+1] = 1 / (1 + math.Exp(2-1.5*rng.NormFloat64()))
		p[2*i] = 1 - p[2*i+1]
		if rng.Float64() < p[2*i+1] {
			yes[i] = 1
		}
	}
	return metrics.NewClassification(yes, []string{"no", "yes"}, p)
}

// What was chosen is what was asked for, lies within its interval, and is a point
// of its curve; the same on any number of cores.
func TestThreshold(t *testing.T) {
	testdata.OnlyComputes(t)
	s := visits(2000, 2)
	for _, c := range []struct {
		with string
		want func(at float64, decided *metrics.Sample) bool
	}{
		{`{positive: "yes", costs: {fn: 5, fp: 1}}`, func(at float64, _ *metrics.Sample) bool { return at == 1./6 }},
		{`{positive: "no", costs: {fn: 5, fp: 1}}`, func(at float64, _ *metrics.Sample) bool { return at == 1./6 }},
		{`{positive: "yes", precision: 0.6}`, func(_ float64, d *metrics.Sample) bool {
			return metrics.Precision(d, 1).Value() >= 0.6
		}},
		{`{positive: "yes", recall: 0.9}`, func(_ float64, d *metrics.Sample) bool { return metrics.Recall(d, 1).Value() >= 0.9 }},
	} {
		var o ThresholdOptions
		require.NoError(t, params.DecodeString(c.with, &o), c.with)
		require.NoError(t, o.suits(s.Classes))
		chosen, facts, err := o.choose(t.Context(), s, nil, 7, 1)
		require.NoError(t, err)
		assert.True(t, c.want(chosen.At, s.Decide(chosen)), "%s: %v", c.with, chosen.At)
		assert.True(t, facts.Low <= facts.At && facts.At <= facts.High, "%s: %v", c.with, facts)
		assert.Nil(t, facts.Finding)
		for _, curve := range facts.Curves {
			on := false
			for _, p := range curve.Points {
				on = on || p.At == facts.At
				assert.True(t, p.Low <= p.Value && p.Value <= p.High, "%s: %s", c.with, curve.Name)
			}
			assert.True(t, on, c.with)
		}
		again, twice, err := o.choose(t.Context(), s, nil, 7, 2)
		require.NoError(t, err)
		assert.Equal(t, chosen, again)
		assert.Equal(t, facts, twice)
	}
	o := ThresholdOptions{Positive: "yes", Precision: 0.999}
	vain := visits(300, 2)
	for i := range vain.Actual {
		if vain.Actual[i] = float64(i % 2); vain.Probabilities[2*i+1] > 0.1 { // whoever it is sure of is none
			vain.Actual[i] = 0
		}
	}
	_, facts, err := o.choose(t.Context(), vain, nil, 7, 1)
	require.NoError(t, err)
	if assert.NotNil(t, facts.Finding) {
		assert.Contains(t, facts.Finding.Text, "out of reach")
	}
	assert.ErrorContains(t, o.suits([]string{"a", "b", "yes"}), "between two classes")
	assert.ErrorContains(t, o.suits([]string{"a", "b"}), "does not have")
}

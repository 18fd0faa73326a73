package metrics

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ten are rows by falling probability of yes: y y n y n y n n n n.
func ten() *Sample {
	says := []float64{.95, .9, .8, .7, .6, .5, .4, .3, .2, .1}
	yes := []float64{1, 1, 0, 1, 0, 1, 0, 0, 0, 0}
	p := make([]float64, 0, 20)
	for _, v := range says {
		p = append(p, 1-v, v)
	}
	return NewClassification(yes, []string{"no", "yes"}, p)
}

// By hand: where every positive is found two negatives are too, and so on.
func TestChooser(t *testing.T) {
	s := ten()
	for _, c := range []struct {
		name string
		aim  Aim
		want float64
	}{
		{"precision 1", Aim{Precision: 0.999}, 0.85},
		{"precision .75", Aim{Precision: 0.75}, 0.65},
		{"precision .6", Aim{Precision: 0.6}, 0.45},
		{"recall .5", Aim{Recall: 0.5}, 0.85},
		{"recall .75", Aim{Recall: 0.75}, 0.65},
		{"recall 1", Aim{Recall: 0.9999}, 0.45},
		{"equal costs, and too few rows to know better", Aim{Costs: &Costs{1, 1}}, 0.5},
		{"costs", Aim{Costs: &Costs{9, 1}}, 0.1},
	} {
		assert.InDelta(t, c.want, c.aim.Chooser(s, 1).Value(), 1e-12, c.name)
	}
	// A precision that is nowhere to be had: the best there is.
	first := ten()
	first.Actual = []float64{0, 1, 1, 0, 0, 0, 0, 0, 0, 0}
	assert.InDelta(t, 0.75, Aim{Precision: 0.9}.Chooser(first, 1).Value(), 1e-12)
	// Of the other class, by its own probabilities.
	assert.InDelta(t, 0.55, Aim{Recall: 0.6}.Chooser(s, 0).Value(), 1e-12)
	// Scores of 1 and 0 leave no room above and below them.
	ends := NewClassification([]float64{1, 0}, s.Classes, []float64{0, 1, 1, 0})
	assert.InDelta(t, 0.5, Aim{Recall: 0.9}.Chooser(ends, 1).Value(), 1e-12)
}

// Costs choose theory's threshold where probabilities are right, and what rows say
// where they are shifted.
func TestCheapest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	world := func(n int, shift float64) *Sample {
		yes, p := make([]float64, n), make([]float64, 2*n)
		for i := range yes {
			z := 2 * rng.NormFloat64()
			if rng.Float64() < 1/(1+math.Exp(-z)) {
				yes[i] = 1
			}
			p[2*i+1] = 1 / (1 + math.Exp(-z-shift))
			p[2*i] = 1 - p[2*i+1]
		}
		return NewClassification(yes, []string{"no", "yes"}, p)
	}
	aim := Aim{Costs: &Costs{FN: 5, FP: 1}}
	right := 0
	for range 100 {
		if aim.Chooser(world(300, 0), 1).Value() == 1./6 {
			right++
		}
	}
	assert.Greater(t, right, 90)
	shifted := aim.Chooser(world(5000, 3), 1).Value()
	assert.InDelta(t, 1/(1+math.Exp(-(math.Log(1./5)+3))), shifted, 0.1)
}

// Labels follow the threshold, and what is measured of them; probabilities stay.
func TestDecide(t *testing.T) {
	s := ten()
	low := s.Decide(&Threshold{Positive: 1, At: 0.45})
	assert.Equal(t, []float64{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, low.Predicted)
	assert.Equal(t, s.Probabilities, low.Probabilities)
	assert.InDelta(t, 0.2, (&Costs{5, 1}).PerRow(low, 1).Value(), 1e-12)
	assert.InDelta(t, 4./6, Precision(low, 1).Value(), 1e-12)
	assert.InDelta(t, 1, Recall(low, 1).Value(), 1e-12)
	high := s.Decide(&Threshold{Positive: 1, At: 0.99})
	assert.InDelta(t, 2, (&Costs{5, 1}).PerRow(high, 1).Value(), 1e-12)
	// The positive class is decided at its own threshold, with equality on its side.
	other := &Threshold{Positive: 0, At: 0.5}
	assert.Equal(t, 0, other.Label([]float64{0.5, 0.5}))
	assert.Equal(t, 1, other.Label([]float64{0.4, 0.6}))
	require.Same(t, s, s.Decide(nil))
	assert.Equal(t, Calibration(s, 10), Calibration(low, 10), "calibration is about probabilities")
}

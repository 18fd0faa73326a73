package betting

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/testdata"
)

// By hand: one bet of .97 after outcomes 1 and -.5 is 1.97 * .515, and so on.
func TestWealthByHand(t *testing.T) {
	var w Wealth
	sum := func(outcomes ...float64) float64 {
		total := 0.0
		for _, bet := range bets {
			capital := 1.0
			for _, x := range outcomes {
				capital *= 1 + bet*x
			}
			total += capital
		}
		return total / float64(len(bets))
	}
	assert.Zero(t, w.Confidence())
	w.Add(1)
	assert.InDelta(t, 1-1/sum(1), w.Confidence(), 1e-12)
	w.Add(-.5)
	assert.InDelta(t, 1-1/sum(1), w.Confidence(), 1e-12, "what was known stays known")
	assert.InDelta(t, max(0, 1-1/sum(1, -.5)), w.Now(), 1e-12)
	w.Add(-7)
	assert.Zero(t, w.Now(), "not below ruin")
	assert.False(t, math.IsNaN(w.Now()))
}

// nulls are pairs of losses of which neither is the smaller in the mean, though one of the last
// looks it nearly always.
var nulls = map[string]func(*rand.Rand) (first, second float64){
	"normal":      func(r *rand.Rand) (float64, float64) { return math.Abs(r.NormFloat64()), math.Abs(r.NormFloat64()) },
	"no variance": func(r *rand.Rand) (float64, float64) { return 1 / (1 - r.Float64()), 1 / (1 - r.Float64()) },
	"of log normals": func(r *rand.Rand) (float64, float64) {
		c := r.NormFloat64()
		return math.Exp(2*r.NormFloat64() + c), math.Exp(2*r.NormFloat64() + c)
	},
	"nearly the same": func(r *rand.Rand) (float64, float64) {
		e := r.NormFloat64()
		return math.Abs(e + .01*r.NormFloat64()), math.Abs(e + .01*r.NormFloat64())
	},
	"growing": func(r *rand.Rand) (float64, float64) {
		scale := math.Exp(3 * r.Float64())
		return scale * r.ExpFloat64(), scale * r.ExpFloat64()
	},
	"rarely much worse": func(r *rand.Rand) (float64, float64) {
		if r.IntN(100) == 0 {
			return 1, 1.99
		}
		return 1, .99
	},
}

// Whoever looks after each of a thousand outcomes and stops at 95 % is wrong in at most one
// case of twenty.
func TestPeekingIsAllowed(t *testing.T) {
	testdata.OnlyComputes(t)
	const runs, outcomes = 400, 1000
	for name, null := range nulls {
		r, alarms := rand.New(rand.NewPCG(1, 2)), 0
		for range runs {
			p := NewPaired(0)
			for range outcomes {
				p.Add(null(r))
				if p.Standing().Better >= .95 {
					alarms++
					break
				}
			}
		}
		rate := float64(alarms) / runs
		t.Logf("%s: %.3f", name, rate)
		assert.LessOrEqual(t, rate, .05+3*math.Sqrt(.05*.95/runs), name)
	}
	// The same of a promise that is just kept.
	r, alarms := rand.New(rand.NewPCG(3, 4)), 0
	for range runs {
		var w Wealth
		for range outcomes {
			w.Add(Broken(.9, r.Float64() < .9))
		}
		if w.Confidence() >= .95 {
			alarms++
		}
	}
	t.Logf("a promise: %.3f", float64(alarms)/runs)
	assert.LessOrEqual(t, float64(alarms)/runs, .05+3*math.Sqrt(.05*.95/runs))
}

// What is better by so much is found after so many outcomes, in nine of ten cases.
func TestPower(t *testing.T) {
	after := func(limit int, seed uint64, next func(*rand.Rand) (float64, float64)) (median, ninth int) {
		r := rand.New(rand.NewPCG(seed, 1))
		var all []int
		for range 100 {
			p, n := NewPaired(0), 0
			for ; n < limit && p.Standing().Better < .95; n++ {
				p.Add(next(r))
			}
			all = append(all, n)
		}
		slices.Sort(all)
		return all[50], all[90]
	}
	// Both err by what neither knows; the second adds less of its own.
	better := func(by float64) func(*rand.Rand) (float64, float64) {
		return func(r *rand.Rand) (float64, float64) {
			common := r.NormFloat64()
			return math.Abs(common + r.NormFloat64()), math.Abs(common + by*r.NormFloat64())
		}
	}
	for _, tt := range []struct {
		by   float64
		most int
	}{{.5, 400}, {.8, 3000}} {
		median, ninth := after(2*tt.most, 7, better(tt.by))
		t.Logf("noise times %v: median %d, nine of ten %d", tt.by, median, ninth)
		assert.Less(t, ninth, tt.most)
	}
}

func TestPairedByHand(t *testing.T) {
	p := NewPaired(2)
	p.Add(2, 0)
	s := p.Standing()
	assert.Equal(t, Standing{Outcomes: 1, First: 2, Better: s.Better, Bound: 2}, s)
	assert.InDelta(t, .1946, s.Better, .001)
	p = NewPaired(0)
	for range Aside {
		p.Add(1, 0)
	}
	assert.Zero(t, p.Standing().Better, "these say how far losses go")
	assert.Equal(t, 5.0, p.Standing().Bound)
	p.Add(1e9, 0)
	assert.InDelta(t, .1946, p.Standing().Better, .001, "what is beyond reach counts as reach")
	assert.Zero(t, p.Standing().Worse)
}

package drift

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/testdata"
)

// draw counts n draws from a distribution.
func draw(rng *rand.Rand, n int, p []float64) []float64 {
	counts := make([]float64, len(p))
	for range n {
		u, k := rng.Float64(), 0
		for k < len(p)-1 && u >= p[k] {
			u -= p[k]
			k++
		}
		counts[k]++
	}
	return counts
}

// Where nothing has changed, one test in twenty says at 5 % that something has: over
// 2,000 draws of each case no more than 6.5 %, the bound of chance for a level that holds
// (three standard errors of .05), and where the distribution moved it is found.
func TestSameHoldsItsLevel(t *testing.T) {
	testdata.OnlyComputes(t)
	even, rare := []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}, []float64{.9, .05, .02, .01, .01, .005, .003, .002}
	for name, c := range map[string]struct {
		p              []float64
		before, now, n int
	}{"tenths": {even, 5000, 200, 2000}, "few": {even, 300, 30, 2000}, "rare levels": {rare, 2000, 100, 2000}} {
		rng := rand.New(rand.NewPCG(7, 8))
		alarms, low := 0, 0
		for range c.n {
			p := Same(draw(rng, c.before, c.p), draw(rng, c.now, c.p))
			if p < .05 {
				alarms++
			}
			if p < .5 {
				low++
			}
		}
		assert.LessOrEqual(t, float64(alarms)/float64(c.n), .065, name)
		assert.InDelta(t, .5, float64(low)/float64(c.n), .1, name)
	}
	rng := rand.New(rand.NewPCG(9, 9))
	found := 0
	for range 200 {
		if Same(draw(rng, 5000, even), draw(rng, 200, []float64{.2, .2, .1, .1, .1, .1, .1, .05, .03, .02})) < .01 {
			found++
		}
	}
	assert.GreaterOrEqual(t, found, 190)
	assert.Equal(t, 1.0, Same([]float64{0, 0}, []float64{1, 2}))
	assert.Equal(t, 1.0, Same([]float64{100}, []float64{10}))
}

// The p-value of all together holds its level too, whether fields depend on each other or
// not, and one that counts for nothing raises no alarm.
func TestTogetherHoldsItsLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, alike := range []float64{0, .5, .95} {
		alarms, n := 0, 4000
		for range n {
			common, p := rng.NormFloat64(), make([]float64, 6)
			for i := range p {
				z := math.Sqrt(alike)*common + math.Sqrt(1-alike)*rng.NormFloat64()
				p[i] = math.Erfc(z/math.Sqrt2) / 2
			}
			if Together(p, []float64{5, 3, 1, 1, 1, 1}) < .05 {
				alarms++
			}
		}
		assert.LessOrEqual(t, float64(alarms)/float64(n), .065, "alike %v", alike)
		assert.GreaterOrEqual(t, float64(alarms)/float64(n), .02, "alike %v", alike)
	}
	assert.InDelta(t, .3, Together([]float64{1e-12, .3}, []float64{0, 1}), 1e-9)
	assert.Less(t, Together([]float64{1e-6, .5}, []float64{1, 1}), 1e-5)
	assert.Equal(t, 1.0, Together(nil, nil))
}

// What is estimated before outcomes come is what is measured later: in 95 of 100 cases,
// and no less than 92 of 400, it lies in the interval, though what is asked has moved to
// where the model errs more, or is less sure.
func TestEstimateHoldsWhatIsMeasured(t *testing.T) {
	testdata.OnlyComputes(t)
	kept, naive := map[string]int{}, map[string]int{}
	const cases = 400
	for c := range cases {
		rng := rand.New(rand.NewPCG(uint64(c), 3))
		for name, world := range map[string]func(moved bool) (said, lost float64){
			"numbers": func(moved bool) (float64, float64) {
				x := 1 + 9*rng.Float64()
				if moved {
					x = 6 + 4*rng.Float64()
				}
				return x, math.Abs(rng.NormFloat64()) * x / 10
			},
			"classes": func(moved bool) (float64, float64) {
				p := .5 + .5*rng.Float64()
				if moved {
					p = .5 + .2*rng.Float64()
				}
				said := p + .1*(1-p) // overconfident
				if rng.Float64() < p {
					return said, 0
				}
				return said, 1
			},
		} {
			var said, lost []float64
			for range 1500 {
				s, l := world(false)
				said, lost = append(said, s), append(lost, l)
			}
			model := NewLoss(said, lost)
			before := sum(lost) / float64(len(lost))
			said, lost = nil, nil
			for range 300 {
				s, l := world(true)
				said, lost = append(said, s), append(lost, l)
			}
			measured := sum(lost) / float64(len(lost))
			_, low, high := model.Estimate(said)
			if low <= measured && measured <= high {
				kept[name]++
			}
			if low <= before && before <= high {
				naive[name]++
			}
		}
	}
	for name, n := range kept {
		assert.GreaterOrEqual(t, float64(n)/cases, .9, name)
		assert.Less(t, float64(naive[name])/cases, .1, "%s: what was measured before says nothing of now", name)
	}
	assert.Nil(t, NewLoss(make([]float64, binRows-1), make([]float64, binRows-1)))
}

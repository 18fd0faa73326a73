package table

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestDeciles finds of values of every kind of order what sorting them finds.
func TestDeciles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	makes := map[string]func(i, n int) float64{
		"random":   func(int, int) float64 { return rng.NormFloat64() },
		"few":      func(int, int) float64 { return float64(rng.IntN(3)) - 1 },
		"rising":   func(i, _ int) float64 { return float64(i) },
		"falling":  func(i, _ int) float64 { return -float64(i) },
		"organ":    func(i, n int) float64 { return float64(min(i, n-i)) },
		"equal":    func(int, int) float64 { return 7 },
		"infinite": func(i, _ int) float64 { return math.Inf(i%2*2 - 1) },
	}
	for name, value := range makes {
		for _, n := range []int{1, 2, 3, 64, 65, 1000, 30_011} {
			values, present := []float64{math.NaN()}, []float64(nil)
			for i := range n {
				present = append(present, value(i, n))
			}
			values = append(values, present...)
			slices.Sort(present)
			for d, got := range deciles(values, n) {
				at := float64(d) / 10 * float64(n-1)
				i := int(at)
				want := present[i]
				if i+1 < n {
					want = present[i]*(1-(at-float64(i))) + present[i+1]*(at-float64(i))
				}
				if math.IsNaN(want) {
					assert.True(t, math.IsNaN(got), "%s of %d: decile %d is %v", name, n, d, got)
					continue
				}
				assert.Equal(t, want, got, "%s of %d: decile %d", name, n, d)
			}
		}
	}
}

// TestArrangeGivesUp sorts where no pivot may be bad.
func TestArrangeGivesUp(t *testing.T) {
	keys := make([]int64, 1000)
	for i := range keys {
		keys[i] = int64(-i)
	}
	arrange(keys, 0, []int{500}, 0)
	assert.Equal(t, int64(-499), keys[500])
}

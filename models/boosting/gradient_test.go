package boosting

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A word gives back the sums of many rows, of which some are far from the
// others, as near as the noise of a few of them; what the sample leaves out
// counts for nothing.
func TestWords(t *testing.T) {
	const n = 200_000
	rng := rand.New(rand.NewPCG(1, 2))
	g, h, sample := make([]int64, n), make([]int64, n), make([]bool, n)
	var sizes, hessians, gradient, hessian float64
	count := int64(0)
	for i := range g {
		x := rng.NormFloat64() * math.Exp(2*rng.NormFloat64())
		y := math.Exp(2 * rng.NormFloat64())
		g[i], h[i] = int64(math.Float64bits(x)), int64(math.Float64bits(y))
		sizes, hessians = sizes+math.Abs(x), hessians+y
		if sample[i] = rng.IntN(3) > 0; sample[i] {
			gradient, hessian, count = gradient+x, hessian+y, count+1
		}
	}
	gu, hu := wordUnit(sizes, n, wordGradientBits-1), wordUnit(hessians, n, wordHessianBits)
	half := n / 2
	sum := packWords(g[:half], h[:half], gu, hu, 0, 7, sample[:half]) + packWords(g[half:], h[half:], gu, hu, half, 7, sample[half:])
	s := wordSums(sum)
	require.Equal(t, count, packing(leastCountBits).count(s))
	require.InDelta(t, gradient, packing(leastCountBits).gradient(s)*gu, sizes/n*20)
	require.InDelta(t, hessian, float64(s.h)*hu, hessians/n*20)
	require.Equal(t, sum, wordOf(s))

	for i := range g { // the whole is the most that a field has to hold
		g[i], h[i] = int64(math.Float64bits(-1)), int64(math.Float64bits(1))
	}
	s = wordSums(packWords(g, h, wordUnit(n, n, wordGradientBits-1), wordUnit(n, n, wordHessianBits), 0, 7, nil))
	require.EqualValues(t, n, packing(leastCountBits).count(s))
	require.InDelta(t, -n, packing(leastCountBits).gradient(s)*wordUnit(n, n, wordGradientBits-1), 20)
	require.InDelta(t, n, float64(s.h)*wordUnit(n, n, wordHessianBits), 20)
}

// With more rows the count has more bits and the gradient fewer, and neither spills
// into the other: also of the most rows there may be, all of one sign.
func TestPacking(t *testing.T) {
	for n, want := range map[int]packing{1: 24, 1<<24 - 1: 24, 1 << 24: 25, 50_000_000: 26, maxRows: 27} {
		p := packingOf(n)
		require.Equal(t, want, p, n)
		unit := unitFor(3, n, p.gradientBits())
		for _, x := range []float64{3, -3, 0.7} {
			g := []int64{int64(math.Float64bits(x))}
			sum := p.pack(g, unit, nil)
			require.Equal(t, sum, g[0])
			all := sums{g: g[0] * int64(n)} // of n such rows
			require.EqualValues(t, n, p.count(all))
			require.InDelta(t, x, p.gradient(all)*unit/float64(n), unit/2, "%d rows of %g", n, x)
			require.Equal(t, sums{}, all.minus(all))
		}
		require.LessOrEqual(t, unit, 4.0/256, "of %d rows", n)
	}
}

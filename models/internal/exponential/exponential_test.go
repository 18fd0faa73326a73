package exponential

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEach(t *testing.T) {
	for x := -708.0; x < 709; x += 0.0371 {
		v := []float64{x, -x / 1000}
		Each(v)
		require.InEpsilon(t, math.Exp(x), v[0], 2e-12)
		require.InEpsilon(t, math.Exp(-x/1000), v[1], 2e-12)
	}
	v := []float64{0, -1e300, 1e300, math.NaN(), math.Inf(-1)}
	Each(v)
	require.Equal(t, 1.0, v[0])
	require.Equal(t, v[1], v[4])
	require.InEpsilon(t, math.Exp(-708), v[1], 1e-12)
	require.InEpsilon(t, math.Exp(709), v[2], 1e-12)
	require.True(t, math.IsNaN(v[3]))
}

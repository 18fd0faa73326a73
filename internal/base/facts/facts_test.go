package facts

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every number comes back as it was, also where JSON has none.
func TestNumbersComeBack(t *testing.T) {
	values := []float64{0, -0.1, 1e-300, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1), 1.0 / 3}
	data, err := Encode(Numbers(values))
	require.NoError(t, err)
	var again []Number
	require.NoError(t, json.Unmarshal(data, &again))
	for i, v := range Values(again) {
		assert.True(t, v == values[i] || math.IsNaN(v) && math.IsNaN(values[i]), "%v came back as %v", values[i], v)
	}
	var n Number
	assert.ErrorContains(t, json.Unmarshal([]byte(`"many"`), &n), `"many" is no number`)
}

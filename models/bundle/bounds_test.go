package bundle

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata/testtable"
)

// A bundle keeps its bounds, and its intervals keep to them as well.
func TestBundleBounds(t *testing.T) {
	b := trained(t, "linear", "price", None)
	b.Bounds, b.Interval = &Bounds{20, 30}, &Ranges{Level: 0.9, Reach: 4, Rows: 10}
	saved := files(t, b)
	again, err := Load(reader(saved))
	require.NoError(t, err)
	p, err := again.Predict(testtable.Houses())
	require.NoError(t, err)
	free := trained(t, "linear", "price", None)
	q, err := free.Predict(testtable.Houses())
	require.NoError(t, err)
	for i, v := range q.Values {
		assert.Equal(t, min(max(v, 20), 30), p.Values[i])
		assert.InDelta(t, min(max(v-4, 20), 30), p.Low[i], 1e-9)
		assert.InDelta(t, min(max(v+4, 20), 30), p.High[i], 1e-9)
	}
	saved["model.json"] = []byte(strings.Replace(string(saved["model.json"]), `"low": 20`, `"low": 40`, 1))
	_, err = Load(reader(saved))
	assert.ErrorContains(t, err, "bounds")
}

func TestBoundsKeepNaN(t *testing.T) {
	values := []float64{math.NaN(), math.Inf(1)}
	(&Bounds{0, 1}).hold(values)
	assert.True(t, math.IsNaN(values[0]))
	assert.Equal(t, 1.0, values[1])
}

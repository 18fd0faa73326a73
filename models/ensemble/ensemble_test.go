package ensemble

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/models/boosting"
	"labbook/models/dummy"
	"labbook/models/estimator"
)

// TestLeastSquares has solutions found by hand.
func TestLeastSquares(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns [][]float64
		y       []float64
		want    []float64
	}{
		{"exact", [][]float64{{1, 0, 1}, {0, 1, 1}}, []float64{0.3, 0.6, 0.9}, []float64{0.3, 0.6}},
		{"a negative weight becomes 0", [][]float64{{1, 0}, {0, 1}}, []float64{2, -1}, []float64{2, 0}},
		{"all 0 become equal", [][]float64{{1, 2}, {2, 1}}, []float64{-1, -1}, []float64{0.5, 0.5}},
		{"empty columns", [][]float64{{0, 0}, {1, 1}}, []float64{3, 3}, []float64{0.5, 3}},
	} {
		assert.InDeltaSlice(t, c.want, leastSquares(c.columns, c.y, nil), 1e-9, c.name)
	}
}

// TestMixture: a member that knows more weighs more; a perfect one all.
func TestMixture(t *testing.T) {
	y := []float64{0, 1, 0, 1}
	sure, blind := []float64{1, 0, 0, 1, 1, 0, 0, 1}, []float64{.5, .5, .5, .5, .5, .5, .5, .5}
	assert.InDeltaSlice(t, []float64{1, 0}, mixture([][]float64{sure, blind}, y, nil, 2), 1e-6)
	assert.InDeltaSlice(t, []float64{.5, .5}, mixture([][]float64{blind, blind}, y, nil, 2), 1e-9)
	// Right three times of four: the likelihood of 3 log(w + (1-w)/2) +
	// log((1-w)/2) is greatest at w = 1/2.
	wrong := []float64{1, 0, 0, 1, 1, 0, 1, 0}
	assert.InDeltaSlice(t, []float64{.5, .5}, mixture([][]float64{wrong, blind}, y, nil, 2), 1e-6)
}

func TestParams(t *testing.T) {
	spec := Spec([]estimator.Spec{boosting.Spec(), dummy.Spec()})
	p := spec.Params()
	require.NoError(t, params.DecodeString(`{of: [{model: dummy}, {model: ensemble, params: {of: [{model: boosting, params: {max_depth: 3}}]}}]}`, p))
	var names []string
	for _, m := range spec.Members(p) {
		names = append(names, m.Name)
	}
	assert.Equal(t, []string{"dummy", "ensemble", "boosting"}, names)
	assert.Contains(t, params.Lines(p), params.Line{Path: "of[1].params.of[0].params.max_depth", Value: "3"})
	for text, message := range map[string]string{
		"{of: []}":              "an ensemble of nothing",
		"{of: [{model: bost}]}": `there is no model "bost"`,
		"{of: [{model: boosting, params: {depth: 3}}]}": "depth",
	} {
		assert.ErrorContains(t, params.DecodeString(text, spec.Params()), message)
	}
}

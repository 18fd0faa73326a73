package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/models/bundle"
)

func TestWeights(t *testing.T) {
	for _, w := range []bundle.Weights{"", bundle.Equal} {
		weights, err := weigh(w, []float64{-1, 2})
		require.NoError(t, err)
		assert.Nil(t, weights)
	}
	weights, err := weigh(bundle.ByTarget, []float64{1, 2, 6})
	require.NoError(t, err)
	assert.Equal(t, []float64{1. / 3, 2. / 3, 2}, weights)
	_, err = weigh(bundle.ByTarget, []float64{1, 0})
	assert.ErrorContains(t, err, "row 2 of the training part cannot weigh what its target says")
}

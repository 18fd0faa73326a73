package matrix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What programs of others are given of a matrix says what it holds.
func TestAsTables(t *testing.T) {
	dense := &Matrix{Rows: 2, Cols: 2, Names: []string{"n", "k"}, Levels: []int{0, 2}, Dense: []float64{1.5, 1, math.NaN(), math.NaN()}}
	got := dense.Table()
	assert.Equal(t, []string{"n", "k"}, got.Names())
	assert.Equal(t, []int32{1, -1}, got.Column("k").Codes)
	sparse := &Matrix{Rows: 3, Cols: 2, Names: []string{"word", "other"}, Sparse: &CSR{Indptr: []int{0, 1, 1, 3}, Indices: []int32{1, 0, 1}, Data: []float64{2, 3, 4}}}
	stored := sparse.Triplets()
	assert.Equal(t, []float64{0, 2, 2}, stored.Column("row").Num)
	assert.Equal(t, []int32{1, 0, 1}, stored.Column("column").Codes)
	assert.Equal(t, []string{"word", "other"}, stored.Column("column").Levels)
	assert.Equal(t, []float64{2, 3, 4}, stored.Column("value").Num)
	assert.Equal(t, []int32{1, 0}, (&Labelled{Y: []float64{1, 0}, Classes: []string{"no", "yes"}}).Target("t").Codes)
}

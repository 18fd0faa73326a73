package matrix

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTakenRows: rows that share memory with the matrix they were taken from
// read, turn and write as a matrix of their own does.
func TestTakenRows(t *testing.T) {
	x := &Matrix{Rows: 4, Cols: 3, Names: []string{"a", "b", "c"},
		Sparse: &CSR{Indptr: []int{0, 2, 2, 3, 5}, Indices: []int32{0, 2, 1, 0, 1}, Data: []float64{1, 2, 3, 4, 5}}}
	own := &Matrix{Rows: 3, Cols: 3, Names: x.Names,
		Sparse: &CSR{Indptr: []int{0, 2, 4, 4}, Indices: []int32{0, 1, 0, 2}, Data: []float64{4, 5, 1, 2}}}
	taken := x.Take([]int{3, 0, 1})
	assert.Same(t, &x.Sparse.Data[0], &taken.Sparse.Data[0])
	assert.Equal(t, 4, taken.Stored())
	assert.Equal(t, own.Transpose(), taken.Transpose())
	assert.Equal(t, &CSR{Indptr: []int{0, 2, 3, 4}, Indices: []int32{0, 1, 0, 1}, Data: []float64{4, 1, 5, 2}}, own.Transpose().Sparse)
	y := []float64{1, 2, 3}
	assert.Equal(t, encode(t, &Labelled{X: own, Y: y}), encode(t, &Labelled{X: taken, Y: y}))
	again := taken.Take([]int{1})
	columns, values := again.SparseRow(0)
	assert.Equal(t, []int32{0, 2}, columns)
	assert.Equal(t, []float64{1, 2}, values)
}

package matrix

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAppend(t *testing.T) {
	dense := &Matrix{Rows: 2, Cols: 2, Names: []string{"a", "b"}, Dense: []float64{1, 2, 3, 4}, Levels: []int{0, 5}}
	assert.Equal(t, &Matrix{Rows: 2, Cols: 3, Names: []string{"a", "b", "c"}, Dense: []float64{1, 2, 7, 3, 4, 8}, Levels: []int{0, 5, 0}},
		dense.Append("c", []float64{7, 8}))
	sparse := &Matrix{Rows: 2, Cols: 2, Names: []string{"a", "b"}, Sparse: &CSR{Indptr: []int{0, 1, 1}, Indices: []int32{1}, Data: []float64{2}}}
	assert.Equal(t, &CSR{Indptr: []int{0, 2, 3}, Indices: []int32{1, 2, 2}, Data: []float64{2, 7, 8}},
		sparse.Append("c", []float64{7, 8}).Sparse)
}

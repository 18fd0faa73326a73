package matrix

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestViews(t *testing.T) {
	words := &Matrix{Rows: 2, Cols: 3, Names: []string{"a", "b", "c"}, Sparse: &CSR{Indptr: []int{0, 0, 2}, Indices: []int32{0, 2}, Data: []float64{1, 0.5}}}
	trees := &Matrix{Rows: 2, Cols: 2, Names: []string{"size", "kind"}, Dense: []float64{1, 2, 3, 4}}
	plane := &Matrix{Rows: 2, Cols: 1, Names: []string{"size"}, Dense: []float64{5, 6}}
	x := Join([]View{{"words", words}, {"trees", trees}, {"plane", plane}})

	assert.Equal(t, []string{"a", "b", "c", "size", "kind", "size"}, x.Names)
	assert.Same(t, trees, x.Main(), "the first that is dense")
	assert.Same(t, trees, x.View(""))
	assert.Same(t, plane, x.View("plane"))
	assert.Nil(t, x.View("plain"))
	assert.Same(t, words, Join([]View{{"words", words}}).Main(), "or the first")
	assert.Same(t, trees, trees.Main())

	columns := func(x *Matrix, row int) (all []int) {
		for k := range x.Entries(row) {
			all = append(all, x.Entry(row, k))
		}
		return all
	}
	assert.Equal(t, []int{3, 4, 5}, columns(x, 0))
	assert.Equal(t, []int{0, 2, 3, 4, 5}, columns(x, 1))
	turned := x.Take([]int{1, 0})
	assert.Equal(t, []int{0, 2, 3, 4, 5}, columns(turned, 0))
	assert.Equal(t, []float64{3, 4}, turned.View("trees").Row(0))
	assert.Equal(t, x.Names, turned.Names)
}

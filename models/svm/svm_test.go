package svm

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// documents gives rows of many columns, of which few are shared.
func documents(rows, classes int) (*matrix.Matrix, []float64) {
	random := rand.New(rand.NewPCG(7, 7))
	x := &matrix.Matrix{Rows: rows, Cols: 400, Sparse: &matrix.CSR{Indptr: []int{0}}}
	y := make([]float64, rows)
	for i := range y {
		y[i] = float64(random.IntN(classes))
		for j := range x.Cols {
			if random.Float64() < .25 || j%classes == int(y[i]) && random.Float64() < .1 {
				x.Sparse.Indices, x.Sparse.Data = append(x.Sparse.Indices, int32(j)), append(x.Sparse.Data, random.Float64())
			}
		}
		x.Sparse.Indptr = append(x.Sparse.Indptr, len(x.Sparse.Data))
	}
	return x, y
}

// TestProductsAndColumns: the descent over the products of rows and that over
// the columns, with two classes and with more, find the same margins, also of
// rows that were not learned from.
func TestProductsAndColumns(t *testing.T) {
	for _, classes := range []int{2, 4} {
		x, y := documents(120, classes)
		p := Spec().Params().(*Params)
		p.Tol = 1e-9
		f := &fitting{p: p, y: y, classes: classes, opt: estimator.Options{Seed: 3, Cores: 2}}
		f.prepare(x, nil)
		require.NotNil(t, f.gram)
		margins := func() [][]float64 {
			out := make([][]float64, f.machines())
			require.NoError(t, f.each(context.Background(), []int{5, 7, 9, 11, 30, 31, 60, 77, 78, 100}, func(class int, w weights, _ int) {
				for i := range y {
					out[class] = append(out[class], w.margin(i))
				}
			}))
			return f.opposed(out)
		}
		byRows := margins()
		f.gram = nil
		byColumns := margins()
		require.Len(t, byRows, classes)
		for class := range byRows {
			assert.InDeltaSlice(t, byColumns[class], byRows[class], 1e-6)
		}
	}
}

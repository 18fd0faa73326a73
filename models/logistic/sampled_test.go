package logistic

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// Many rows are fitted from the optimum of some, to the same gradient as without,
// in a third of the passes; the bytes are the same on any number of cores.
func TestManyRowsBeginAtASample(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const rows, cols = sampleRows, 5
	for _, classes := range []int{2, 4} {
		x := &matrix.Matrix{Rows: rows, Cols: cols}
		data := &estimator.Data{X: x, Classes: make([]string, classes)}
		for i := range rows {
			sum, shared := 0.0, random.NormFloat64()
			for j := range cols {
				v := (random.NormFloat64() + shared) * math.Pow(2, float64(j-2)) // columns of all sizes
				sum += v / 8
				x.Dense = append(x.Dense, v)
			}
			data.Y = append(data.Y, float64(min(max(int(sum+random.NormFloat64()+1), 0), classes-1)))
			data.Weights = append(data.Weights, 0.5+float64(i%2))
		}
		fit := func(cores int, tol float64) ([]float64, int) {
			passes := 0
			m, err := Spec().Fit(context.Background(), &Params{C: 1, Tol: tol, MaxIter: 1000, Solver: "auto"}, data,
				estimator.Options{Cores: cores, Progress: func(done, _ int) { passes = done }})
			require.NoError(t, err)
			return append(m.(*model).W, m.(*model).Bias...), passes
		}
		got, passes := fit(1, 1e-2)
		again, _ := fit(3, 1e-2)
		require.Equal(t, got, again)
		plain := newDense(x, data.Y, data.Weights, classes, 1, 1)
		grad := make([]float64, len(got))
		value := plain.at(grad, got)
		require.Less(t, floats.Norm(grad, math.Inf(1)), 1e-2)
		count := &counted{function: plain}
		theta, _, err := minimise(context.Background(), &Params{Tol: 1e-2, MaxIter: 1000}, estimator.Options{}, count, len(got))
		require.NoError(t, err)
		require.InEpsilon(t, plain.at(grad, theta), value, 1e-6)
		require.Less(t, 2*passes, count.passes)
	}
}

type counted struct {
	function
	passes int
}

func (c *counted) at(grad, theta []float64) float64 {
	c.passes++
	return c.function.at(grad, theta)
}

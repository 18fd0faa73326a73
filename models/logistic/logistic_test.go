package logistic

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/linear"
)

// The dual once followed the biases by quasi-Newton steps, which ran in circles
// where the data counts much more than the penalty.
func TestDualFindsTheBiases(t *testing.T) {
	data := topics(400, 5)
	fitted := func(p *Params) ([]float64, int) {
		passes := 0
		m, err := Spec().Fit(context.Background(), p, data, estimator.Options{Seed: 1, Cores: 2, Progress: func(done, _ int) { passes = done }})
		require.NoError(t, err)
		probabilities := make([]float64, data.X.Rows*len(data.Classes))
		m.Predict(probabilities, data.X)
		return probabilities, passes
	}
	for _, c := range []float64{0.01, 1, 100} {
		want, _ := fitted(&Params{C: c, Tol: 1e-6, MaxIter: 5000, Solver: "lbfgs", Balanced: true})
		got, passes := fitted(&Params{C: c, Tol: 1e-2, MaxIter: 1000, Solver: "dual", Balanced: true})
		assert.InDeltaSlice(t, want, got, 1e-2, "C = %v", c)
		assert.Less(t, passes, 60, "C = %v", c)
	}
}

// A fit that max_iter ends says so, in words; one that settled says nothing.
func TestStoppedIsAWarning(t *testing.T) {
	data := topics(200, 3)
	for _, solver := range []string{"lbfgs", "dual"} {
		for limit, want := range map[int]int{2: 1, 1000: 0} {
			var logged []string
			m, err := Spec().Fit(context.Background(), &Params{C: 1, Tol: 1e-2, MaxIter: limit, Solver: solver}, data,
				estimator.Options{Logf: func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) }})
			require.NoError(t, err)
			found := m.(estimator.Advisor).Findings()
			require.Len(t, found, want, solver)
			assert.Empty(t, logged)
			if want > 0 {
				assert.Equal(t, notebook.Warning, found[0].Level)
				assert.Contains(t, found[0].Text, "logistic regression stopped after 2 passes over the rows, before its weights had settled")
			}
		}
	}
}

// topics makes rows of length 1 over 300 columns, of which each class prefers a
// few; later classes are rarer.
func topics(rows, classes int) *estimator.Data {
	random := rand.New(rand.NewPCG(3, 4))
	x := &matrix.CSR{Indptr: []int{0}}
	data := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: 300, Sparse: x}, Classes: make([]string, classes)}
	for range rows {
		class := min(random.IntN(classes), random.IntN(classes))
		data.Y = append(data.Y, float64(class))
		counts := map[int32]float64{}
		for range 40 {
			if random.Float64() < 0.2 {
				counts[int32(20*class+random.IntN(20))]++
			} else {
				counts[int32(300*math.Pow(random.Float64(), 2))]++
			}
		}
		length := 0.0
		for _, n := range counts {
			length += n * n
		}
		columns := make([]int32, 0, len(counts))
		for j := range counts {
			columns = append(columns, j)
		}
		slices.Sort(columns)
		for _, j := range columns {
			x.Indices, x.Data = append(x.Indices, j), append(x.Data, counts[j]/math.Sqrt(length))
		}
		x.Indptr = append(x.Indptr, len(x.Indices))
	}
	return data
}

// What is filled has an objective of its own, which is the same one: value,
// gradient and optimum are those of the sparse form, on any number of cores.
func TestDenseIsTheSameProblem(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const rows, cols = 3000, 7
	for _, classes := range []int{2, 4} {
		x := &matrix.Matrix{Rows: rows, Cols: cols}
		data := &estimator.Data{X: x, Classes: make([]string, classes)}
		for range rows {
			sum := 0.0
			for range cols {
				v := random.NormFloat64()
				sum += v
				x.Dense = append(x.Dense, v)
			}
			data.Y = append(data.Y, float64(min(max(int(sum+random.NormFloat64()+1), 0), classes-1)))
			data.Weights = append(data.Weights, 0.5+random.Float64())
		}
		sparse := newObjective(linear.Sparse(x), data.Y, data.Weights, classes, 2, 1)
		n := (cols + 1) * classes
		theta, want, got := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n / classes {
			for k := range classes {
				theta[i*classes+k] = random.NormFloat64()
			}
			if classes == 2 {
				theta[i*2+1] = -theta[i*2]
			}
		}
		value := sparse.at(want, theta)
		for _, cores := range []int{1, 3} {
			o := newDense(x, data.Y, data.Weights, classes, 2, cores)
			require.InEpsilon(t, value, o.at(got, theta), 1e-9)
			require.InDeltaSlice(t, want, got, 1e-6)
		}
		fitted := func(x *matrix.Matrix) []float64 {
			m, err := Spec().Fit(context.Background(), &Params{C: 2, Tol: 1e-6, MaxIter: 1000, Solver: "lbfgs"},
				&estimator.Data{X: x, Y: data.Y, Classes: data.Classes, Weights: data.Weights}, estimator.Options{Cores: 2})
			require.NoError(t, err)
			return m.(*model).W
		}
		require.InDeltaSlice(t, fitted(linear.Sparse(x)), fitted(x), 1e-7)
	}
}

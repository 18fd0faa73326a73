package linear_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/models/bayes"
	"labbook/models/estimator"
	"labbook/models/logistic"
	"labbook/models/svm"
)

// TestScikitLearn holds the linear classifiers against scikit-learn's:
// testdata/classifiers.py made the numbers. The optimum of each is unique, so
// solvers run to the end must agree (scikit-learn's L-BFGS stops at a relative
// change of 2e-9 in the value, whatever tol says). Margins are compared through the softmax
// that an uncalibrated machine gives.
func TestScikitLearn(t *testing.T) {
	var want struct {
		Rows, Cols, Classes int
		Y, Weights          []float64
		Indptr              []int
		Indices             []int32
		Data                []float64
		Cases               map[string][][]float64
	}
	data, err := os.ReadFile("testdata/classifiers.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &want))
	x := &matrix.Matrix{Rows: want.Rows, Cols: want.Cols, Sparse: &matrix.CSR{Indptr: want.Indptr, Indices: want.Indices, Data: want.Data}}

	for _, c := range []struct {
		name     string
		spec     estimator.Spec
		params   any
		weighted bool
		within   float64
	}{
		{"multinomial", bayes.Multinomial(), &bayes.Params{Alpha: 1, FitPrior: true}, false, 1e-12},
		{"multinomial_alpha", bayes.Multinomial(), &bayes.Params{Alpha: .1}, true, 1e-12},
		{"complement", bayes.Complement(), &bayes.Params{Alpha: 1, FitPrior: true}, false, 1e-12},
		{"complement_norm", bayes.Complement(), &bayes.Params{Alpha: .5, Norm: true}, false, 1e-12},
		{"logistic", logistic.Spec(), &logistic.Params{C: 1, Tol: 1e-9, MaxIter: 10000, Solver: "lbfgs"}, false, 1e-5},
		{"logistic_c", logistic.Spec(), &logistic.Params{C: 10, Tol: 1e-9, MaxIter: 10000, Solver: "lbfgs"}, true, 1e-5},
		{"logistic", logistic.Spec(), &logistic.Params{C: 1, Tol: 1e-7, MaxIter: 10000, Solver: "dual"}, false, 1e-5},
		{"logistic_c", logistic.Spec(), &logistic.Params{C: 10, Tol: 1e-7, MaxIter: 10000, Solver: "dual"}, true, 1e-5},
		{"svm", svm.Spec(), &svm.Params{C: 1, Loss: "squared_hinge", Intercept: 1, Tol: 1e-10, MaxIter: 1e6}, false, 1e-6},
		{"svm_hinge", svm.Spec(), &svm.Params{C: .1, Loss: "hinge", Intercept: 1, Tol: 1e-10, MaxIter: 1e6}, true, 1e-6},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &estimator.Data{X: x, Y: want.Y, Classes: make([]string, want.Classes)}
			if c.weighted {
				d.Weights = want.Weights
			}
			m, err := c.spec.Fit(context.Background(), c.params, d, estimator.Options{Seed: 1, Cores: 2})
			require.NoError(t, err)
			got := make([]float64, x.Rows*want.Classes)
			m.Predict(got, x)
			for i, row := range want.Cases[c.name] {
				if c.spec.Name == "linear-svm" {
					row = softmax(row)
				}
				assert.InDeltaSlice(t, row, got[i*want.Classes:(i+1)*want.Classes], c.within, "row %d", i)
			}
		})
	}
}

func softmax(scores []float64) []float64 {
	out, sum := make([]float64, len(scores)), 0.0
	for i, s := range scores {
		out[i] = math.Exp(s)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// Package logistic has multinomial logistic regression.
package logistic

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/optimize"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
	"labbook/models/internal/linear"
)

// Params are the parameters; the defaults are scikit-learn's LogisticRegression's.
type Params struct {
	C        float64 `yaml:"C" range:"(0,)" doc:"How much the data counts against the penalty on large weights: smaller is simpler."`
	Tol      float64 `yaml:"tol" range:"(0,)" doc:"Stop when the gradient, a sum over all rows, is within this; where scikit-learn stops by its own tolerance is no nearer."`
	MaxIter  int     `yaml:"max_iter" range:"[1,)" doc:"Iterations at most."`
	Solver   string  `yaml:"solver" enum:"auto|dual|lbfgs" doc:"How to find the optimum, which is the same: by its dual, quick on sparse rows of length 1; by L-BFGS; or the first for sparse input and the second for dense."`
	Balanced bool    `yaml:"balanced" doc:"Weigh classes so that each counts the same, as weights: balanced of train does; of use for one member of an ensemble."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name: "logistic", Version: 6, Sparse: true, Parallel: true,
		Tasks: []metrics.Task{metrics.Classification},
		Doc: `Multinomial logistic regression with an L2 penalty, fitted through its dual on sparse input and by L-BFGS on dense; of at least 20,000 rows, from the optimum of a tenth.
Sources: Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", section 4.4; Yu, Huang and Lin, "Dual coordinate descent methods for logistic regression and maximum entropy models", 2011; Liu and Nocedal, "On the limited memory BFGS method", 1989 (gonum's implementation).`,
		Params: func() any { return &Params{C: 1, Tol: 1e-2, MaxIter: 100, Solver: "auto"} },
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			return fit(ctx, params.(*Params), data, opt)
		},
		Decode: func(data []byte) (estimator.Model, error) {
			m, rest, err := affine.Decode(data)
			if err == nil && len(rest) > 0 {
				err = affine.ErrDamaged
			}
			if err != nil {
				return nil, fmt.Errorf("logistic: %w", err)
			}
			return &model{Map: m}, nil
		},
	}
}

func fit(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
	classes, weights := len(data.Classes), linear.Weights(data, p.Balanced)
	if p.Solver != "dual" && filled(data.X) {
		o := newDense(data.X, data.Y, weights, classes, p.C, max(1, opt.Cores))
		if s := newSampled(ctx, p, o); s != nil {
			return s.fit(ctx, p, opt)
		}
		return primal(ctx, p, opt, o, data.X.Cols, classes, &linear.Folding{})
	}
	x, folding := linear.Fold(linear.Sparse(data.X))
	if p.Solver == "dual" || p.Solver == "auto" && data.X.Sparse != nil {
		d := newDual(x, data.Y, weights, classes, p.C)
		passes, converged := d.solve(ctx, p, opt)
		m := &model{Map: folding.Unfold(d.m)}
		if !converged {
			m.stopped = linear.Stopped("logistic regression", passes, "raise max_iter or tol, or set solver: lbfgs")
		}
		return m, ctx.Err()
	}
	return primal(ctx, p, opt, newObjective(x, data.Y, weights, classes, p.C, opt.Cores), x.Cols, classes, folding)
}

// filled says whether at least half of a dense matrix is not 0: then it is not
// worth knowing where.
func filled(x *matrix.Matrix) bool {
	if x.Sparse != nil {
		return false
	}
	zeros := 0
	for _, v := range x.Dense[:x.Rows*x.Cols] {
		if v == 0 {
			zeros++
		}
	}
	return zeros <= len(x.Dense)/2
}

// function is what L-BFGS minimises: at gives its value, and the gradient into
// grad.
type function interface {
	at(grad, theta []float64) float64
}

// primal fits the weights of cols columns and the biases by L-BFGS.
func primal(ctx context.Context, p *Params, opt estimator.Options, o function, cols, classes int, folding *linear.Folding) (estimator.Model, error) {
	theta, limited, err := minimise(ctx, p, opt, o, (cols+1)*classes)
	if err != nil {
		return nil, err
	}
	return reached(p, theta, limited, cols, classes, folding), nil
}

// reached makes the model of what L-BFGS has come to; limited says that MaxIter ended it.
func reached(p *Params, theta []float64, limited bool, cols, classes int, folding *linear.Folding) *model {
	m := &model{Map: folding.Unfold(&affine.Map{Cols: cols, Classes: classes, W: theta[:cols*classes], Bias: theta[cols*classes:]})}
	if limited {
		m.stopped = linear.Stopped("logistic regression", p.MaxIter, "standardise the numbers in the features stage, or raise max_iter or tol")
	}
	return m
}

// minimise runs L-BFGS from n zeros, and reports whether MaxIter ended it. gonum asks for the value and the gradient of
// a point separately; both are computed by the first that asks.
func minimise(ctx context.Context, p *Params, opt estimator.Options, o function, n int) (theta []float64, limited bool, err error) {
	point, grad := make([]float64, n), make([]float64, n)
	value := o.at(grad, point)
	at := func(theta []float64) {
		for i := range theta {
			if theta[i] != point[i] {
				copy(point, theta)
				value = o.at(grad, point)
				return
			}
		}
	}
	problem := optimize.Problem{
		Func: func(theta []float64) float64 { at(theta); return value },
		Grad: func(dst, theta []float64) { at(theta); copy(dst, grad) },
		Status: func() (optimize.Status, error) {
			if err := ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	settings := &optimize.Settings{
		GradientThreshold: p.Tol, MajorIterations: p.MaxIter,
		Converger: optimize.NeverTerminate{},
		Recorder:  recorder(opt, p.MaxIter),
	}
	result, err := optimize.Minimize(problem, make([]float64, n), settings, &optimize.LBFGS{Store: history(n)})
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case result == nil:
		return nil, false, fmt.Errorf("logistic: %w", err)
	case opt.Logf != nil && err != nil:
		// What was reached is a model all the same; a line search that can get
		// no lower is the usual end near the limits of float64.
		opt.Logf("logistic: the line search ended after %d iterations: %v", result.MajorIterations, err)
	}
	return result.X, result.Status == optimize.IterationLimit, nil
}

// history is how many steps L-BFGS remembers: ten, or fewer where they would
// take more than 256 MB.
func history(n int) int { return min(10, max(3, 256<<20/(16*n))) }

// Package svm has the linear support vector machine for classification.
package svm

import (
	"context"
	"fmt"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"labbook/internal/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
	"labbook/models/internal/linear"
)

// Params are the parameters; the defaults are scikit-learn's LinearSVC's.
type Params struct {
	C         float64 `yaml:"C" range:"(0,)" doc:"How much a wrong side of the margin costs: smaller is simpler."`
	Loss      string  `yaml:"loss" enum:"squared_hinge|hinge" doc:"What it costs: the distance, or its square."`
	Intercept float64 `yaml:"intercept_scaling" range:"[0,)" doc:"The value of the bias column; 0 fits no intercept."`
	Tol       float64 `yaml:"tol" range:"(0,)" doc:"Stop when the dual gradient is within this."`
	MaxIter   int     `yaml:"max_iter" range:"[1,)" doc:"Passes over the rows at most."`
	Balanced  bool    `yaml:"balanced" doc:"Weigh classes so that each counts the same."`
	Calibrate int     `yaml:"calibrate" range:"[0,20]" doc:"Folds of the cross-fitting that turns margins into probabilities; 0 leaves them uncalibrated, which is faster and ranks the same."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name: "linear-svm", Version: 2, Sparse: true, Parallel: true,
		Tasks: []estimator.Task{estimator.Classification},
		Doc: `Linear support vector machine, one class against the rest, with calibrated probabilities.
Sources: Hsieh et al., "A dual coordinate descent method for large-scale linear SVM", ICML 2008 (as in LIBLINEAR); Platt, "Probabilistic outputs for support vector machines", 1999, cross-fitted.`,
		Params: func() any {
			return &Params{C: 1, Loss: "squared_hinge", Intercept: 1, Tol: 1e-4, MaxIter: 1000, Calibrate: 5}
		},
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			return fit(ctx, params.(*Params), data, opt)
		},
		Decode: decode,
	}
}

func fit(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
	x, folding := linear.Fold(linear.Sparse(data.X))
	f := &fitting{gram: newGram(x, p.Intercept, len(data.Classes)*(1+p.Calibrate), opt.Cores), p: p, x: x, y: data.Y, weights: linear.Weights(data, p.Balanced), classes: len(data.Classes), opt: opt}
	all := make([]int, x.Rows)
	for i := range all {
		all[i] = i
	}
	m, err := f.machine(ctx, all, true)
	if err != nil {
		return nil, err
	}
	out := &model{margins: folding.Unfold(m)}
	if p.Calibrate > 1 {
		out.sigmoids, err = f.calibrate(ctx)
	}
	return out, err
}

// fitting is what the machines of one fit share.
type fitting struct {
	p       *Params
	x       *matrix.Matrix
	y       []float64
	weights []float64 // nil means 1
	gram    *gram     // of x; nil: too large
	classes int
	opt     estimator.Options
}

// machine fits one machine a class against the rest on some of the rows. The
// classes share nothing, so the result does not depend on the cores.
func (f *fitting) machine(ctx context.Context, rows []int, report bool) (*affine.Map, error) {
	x, weights := f.x, f.weights
	if len(rows) < f.x.Rows {
		x = f.x.Take(rows)
		if weights != nil {
			weights = pick(weights, rows)
		}
	}
	products := f.gram.take(rows)
	norms := squares(x, f.p.Intercept)
	solutions := make([][]float64, f.classes)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, f.opt.Cores))
	for class := range f.machines() {
		g.Go(func() error {
			q := &problem{gram: products, x: x, norms: norms, bias: f.p.Intercept, weights: weights, y: make([]int8, len(rows))}
			for i, r := range rows {
				q.y[i] = -1
				if int(f.y[r]) == class {
					q.y[i] = 1
				}
			}
			w, passes := q.solve(ctx, f.p, rand.New(rand.NewPCG(f.opt.Seed, uint64(class))))
			solutions[class] = w
			if report && passes == f.p.MaxIter && f.opt.Logf != nil {
				f.opt.Logf("linear-svm: class %d had not converged after %d passes; raise max_iter or tol", class, passes)
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return f.gather(solutions), nil
}

// machines gives how many machines there are: two classes need only one.
func (f *fitting) machines() int {
	if f.classes == 2 {
		return 1
	}
	return f.classes
}

func (f *fitting) gather(solutions [][]float64) *affine.Map {
	if f.classes == 2 { // classes 0 against 1: the second's margins are the negative
		second := make([]float64, len(solutions[0]))
		for j, v := range solutions[0] {
			second[j] = -v
		}
		solutions[1] = second
	}
	m := affine.New(f.x.Cols, f.classes)
	for class, w := range solutions {
		for j := range f.x.Cols {
			m.W[j*f.classes+class] = w[j]
		}
		m.Bias[class] = w[f.x.Cols] * f.p.Intercept
	}
	return m
}

// squares gives every row's squared length, the bias column included.
func squares(x *matrix.Matrix, bias float64) []float64 {
	norms := make([]float64, x.Rows)
	for i := range norms {
		_, values := x.SparseRow(i)
		norms[i] = bias * bias
		for _, v := range values {
			norms[i] += v * v
		}
	}
	return norms
}

func pick[T any](values []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}

// model is a fitted machine.
type model struct {
	margins  *affine.Map
	sigmoids []sigmoid // per class; nil when not calibrated
}

func (m *model) Outputs() int { return m.margins.Classes }
func (m *model) Columns() int { return m.margins.Cols }

// Predict gives calibrated probabilities, scaled to sum to 1; without
// calibration the softmax of the margins.
func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	k := m.margins.Classes
	dst = dst[:x.Rows*k]
	m.margins.Scores(dst, x)
	if m.sigmoids == nil {
		affine.Softmax(dst, k)
		return
	}
	for i := range x.Rows {
		row, sum := dst[i*k:(i+1)*k], 0.0
		for c, s := range m.sigmoids {
			row[c] = s.at(row[c])
			sum += row[c]
		}
		for c := range row {
			row[c] = share(row[c], sum, k)
		}
	}
}

func share(p, sum float64, k int) float64 {
	if sum == 0 {
		return 1 / float64(k)
	}
	return p / sum
}

// Explain implements estimator.Explainer, of the margins.
func (m *model) Explain(dst []float64, x *matrix.Matrix, i, class int) {
	m.margins.Explain(dst, x, i, class)
}

// MarshalBinary gives the margins, then the sigmoids' slopes and offsets.
func (m *model) MarshalBinary() ([]byte, error) {
	b := m.margins.Append(nil)
	for _, s := range m.sigmoids {
		b = affine.AppendFloats(b, []float64{s.slope, s.offset})
	}
	return b, nil
}

func decode(data []byte) (estimator.Model, error) {
	margins, rest, err := affine.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("linear-svm: %w", err)
	}
	m := &model{margins: margins}
	if len(rest) == 0 {
		return m, nil
	}
	if len(rest) != 16*margins.Classes {
		return nil, fmt.Errorf("linear-svm: %w", affine.ErrDamaged)
	}
	values, _, _ := affine.Floats(rest, 2*margins.Classes)
	for c := range margins.Classes {
		m.sigmoids = append(m.sigmoids, sigmoid{values[2*c], values[2*c+1]})
	}
	return m, nil
}

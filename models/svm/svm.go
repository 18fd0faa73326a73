// Package svm has the linear support vector machine for classification.
package svm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/floats"

	"labbook/internal/base/notebook"
	"labbook/internal/base/parallel"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
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
	Balanced  bool    `yaml:"balanced" doc:"Weigh classes so that each counts the same, as weights: balanced of train does; of use for one member of an ensemble."`
	Calibrate int     `yaml:"calibrate" range:"[0,20]" doc:"Folds of the cross-fitting that turns margins into probabilities; 0 leaves them uncalibrated, which is faster and ranks the same."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name: "linear-svm", Version: 4, Sparse: true, Parallel: true,
		Tasks: []metrics.Task{metrics.Classification},
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
	f := &fitting{p: p, y: data.Y, classes: len(data.Classes), opt: opt}
	folding := f.prepare(linear.Sparse(data.X), linear.Weights(data, p.Balanced))
	all := make([]int, f.x.Rows)
	for i := range all {
		all[i] = i
	}
	factors := make([][]float64, f.machines())
	var limited atomic.Bool
	err := f.each(ctx, all, func(class int, w weights, passes int) {
		factors[class] = w.sum()
		if passes == p.MaxIter {
			limited.Store(true)
		}
	})
	if err != nil {
		return nil, err
	}
	out := &model{}
	if limited.Load() {
		out.stopped = linear.Stopped("the support vector machine", p.MaxIter, "standardise the numbers in the features stage, or raise max_iter or tol")
	}
	if p.Calibrate > 1 {
		if out.sigmoids, err = f.calibrate(ctx, data); err != nil {
			return nil, err
		}
	}
	f.gram = nil // the weights take its place in memory
	out.margins = folding.Unfold(f.gather(f.opposed(factors)))
	return out, nil
}

// fitting is what the machines of one fit share.
type fitting struct {
	*space
	p       *Params
	y       []float64
	classes int
	opt     estimator.Options
}

// prepare takes the rows of x: with their products, or with fewer columns.
func (f *fitting) prepare(x *matrix.Matrix, weights []float64) (folding *linear.Folding) {
	f.space = &space{x: x, bias: f.p.Intercept, norms: squares(x, f.p.Intercept), weights: weights}
	if f.gram = newGram(f.space, f.machines()*(1+f.p.Calibrate), f.opt.Cores); f.gram != nil {
		return &linear.Folding{}
	}
	f.x, folding = linear.Fold(x)
	return folding
}

// each fits one machine a class against the rest on some of the rows, and shows
// each to use, perhaps several at once. The classes share nothing, so the result
// does not depend on the cores.
func (f *fitting) each(ctx context.Context, rows []int, use func(class int, w weights, passes int)) error {
	return parallel.Until(ctx, f.opt.Cores, f.machines(), func(class int) {
		p := &problem{space: f.space, rows: rows, y: make([]int8, f.x.Rows)}
		for i, y := range f.y {
			p.y[i] = -1
			if int(y) == class {
				p.y[i] = 1
			}
		}
		w, passes := p.solve(ctx, f.p, rand.New(rand.NewPCG(f.opt.Seed, uint64(class))))
		use(class, w, passes)
	})
}

// machines gives how many machines there are: two classes need only one, that of
// the first against the second.
func (f *fitting) machines() int {
	if f.classes == 2 {
		return 1
	}
	return f.classes
}

// opposed adds the second of two classes, which is the first's opposite.
func (f *fitting) opposed(machines [][]float64) [][]float64 {
	if f.classes != 2 {
		return machines
	}
	second := slices.Clone(machines[0])
	floats.Scale(-1, second)
	return [][]float64{machines[0], second}
}

// gather sums the rows up, each by its factor in every class.
func (f *fitting) gather(factors [][]float64) *affine.Map {
	m, row := affine.New(f.x.Cols, f.classes), make([]float64, f.classes)
	for i := range f.x.Rows {
		for class := range row {
			row[class] = factors[class][i]
		}
		floats.AddScaled(m.Bias, f.bias*f.bias, row)
		columns, values := f.x.SparseRow(i)
		for k, j := range columns {
			floats.AddScaled(m.W[int(j)*f.classes:][:f.classes], values[k], row)
		}
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

// model is a fitted machine.
type model struct {
	margins  *affine.Map
	sigmoids []sigmoid         // per class; nil when not calibrated
	stopped  *notebook.Finding // that it is not at its optimum; not encoded
}

// Findings implements estimator.Advisor.
func (m *model) Findings() []notebook.Finding { return linear.Found(m.stopped) }

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

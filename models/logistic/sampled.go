package logistic

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/linear"
)

// One row in sampleShare says nearly all about where the optimum of many lies, and
// how steep it is around there. So a fit to at least sampleRows begins at the optimum
// of these, and goes on in a metric in which that place is as steep in all directions:
// a third of the passes over all rows are left. What it stops at is the same gradient
// as without.
const (
	sampleShare = 10
	sampleRows  = 20_000
	// sampleParams is how many columns, with the bias, the metric has at most.
	sampleParams = 256
)

// sampled is a dense problem seen from the optimum of a sample of its rows: the
// weights are those of start plus factor⁻¹ u, where factorᵀ factor is the curvature.
type sampled struct {
	*dense
	within      float64 // what counts as no gradient, in the weights' own units
	start       []float64
	factor      blas64.Triangular
	theta, rise []float64
}

// newSampled fits the sample. It gives nil where rows are too few for one, or
// the sample has no optimum.
func newSampled(ctx context.Context, p *Params, o *dense) *sampled {
	n := o.x.Cols + 1
	if o.x.Rows < sampleRows || n > sampleParams || o.x.Rows/sampleShare < 20*n*o.scores {
		return nil
	}
	x := &matrix.Matrix{Rows: o.x.Rows / sampleShare, Cols: o.x.Cols}
	x.Dense = make([]float64, 0, x.Rows*x.Cols)
	y := make([]float64, x.Rows)
	var weights []float64
	for i := range x.Rows {
		x.Dense = append(x.Dense, o.x.Row(i*sampleShare)...)
		y[i] = o.y[i*sampleShare]
		if o.weights != nil {
			weights = append(weights, o.weights[i*sampleShare])
		}
	}
	part := newDense(x, y, weights, o.classes, o.c*sampleShare, o.cores)
	// A hundredth of what the gradient of all rows is there, by chance, is near enough.
	near := *p
	near.Tol = max(p.Tol, o.c*math.Sqrt(float64(o.x.Rows))/100)
	start, _, err := minimise(ctx, &near, estimator.Options{}, part, n*o.classes)
	if err != nil {
		return nil
	}
	var factor mat.Cholesky
	if !factor.Factorize(part.curvature(start)) {
		return nil
	}
	var upper mat.TriDense
	factor.UTo(&upper)
	return &sampled{dense: o, within: p.Tol, start: start, factor: upper.RawTriangular(), theta: make([]float64, len(start)), rise: make([]float64, len(start))}
}

// fit goes on from the sample's optimum, until all rows are as near theirs as p wants.
func (s *sampled) fit(ctx context.Context, p *Params, opt estimator.Options) (estimator.Model, error) {
	known := &Params{Tol: math.SmallestNonzeroFloat64, MaxIter: p.MaxIter} // at knows what is near enough
	u, limited, err := minimise(ctx, known, opt, s, len(s.start))
	if err != nil {
		return nil, err
	}
	theta := make([]float64, len(u))
	s.weightsAt(theta, u)
	return reached(p, theta, limited, s.x.Cols, s.classes, &linear.Folding{}), nil
}

// curvature gives, of the columns and the bias, the second derivatives of the
// objective by the weights of one class, in the mean of the classes and as far as
// theirs are not those of others: of two classes exactly.
func (o *dense) curvature(theta []float64) *mat.SymDense {
	n, k := o.x.Cols+1, o.classes
	rows := make([]float64, o.x.Rows*n)
	scores := make([]float64, k)
	for i := range o.x.Rows {
		row := o.x.Row(i)
		copy(scores, theta[(n-1)*k:])
		for j, v := range row {
			floats.AddScaled(scores, v, theta[j*k:(j+1)*k])
		}
		top, sum, squares := floats.Max(scores), 0.0, 0.0
		for _, s := range scores {
			e := math.Exp(s - top)
			sum += e
			squares += e * e
		}
		h := o.c * (1 - squares/(sum*sum)) / float64(k-1)
		if o.weights != nil {
			h *= o.weights[i]
		}
		root := math.Sqrt(h)
		to := rows[i*n : (i+1)*n]
		floats.ScaleTo(to[:n-1], root, row)
		to[n-1] = root
	}
	sum := mat.NewSymDense(n, nil)
	blas64.Syrk(blas.Trans, 1, blas64.General{Rows: o.x.Rows, Cols: n, Stride: n, Data: rows}, 0, sum.RawSymmetric())
	for j := range n - 1 {
		sum.SetSym(j, j, sum.At(j, j)+1)
	}
	return sum
}

// at gives the value, and the gradient by u into grad: 0 where it is within
// what the fit stops at.
func (s *sampled) at(grad, u []float64) float64 {
	s.weightsAt(s.theta, u)
	value := s.dense.at(s.rise, s.theta)
	if floats.Norm(s.rise, math.Inf(1)) < s.within {
		clear(grad)
		return value
	}
	copy(grad, s.rise)
	blas64.Trsm(blas.Left, blas.Trans, 1, s.factor, s.columns(grad))
	return value
}

// weightsAt writes the weights that u stands for.
func (s *sampled) weightsAt(theta, u []float64) {
	copy(theta, u)
	blas64.Trsm(blas.Left, blas.NoTrans, 1, s.factor, s.columns(theta))
	floats.Add(theta, s.start)
}

// columns sees parameters as a matrix with a row a column.
func (s *sampled) columns(of []float64) blas64.General {
	return blas64.General{Rows: len(of) / s.classes, Cols: s.classes, Stride: s.classes, Data: of}
}

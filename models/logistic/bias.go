package logistic

import "gonum.org/v1/gonum/mat"

// quasi steps the biases by BFGS without a line search: while the weights
// follow the biases from pass to pass, the curvature that counts is that of
// the optimum over the weights, a fraction of the Hessian's block, and has to
// be learned from the gradients met.
//
// Source: Nocedal and Wright, "Numerical Optimization", 2nd edition, (6.17).
type quasi struct {
	inverse          *mat.Dense // of the curvature
	gradient, before *mat.VecDense
	step             *mat.VecDense
}

// next moves bias, given the gradient there and the diagonal of the Hessian's
// block, which starts the estimate.
func (q *quasi) next(bias, gradient, curvature []float64) {
	n := len(bias)
	q.gradient = mat.NewVecDense(n, gradient)
	if q.inverse == nil {
		q.inverse = mat.NewDense(n, n, nil)
		for k, c := range curvature {
			if c > 0 {
				q.inverse.Set(k, k, 1/(2*c)) // twice the diagonal bounds the block
			}
		}
		q.before, q.step = mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	} else {
		q.learn()
	}
	q.before.CopyVec(q.gradient)
	q.step.MulVec(q.inverse, q.gradient)
	q.step.ScaleVec(-1/max(1, mat.Norm(q.step, 2)), q.step) // a step of 1 is a long way for a bias
	for k := range bias {
		bias[k] += q.step.AtVec(k)
	}
}

// learn updates the estimate by the last step and what it changed.
func (q *quasi) learn() {
	n := q.step.Len()
	var changed, moved mat.VecDense
	changed.SubVec(q.gradient, q.before)
	sy := mat.Dot(q.step, &changed)
	moved.MulVec(q.inverse, &changed)
	if sy <= 1e-10*mat.Norm(q.step, 2)*mat.Norm(&changed, 2) {
		return // no curvature seen along the step
	}
	var outer, cross mat.Dense
	outer.Outer((1+mat.Dot(&changed, &moved)/sy)/sy, q.step, q.step)
	cross.Outer(1/sy, &moved, q.step)
	q.inverse.Add(q.inverse, &outer)
	for i := range n {
		for j := range n {
			q.inverse.Set(i, j, q.inverse.At(i, j)-cross.At(i, j)-cross.At(j, i))
		}
	}
}

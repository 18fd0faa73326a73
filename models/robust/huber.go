package robust

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"labbook/models/estimator"
	"labbook/models/internal/linear"
)

// HuberParams are what a pipeline can say in `params`.
type HuberParams struct {
	Epsilon float64 `yaml:"epsilon" range:"[1,)" doc:"Scales of the residuals beyond which a row counts by its distance and not by its square."`
	Alpha   float64 `yaml:"alpha" range:"[0,)" doc:"Weight of the penalty on the sum of squared coefficients, as in scikit-learn's HuberRegressor. Standardise the numbers for it to treat them alike."`
}

// Huber describes Huber's regression.
func Huber() estimator.Spec {
	return spec("huber", `Huber's linear regression, which rows with wild targets do not pull away.

Huber and Ronchetti, "Robust Statistics", 2nd edition, 2009, section 7.7: residuals count by their square up to some times
their scale, and by their size beyond; the scale is estimated along with the coefficients (Huber's concomitant scale; Owen,
"A robust hybrid of lasso and ridge regression", 2007). The optimum is scikit-learn's HuberRegressor's, found by Newton's
method, and by reweighted least squares where that does not go down.`,
		func() any { return &HuberParams{Epsilon: 1.35, Alpha: 1e-4} },
		func(ctx context.Context, params any, d *design) (*model, error) {
			return d.huber(ctx, params.(*HuberParams))
		})
}

const (
	newtonSteps  = 100
	leastScale   = 1e-9  // of the target's spread: all rows fit
	leastDescent = 1e-16 // that a step promises, as a share of the objective
)

// hub is the objective at a point
//
//	Σ w (scale + H(r/scale) scale) + Σ penalty b²,  H(z) = z² or 2ε|z| - ε²,
//
// which is convex in coefficients and scale together, and so in the coefficients
// with the scale that is best for them.
type hub struct {
	*design
	epsilon float64
	penalty []float64
	r       []float64
	scale   float64
}

// value gives the objective, and leaves the residuals and their scale.
func (h *hub) value(b []float64) float64 {
	h.times(h.r, b)
	for i, f := range h.r {
		h.r[i] = h.y[i] - f
	}
	h.scale = h.bestScale()
	sum := 0.0
	for i, r := range h.r {
		z := math.Abs(r) / h.scale
		if z <= h.epsilon {
			z *= z
		} else {
			z = h.epsilon * (2*z - h.epsilon)
		}
		sum += h.weights[i] * h.scale * (1 + z)
	}
	for j, p := range h.penalty {
		sum += p * b[j] * b[j]
	}
	return sum
}

// bestScale solves Σ w min(r²/scale², ε²) = Σ w for the residuals: in 1/scale²
// the left side rises and is concave, so that Newton's method comes up to the
// solution from where all rows are inside, and is there after a few steps.
func (h *hub) bestScale() float64 {
	const most = 1 / (leastScale * leastScale)
	t := 0.0
	for {
		inside, outside := 0.0, 0.0
		for i, r := range h.r {
			if r*r*t <= h.epsilon*h.epsilon {
				inside += h.weights[i] * r * r
			} else {
				outside += h.weights[i]
			}
		}
		next := (float64(h.rows) - h.epsilon*h.epsilon*outside) / inside
		switch {
		case !(next < most):
			return leastScale
		case next <= t*(1+1e-15):
			return 1 / math.Sqrt(t)
		}
		t = next
	}
}

// step gives Newton's step from where value was asked last, and the slope along
// it. Rows outside have no curvature; with careful they have that of the
// parabola that touches them from above, as in reweighted least squares, which
// always goes down.
func (h *hub) step(b []float64, careful bool) (step []float64, slope float64) {
	n := h.columns
	inside, pull, along := make([]float64, h.rows), make([]float64, h.rows), make([]float64, h.rows)
	curve := 0.0
	for i, r := range h.r {
		w := h.weights[i]
		switch {
		case math.Abs(r) <= h.epsilon*h.scale:
			inside[i], pull[i], along[i] = 2*w/h.scale, 2*w*r/h.scale, 2*w*r/(h.scale*h.scale)
			curve += r * along[i] / h.scale
		case careful:
			inside[i] = 2 * w * h.epsilon / math.Abs(r)
			fallthrough
		default:
			pull[i] = 2 * w * h.epsilon * math.Copysign(1, r)
		}
	}
	down, hessian := h.transposed(pull), h.normal(inside)
	if !careful && h.scale > leastScale { // the scale follows
		cross := h.transposed(along)
		hessian.SymRankOne(hessian, -1/curve, mat.NewVecDense(n, cross))
	}
	for j, p := range h.penalty {
		hessian.SetSym(j, j, hessian.At(j, j)+2*p)
		down[j] -= 2 * p * b[j]
	}
	step = factorize(hessian).solve(down)
	return step, floats.Dot(step, down)
}

func (d *design) huber(ctx context.Context, p *HuberParams) (*model, error) {
	h := &hub{design: d, epsilon: p.Epsilon, penalty: make([]float64, d.columns), r: make([]float64, d.rows)}
	last := d.columns - 1
	for j := range last {
		if d.spreads[j] > 0 { // the penalty is per unit of the data, and relative to its size
			h.penalty[j] = p.Alpha * d.spreads[last] / (d.spreads[j] * d.spreads[j]) / d.unit
		}
	}
	b := d.leastSquares()
	value, settled := h.value(b), false
	for k := 0; k < newtonSteps && !settled && ctx.Err() == nil; k++ {
		settled = true
		for _, careful := range []bool{false, true} {
			step, slope := h.step(b, careful)
			if slope <= leastDescent*value {
				break
			}
			if v, fell := h.search(b, value, step, slope); fell {
				value, settled = v, false
				break
			}
		}
	}
	m := &model{Plane: d.plane(b), Scale: h.scale * d.spreads[last]}
	for _, r := range h.r {
		if math.Abs(r) > p.Epsilon*h.scale {
			m.Outside++
		}
	}
	if !settled {
		m.stopped = linear.Stopped("huber", newtonSteps, "raise epsilon or alpha, or drop columns that depend on each other")
	}
	return m, ctx.Err()
}

// search goes along a step until the objective falls by a part of what the
// slope promises, and changes b.
func (h *hub) search(b []float64, value float64, step []float64, slope float64) (_ float64, fell bool) {
	next := slices.Clone(b)
	for t := 1.0; t > 1e-4; t /= 2 {
		floats.AddScaledTo(next, b, t, step)
		if v := h.value(next); v < value-1e-4*t*slope {
			copy(b, next)
			return v, true
		}
	}
	h.value(b) // for its residuals
	return value, false
}

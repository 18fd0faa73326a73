package robust

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"labbook/models/estimator"
	"labbook/models/internal/linear"
)

// QuantileParams are what a pipeline can say in `params`.
type QuantileParams struct {
	Quantile float64 `yaml:"quantile" range:"(0,1)" doc:"Share of the targets that lie below the plane; 0.5 is the median, which minimises the mean absolute error."`
	Alpha    float64 `yaml:"alpha" range:"[0,)" doc:"Weight of the penalty on the sum of the coefficients' sizes, which is added to the mean loss as in scikit-learn's QuantileRegressor. Standardise the numbers for it to treat them alike."`
}

// Quantile describes the regression of a quantile.
func Quantile() estimator.Spec {
	return spec("quantile", `Linear regression of a quantile: the median, unless another is declared.

Koenker and Bassett, "Regression quantiles", Econometrica 46(1), 1978. The linear program is solved by a primal-dual
interior-point method, as Portnoy and Koenker do ("The Gaussian hare and the Laplacian tortoise", Statistical Science 12(4),
1997), with the predictor and corrector of Mehrotra (SIAM Journal on Optimization 2(4), 1992); the penalty is as many rows more.
With its optimum scikit-learn's QuantileRegressor agrees.`,
		func() any { return &QuantileParams{Quantile: 0.5} },
		func(ctx context.Context, params any, d *design) (*model, error) {
			return d.quantile(ctx, params.(*QuantileParams))
		})
}

const (
	interiorSteps = 100
	leastGap      = 1e-13 // between the primal and the dual, as a share of the loss
	reach         = 0.9995
)

// interior is a point inside
//
//	min Σ over u + under v,  X b + u - v = y,  u and v ≥ 0
//
// and its dual, whose prices lie between -under and over. The rows of the design
// are followed by one for each column that a penalty is on.
type interior struct {
	*design
	over, under, y []float64
	penalised      []int // columns
	b, u, v, price []float64
	below, above   []float64 // distances of the price from its ends: over-price, price+under
}

func (d *design) quantile(ctx context.Context, p *QuantileParams) (*model, error) {
	t := d.interior(p)
	settled := false
	for k := 0; k < interiorSteps && !settled && ctx.Err() == nil; k++ {
		settled = t.improve()
	}
	m := &model{Plane: d.plane(t.b), Quantile: p.Quantile}
	fit := make([]float64, d.rows)
	d.times(fit, t.b)
	for i, f := range fit {
		if d.y[i] < f {
			m.Below += d.weights[i] / float64(d.rows)
		}
	}
	if !settled {
		m.stopped = linear.Stopped("quantile", interiorSteps, "standardise the numbers in the features stage, or raise alpha")
	}
	return m, ctx.Err()
}

// interior begins at least squares, and in the middle of the prices.
func (d *design) interior(p *QuantileParams) *interior {
	t := &interior{design: d, b: d.leastSquares(), y: slices.Clone(d.y)}
	for _, w := range d.weights {
		t.over, t.under = append(t.over, w*p.Quantile), append(t.under, w*(1-p.Quantile))
	}
	for j := range d.columns - 1 {
		if d.spreads[j] > 0 && p.Alpha > 0 { // per unit of the column
			size := p.Alpha * float64(d.rows) / d.spreads[j]
			t.penalised, t.y = append(t.penalised, j), append(t.y, 0)
			t.over, t.under = append(t.over, size), append(t.under, size)
		}
	}
	n := len(t.y)
	t.u, t.v, t.price = make([]float64, n), make([]float64, n), make([]float64, n)
	t.below, t.above = slices.Clone(t.over), slices.Clone(t.under)
	r := t.along(t.b)
	for i, f := range r {
		r[i] = t.y[i] - f
	}
	room := 0.1*middle(r) + 1e-6
	for i, v := range r {
		t.u[i], t.v[i] = max(v, 0)+room, max(-v, 0)+room
	}
	return t
}

// along gives X b with the rows of the penalty.
func (t *interior) along(b []float64) []float64 {
	out := make([]float64, len(t.y))
	t.times(out[:t.rows], b)
	for k, j := range t.penalised {
		out[t.rows+k] = b[j]
	}
	return out
}

// back gives X'v with the rows of the penalty.
func (t *interior) back(v []float64) []float64 {
	out := t.transposed(v[:t.rows])
	for k, j := range t.penalised {
		out[j] += v[t.rows+k]
	}
	return out
}

// improve makes a step; done says whether the gap is closed, or no step is
// possible.
func (t *interior) improve() (done bool) {
	n := len(t.y)
	loss, gap := 0.0, 0.0
	for i := range n {
		loss += t.over[i]*t.u[i] + t.under[i]*t.v[i]
		gap += t.u[i]*t.below[i] + t.v[i]*t.above[i]
	}
	if gap <= leastGap*(loss+1e-3*float64(t.rows)) {
		return true
	}
	stiff := make([]float64, n)
	for i := range n {
		stiff[i] = 1 / (t.u[i]/t.below[i] + t.v[i]/t.above[i])
	}
	normal := t.normal(stiff[:t.rows])
	for k, j := range t.penalised {
		normal.SetSym(j, j, normal.At(j, j)+stiff[t.rows+k])
	}
	factor := factorize(normal)
	ahead := t.direction(stiff, factor, 0, nil)
	primal, dual := t.room(ahead)
	left := 0.0
	for i := range n {
		left += (t.u[i]+primal*ahead.u[i])*(t.below[i]-dual*ahead.price[i]) + (t.v[i]+primal*ahead.v[i])*(t.above[i]+dual*ahead.price[i])
	}
	ratio := left / gap
	step := t.direction(stiff, factor, ratio*ratio*ratio*gap/float64(2*n), ahead)
	primal, dual = t.room(step)
	primal, dual = min(1, reach*primal), min(1, reach*dual)
	floats.AddScaled(t.b, primal, step.b)
	floats.AddScaled(t.u, primal, step.u)
	floats.AddScaled(t.v, primal, step.v)
	floats.AddScaled(t.price, dual, step.price)
	floats.AddScaled(t.below, -dual, step.price)
	floats.AddScaled(t.above, dual, step.price)
	return max(primal, dual) < 1e-10
}

// direction is where to go from a point.
type direction struct{ b, u, v, price []float64 }

// direction gives Newton's direction towards the point where the products of
// what belongs together are mu, less what they gain of second order ahead.
func (t *interior) direction(stiff []float64, factor *factor, mu float64, ahead *direction) *direction {
	n := len(t.y)
	out := &direction{u: make([]float64, n), v: make([]float64, n)}
	miss := t.along(t.b) // of the constraint, with u and v where they would go at equal prices
	for i, f := range miss {
		over, under := mu, mu
		if ahead != nil {
			over += ahead.u[i] * ahead.price[i]
			under -= ahead.v[i] * ahead.price[i]
		}
		out.u[i], out.v[i] = over/t.below[i]-t.u[i], under/t.above[i]-t.v[i]
		miss[i] = (t.y[i] - f - t.u[i] + t.v[i] - out.u[i] + out.v[i]) * stiff[i]
	}
	right := t.back(miss)
	floats.Add(right, t.back(t.price)) // which should be 0
	out.b = factor.solve(right)
	out.price = t.along(out.b)
	for i, f := range out.price {
		out.price[i] = miss[i] - stiff[i]*f
		out.u[i] += t.u[i] / t.below[i] * out.price[i]
		out.v[i] -= t.v[i] / t.above[i] * out.price[i]
	}
	return out
}

// room gives how far a direction can be gone, at most 1/reach, before u or v,
// and before a price, is at its end.
func (t *interior) room(d *direction) (primal, dual float64) {
	primal, dual = 1/reach, 1/reach
	for i, p := range d.price {
		if d.u[i] < 0 {
			primal = min(primal, -t.u[i]/d.u[i])
		}
		if d.v[i] < 0 {
			primal = min(primal, -t.v[i]/d.v[i])
		}
		if p > 0 {
			dual = min(dual, t.below[i]/p)
		} else if p < 0 {
			dual = min(dual, -t.above[i]/p)
		}
	}
	return primal, dual
}

// middle gives the median size.
func middle(r []float64) float64 {
	sizes := make([]float64, len(r))
	for i, v := range r {
		sizes[i] = math.Abs(v)
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

package elasticnet

import (
	"context"
	"math"
)

// problem is a least-squares problem in columns that are centred and scaled,
// with a point of coefficients at which its sums are known. Rows' weights sum
// to 1, so that sums are means.
type problem interface {
	// curvature is the mean square of column j; 0 where it does not vary.
	curvature(j int) float64
	// slope is the mean of column j times the residual.
	slope(j int) float64
	// move changes coefficient j.
	move(j int, by float64)
	// norms gives the means of the squared residual, of the squared target, and of
	// the residual times the target.
	norms() (residual, target, cross float64)
}

// exact is how little a pass lowers an objective, as a share of the target's
// variance, that is as low as float64 can tell.
const exact = 1e-26

// descent minimises
//
//	½ mean (y - X b)² + alpha (ratio unit |b|₁ + ½ (1-ratio) |b|²)
//
// by one coefficient after the other.
type descent struct {
	problem
	ratio, unit float64
	tol         float64 // share of the objective that the duality gap may be
	passes      int     // at most, for each alpha

	b      []float64
	slopes []float64 // as of the last check of all columns
	listed []bool    // whether a column is among those
	list   []int     // that take part: all others are 0
}

func newDescent(p problem, columns int, ratio, tol float64, passes int) *descent {
	d := &descent{problem: p, ratio: ratio, unit: 1, tol: tol, passes: passes,
		b: make([]float64, columns), slopes: make([]float64, columns), listed: make([]bool, columns)}
	d.survey()
	return d
}

// survey brings the slopes up to date.
func (d *descent) survey() {
	for j := range d.slopes {
		d.slopes[j] = d.slope(j)
	}
}

// begin gives an alpha that leaves no coefficient, or next to nothing of each,
// and below which part of it nothing is to be found any more. A coefficient
// leaves 0 where the penalty on its size is its slope; the other penalty leaves
// a thousandth of it where it is a thousand times the curvature.
func (d *descent) begin() (alpha, part float64) {
	slope, curvature := 0.0, 0.0
	for j, s := range d.slopes {
		slope = max(slope, math.Abs(s))
		curvature = max(curvature, d.curvature(j))
	}
	sizes, squares := slope/(d.ratio*d.unit), 1000*curvature/(1-d.ratio)
	if d.ratio == 0 || squares < sizes {
		return squares, 1e-8
	}
	return sizes, 1e-5
}

// solve minimises from the solution for the alpha before, which is larger, and
// says whether the duality gap was closed, or rounding is all that is left of it.
func (d *descent) solve(ctx context.Context, alpha, before float64) (closed bool) {
	l1, l2 := alpha*d.ratio*d.unit, alpha*(1-d.ratio)
	d.keep()
	d.admit(2*l1 - before*d.ratio*d.unit) // the strong rule: slopes change no faster than the penalty
	residual, target, _ := d.norms()
	small := d.tol * residual
	for left := d.passes; left > 0 && ctx.Err() == nil; left-- {
		moved := d.pass(d.list, l1, l2)
		if moved > small {
			for used := d.used(); left > 1 && d.pass(used, l1, l2) > small; left-- {
			}
			continue
		}
		d.survey()
		if d.admit(l1) {
			continue // the rule was wrong of these
		}
		gap, objective := d.gap(l1, l2)
		if moved <= exact*target || gap <= d.tol*objective {
			return true
		}
		small /= 4
	}
	d.survey()
	return false
}

// used gives the columns whose coefficient is not 0.
func (d *descent) used() []int {
	var used []int
	for _, j := range d.list {
		if d.b[j] != 0 {
			used = append(used, j)
		}
	}
	return used
}

// keep lists the columns whose coefficient is not 0, and no others.
func (d *descent) keep() {
	used := d.used()
	clear(d.listed)
	for _, j := range used {
		d.listed[j] = true
	}
	d.list = used
}

// admit lists the columns whose slope is above a bound, and says whether there
// are new ones.
func (d *descent) admit(bound float64) bool {
	before := len(d.list)
	for j, s := range d.slopes {
		if !d.listed[j] && math.Abs(s) > bound && d.curvature(j) > 0 {
			d.listed[j] = true
			d.list = append(d.list, j)
		}
	}
	return len(d.list) > before
}

// pass sets each of the coefficients to its optimum, given the others, and
// gives the most that one of these steps lowered the objective by, roughly.
func (d *descent) pass(list []int, l1, l2 float64) float64 {
	most := 0.0
	for _, j := range list {
		a, old := d.curvature(j), d.b[j]
		next := shrink(d.slope(j)+a*old, l1) / (a + l2)
		if next == old {
			continue
		}
		d.b[j] = next
		d.move(j, next-old)
		most = max(most, (a+l2)*(next-old)*(next-old))
	}
	return most
}

// shrink is the soft threshold.
func shrink(v, by float64) float64 {
	switch {
	case v > by:
		return v - by
	case v < -by:
		return v + by
	}
	return 0
}

// gap bounds how far the objective, which it gives too, is above its least
// value: by a point of the dual that the residual gives (Kim, Koh, Lustig, Boyd
// and Gorinevsky, "An interior-point method for large-scale l1-regularized least
// squares", 2007), or, without a penalty on sizes, by the gradient and the
// curvature of the penalty.
func (d *descent) gap(l1, l2 float64) (gap, objective float64) {
	var sizes, squares, most, gradient float64
	for j, b := range d.b {
		sizes += math.Abs(b)
		squares += b * b
		if d.curvature(j) > 0 {
			g := d.slopes[j] - l2*b
			most = max(most, math.Abs(g))
			gradient += g * g
		}
	}
	residual, _, cross := d.norms()
	objective = (residual+l2*squares)/2 + l1*sizes
	if l1 == 0 {
		return gradient / (2 * l2), objective
	}
	scale := 1.0
	if most > l1 {
		scale = l1 / most
	}
	return (1+scale*scale)/2*(residual+l2*squares) + l1*sizes - scale*cross, objective
}

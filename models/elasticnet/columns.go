package elasticnet

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/linear"
)

// columns is a problem of many columns, held one after the other as they are
// stored. Centring would fill them: the residual is
//
//	residual[i] + shift * roots[i]
//
// instead, where roots are those of the rows' weights, with which all of a row
// is multiplied.
type columns struct {
	x        *matrix.Matrix // sparse; its rows are the columns
	roots    []float64
	residual []float64
	shift    float64
	target   []float64
	means    []float64 // of the scaled columns
	squares  []float64 // mean squares of the centred and scaled columns
}

// newColumns gives the problem of data, and how its columns were centred and
// scaled.
func newColumns(data *estimator.Data, standardise bool) (*columns, *scaling) {
	x := linear.Sparse(data.X).Transpose()
	c := &columns{x: x, roots: make([]float64, data.X.Rows), target: make([]float64, data.X.Rows),
		means: make([]float64, x.Rows), squares: make([]float64, x.Rows)}
	total, sc := 0.0, newScaling(x.Rows)
	for i := range c.roots {
		total += weight(data, i)
	}
	for i, y := range data.Y {
		v := weight(data, i) / total
		c.roots[i] = math.Sqrt(v)
		sc.target += v * y
	}
	for i, y := range data.Y {
		c.target[i] = c.roots[i] * (y - sc.target)
	}
	c.residual = append([]float64(nil), c.target...)
	for j := range x.Rows {
		rows, values := x.SparseRow(j)
		mean, there := 0.0, 0.0
		for k, i := range rows {
			v := c.roots[i] * c.roots[i]
			mean += v * values[k]
			there += v
		}
		variance := 0.0
		if len(rows) < len(c.roots) { // what is not stored is 0
			variance = mean * mean * max(0, 1-there)
		}
		for k, i := range rows {
			variance += c.roots[i] * c.roots[i] * (values[k] - mean) * (values[k] - mean)
		}
		sc.set(j, mean, variance, standardise)
		scale := sc.scales[j]
		c.means[j], c.squares[j] = mean*scale, variance*scale*scale
		for k, i := range rows {
			values[k] *= scale * c.roots[i]
		}
	}
	return c, sc
}

func (c *columns) curvature(j int) float64 { return c.squares[j] }

// slope needs no term for the mean, as the residuals sum to 0.
func (c *columns) slope(j int) float64 {
	rows, values := c.x.SparseRow(j)
	sum := c.shift * c.means[j]
	if len(rows) == len(c.residual) { // all rows, in order
		return sum + floats.Dot(values, c.residual)
	}
	for k, i := range rows {
		sum += values[k] * c.residual[i]
	}
	return sum
}

func (c *columns) move(j int, by float64) {
	rows, values := c.x.SparseRow(j)
	c.shift += by * c.means[j]
	if len(rows) == len(c.residual) {
		floats.AddScaled(c.residual, -by, values)
		return
	}
	for k, i := range rows {
		c.residual[i] -= by * values[k]
	}
}

func (c *columns) norms() (residual, target, cross float64) {
	for i, y := range c.target {
		r := c.residual[i] + c.shift*c.roots[i]
		residual += r * r
		target += y * y
		cross += r * y
	}
	return residual, target, cross
}

package logistic

import (
	"math"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
)

// objective is the penalised negative log-likelihood of the softmax model,
//
//	½ |W|² + C Σ weight_i · -log P(y_i | x_i),
//
// and its gradient. The parameters are W, column-major in the input (those of
// column j are at j*classes), then the biases, which are not penalised. Every
// sum has a fixed order, so the values do not depend on the cores.
type objective struct {
	x, columns *matrix.Matrix // sparse, and its transpose
	y          []float64
	weights    []float64 // nil means 1
	classes    int
	c          float64
	cores      int

	residuals []float64 // rows x classes: C weight (P - [y = class])
	losses    []float64 // per row
}

func newObjective(x *matrix.Matrix, y, weights []float64, classes int, c float64, cores int) *objective {
	return &objective{
		x: x, columns: x.Transpose(), y: y, weights: weights, classes: classes, c: c, cores: max(1, cores),
		residuals: make([]float64, x.Rows*classes), losses: make([]float64, x.Rows),
	}
}

// at gives the value, and the gradient into grad.
func (o *objective) at(grad, theta []float64) float64 {
	k, bias := o.classes, o.x.Cols*o.classes
	parallel(o.cores, o.x.Rows, 256, func(i int) { o.row(theta, i) })
	value := 0.0
	for _, l := range o.losses {
		value += l
	}
	clear(grad[bias:])
	for i, r := range o.residuals {
		grad[bias+i%k] += r
	}
	parallel(o.cores, o.x.Cols, 256, func(j int) {
		g := grad[j*k : (j+1)*k]
		copy(g, theta[j*k:])
		rows, values := o.columns.SparseRow(j)
		for p, i := range rows {
			r := o.residuals[int(i)*k:][:len(g)]
			for c := range g {
				g[c] += values[p] * r[c]
			}
		}
	})
	square := 0.0
	for _, w := range theta[:bias] {
		square += w * w
	}
	return value + square/2
}

// row computes the loss and the residuals of one row.
func (o *objective) row(theta []float64, i int) {
	k := o.classes
	p := o.residuals[i*k : (i+1)*k]
	copy(p, theta[o.x.Cols*k:])
	columns, values := o.x.SparseRow(i)
	for q, j := range columns {
		w := theta[int(j)*k:][:len(p)]
		for c := range p {
			p[c] += values[q] * w[c]
		}
	}
	y, top, sum := int(o.y[i]), math.Inf(-1), 0.0
	for _, s := range p {
		top = max(top, s)
	}
	margin := p[y] - top
	for c, s := range p {
		p[c] = math.Exp(s - top)
		sum += p[c]
	}
	scale := o.c
	if o.weights != nil {
		scale *= o.weights[i]
	}
	o.losses[i] = scale * (math.Log(sum) - margin)
	for c := range p {
		p[c] *= scale / sum
	}
	p[y] -= scale
}

// parallel calls fn for 0 … n-1, in blocks on the cores.
func parallel(cores, n, block int, fn func(i int)) {
	if cores == 1 || n <= block {
		for i := range n {
			fn(i)
		}
		return
	}
	var g errgroup.Group
	for core := range cores {
		g.Go(func() error {
			for start := core * block; start < n; start += cores * block {
				for i := start; i < min(start+block, n); i++ {
					fn(i)
				}
			}
			return nil
		})
	}
	g.Wait()
}

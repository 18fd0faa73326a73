package logistic

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
)

// dual fits the same model as L-BFGS does, through its dual: the probabilities
// p_i that the model gives row i are the variables, and
//
//	W = Σ c_i x_i (y_i - p_i)
//
// always. One row's probabilities at a time are set to their exact optimum,
// given all others. The biases, which no penalty holds back, are to it the
// weights of a column that every row has, with a penalty on how far they go
// from where the last pass left them; as that moves along, it comes to nothing.
// All this needs no memory but W and the probabilities, and on rows of length 1,
// which TF-IDF gives, about ten passes.
//
// Sources: Yu, Huang and Lin, "Dual coordinate descent methods for logistic
// regression and maximum entropy models", Machine Learning 85, 2011, though
// here a row's whole block is solved by Newton's method on its optimality
// conditions; for the biases Rockafellar, "Augmented Lagrangians and
// applications of the proximal point algorithm in convex programming",
// Mathematics of Operations Research 1, 1976.
type dual struct {
	x       *matrix.Matrix // sparse
	y       []float64
	costs   []float64 // per row: C times its weight
	squares []float64 // per row: its squared length, the bias column included
	bias    float64   // the square of the bias column's value
	m       *affine.Map
	p, logs []float64 // rows x classes: the probabilities, and their logarithms

	residual                []float64 // per class: Σ c_i (y_i - p_i), which ends as 0
	scores, softmax, change []float64 // scratch, a value per class
}

func newDual(x *matrix.Matrix, y, weights []float64, classes int, c float64) *dual {
	d := &dual{
		x: x, y: y, m: affine.New(x.Cols, classes), costs: make([]float64, x.Rows), squares: make([]float64, x.Rows),
		p: make([]float64, x.Rows*classes), logs: make([]float64, x.Rows*classes),
		residual: make([]float64, classes), scores: make([]float64, classes), softmax: make([]float64, classes), change: make([]float64, classes),
	}
	for i := range d.costs {
		d.costs[i] = c
		if weights != nil {
			d.costs[i] *= weights[i]
		}
		_, values := x.SparseRow(i)
		d.squares[i] = floats.Dot(values, values)
	}
	// A bias column of half a row's squared length took the fewest passes.
	if d.bias = floats.Sum(d.squares) / float64(2*max(1, x.Rows)); d.bias == 0 {
		d.bias = 1
	}
	floats.AddConst(d.bias, d.squares)
	d.begin()
	return d
}

// begin gives every row the shares of the classes.
func (d *dual) begin() {
	classes := d.m.Classes
	shares := make([]float64, classes)
	floats.AddConst(1, shares) // for a class that has no row
	for i, c := range d.costs {
		shares[int(d.y[i])] += c
	}
	floats.Scale(1/floats.Sum(shares), shares)
	logs := make([]float64, classes)
	for k, s := range shares {
		logs[k] = math.Log(s)
	}
	for i, c := range d.costs {
		copy(d.p[i*classes:], shares)
		copy(d.logs[i*classes:], logs)
		floats.ScaleTo(d.change, -c, shares)
		d.change[int(d.y[i])] += c
		d.add(i)
	}
	copy(d.m.Bias, logs)
}

// solve runs passes over the rows in random order until the gradient is
// within tol, and reports how many it took, and whether that was enough.
func (d *dual) solve(ctx context.Context, p *Params, opt estimator.Options) (passes int, converged bool) {
	random := rand.New(rand.NewPCG(opt.Seed, 0))
	order := make([]int, d.x.Rows)
	for i := range order {
		order[i] = i
	}
	classes := d.m.Classes
	errors, gradient := make([]float64, classes), make([]float64, classes)
	for passes = 1; passes <= p.MaxIter && ctx.Err() == nil; passes++ {
		clear(errors)
		clear(gradient)
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			d.row(i, errors, gradient)
		}
		worst := 0.0
		for k := range classes {
			worst = max(worst, math.Sqrt(errors[k]), math.Abs(gradient[k]))
		}
		if opt.Progress != nil {
			opt.Progress(passes, p.MaxIter)
		}
		if worst <= p.Tol {
			return passes, true
		}
		// From where the biases are now.
		floats.AddScaled(d.m.Bias, d.bias, d.residual)
	}
	return passes - 1, false
}

// row improves row i's block. To errors it adds the squares of what the row
// contributes to the gradient by W, to gradient its part of the biases'.
func (d *dual) row(i int, errors, gradient []float64) {
	classes := d.m.Classes
	d.score(i)
	c, p := d.costs[i], d.p[i*classes:(i+1)*classes]
	copy(d.softmax, d.scores)
	affine.Softmax(d.softmax, classes)
	for k, s := range d.softmax {
		gradient[k] += c * s
		e := c * (s - p[k])
		errors[k] += e * e * (d.squares[i] - d.bias)
		d.change[k] = p[k]
		d.scores[k] += c * d.squares[i] * p[k]
	}
	gradient[int(d.y[i])] -= c
	block(p, d.logs[i*classes:(i+1)*classes], d.scores, c*d.squares[i])
	for k := range p {
		d.change[k] = c * (d.change[k] - p[k])
	}
	d.add(i)
}

// block moves p, with its logarithms, towards the solution of
//
//	log p_k + a p_k = z_k - λ,  Σ p_k = 1
//
// by Newton's method in the logarithms, which keep p positive, until a step is
// small; exactness does not pay, as the next pass comes to the row again.
func block(p, logs, z []float64, a float64) {
	const steps, small = 20, 1e-3
	for moved, s := 1.0, 0; moved > small && s < steps; s++ {
		sum, slope := 0.0, 0.0
		for k, pk := range p {
			w := pk / (1 + a*pk)
			sum += w * (z[k] - logs[k] - a*pk)
			slope += w
		}
		// Σ p_k dlog p_k = 0 gives λ.
		lambda := sum / slope
		moved = 0
		for k, pk := range p {
			d := (z[k] - lambda - logs[k] - a*pk) / (1 + a*pk)
			logs[k] += max(-4, min(2, d))
			moved = max(moved, math.Abs(d)*min(1, 16*pk))
			p[k] = math.Exp(logs[k])
		}
		total := 0.0
		for _, pk := range p {
			total += pk
		}
		shift := math.Log(total)
		for k := range p {
			p[k] /= total
			logs[k] -= shift
		}
	}
}

// score writes the scores of row i.
func (d *dual) score(i int) {
	out := d.scores
	copy(out, d.m.Bias)
	columns, values := d.x.SparseRow(i)
	for q, j := range columns {
		floats.AddScaled(out, values[q], d.m.W[int(j)*d.m.Classes:][:len(out)])
	}
}

// add adds x_i times the change to W and the biases.
func (d *dual) add(i int) {
	columns, values := d.x.SparseRow(i)
	for q, j := range columns {
		floats.AddScaled(d.m.W[int(j)*d.m.Classes:][:len(d.change)], values[q], d.change)
	}
	floats.Add(d.residual, d.change)
	floats.AddScaled(d.m.Bias, d.bias, d.change)
}

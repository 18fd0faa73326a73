package logistic

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"labbook/internal/data/matrix"
	"labbook/models/internal/exponential"
)

// dense is the objective for rows that are seldom 0. Two classes have weights
// that differ in their sign alone, so one score is enough for them. Rows are
// worked on in chunks, each with a gradient of its own, whose number depends on
// the problem and not on the cores: so does no sum.
type dense struct {
	x       *matrix.Matrix
	y       []float64
	weights []float64 // nil means 1
	classes int
	c       float64
	cores   int

	scores int       // per row: the number of classes, or 1 for two
	w      []float64 // by score: the weights of the columns, and the bias
	chunks []chunk
}

// chunk is some rows' share of the value and, laid out like dense.w, of the
// gradient.
type chunk struct {
	lo, hi int
	value  float64
	grad   []float64
}

// batch is how many rows a chunk works on at a time.
const batch = 256

func newDense(x *matrix.Matrix, y, weights []float64, classes int, c float64, cores int) *dense {
	o := &dense{x: x, y: y, weights: weights, classes: classes, c: c, cores: cores, scores: classes}
	if classes == 2 {
		o.scores = 1
	}
	o.w = make([]float64, o.scores*(x.Cols+1))
	// At most 64 chunks, and no more than 32 MB of their gradients.
	n := max(1, min(64, (x.Rows+batch-1)/batch, 4<<20/len(o.w)))
	for k := range n {
		o.chunks = append(o.chunks, chunk{lo: k * x.Rows / n, hi: (k + 1) * x.Rows / n, grad: make([]float64, len(o.w))})
	}
	return o
}

// at gives the value, and the gradient into grad; theta is as objective has it.
func (o *dense) at(grad, theta []float64) float64 {
	stride := o.x.Cols + 1
	for s := range o.scores {
		w := o.w[s*stride:][:stride]
		for j := range w {
			if w[j] = theta[j*o.classes+s]; o.classes == 2 {
				w[j] -= theta[j*o.classes+1]
			}
		}
	}
	parallel(o.cores, len(o.chunks), 1, func(k int) { o.chunks[k].sum(o) })
	value := 0.0
	for _, w := range theta[:o.x.Cols*o.classes] {
		value += w * w
	}
	value /= 2
	copy(grad, theta[:o.x.Cols*o.classes])
	clear(grad[o.x.Cols*o.classes:])
	for k := range o.chunks {
		value += o.chunks[k].value
		for s := range o.scores {
			for j, g := range o.chunks[k].grad[s*stride:][:stride] {
				if grad[j*o.classes+s] += g; o.classes == 2 {
					grad[j*o.classes+1] -= g
				}
			}
		}
	}
	return value
}

// sum sets the chunk's value and gradient.
func (c *chunk) sum(o *dense) {
	c.value = 0
	clear(c.grad)
	residuals := make([][]float64, o.scores)
	for s := range residuals {
		residuals[s] = make([]float64, batch)
	}
	cols, costs := o.x.Cols, make([]float64, batch)
	for lo := c.lo; lo < c.hi; lo += batch {
		hi := min(lo+batch, c.hi)
		for i := range hi - lo {
			row := o.x.Row(lo + i)
			for s, r := range residuals {
				w := o.w[s*(cols+1):][:cols+1]
				r[i] = floats.Dot(row, w[:cols]) + w[cols]
			}
			if costs[i] = o.c; o.weights != nil {
				costs[i] *= o.weights[lo+i]
			}
		}
		if o.classes == 2 {
			c.value += two(residuals[0][:hi-lo], o.y[lo:hi], costs)
		} else {
			c.value += several(residuals, o.y[lo:hi], costs)
		}
		for s, r := range residuals {
			g := c.grad[s*(cols+1):][:cols+1]
			i := 0
			for ; i+4 <= hi-lo; i += 4 {
				addFour(g, (*[4]float64)(r[i:]), o.x.Dense[(lo+i)*cols:][:4*cols])
			}
			for ; i < hi-lo; i++ {
				floats.AddScaled(g[:cols], r[i], o.x.Row(lo+i))
				g[cols] += r[i]
			}
		}
	}
}

// addFour adds four rows times their residuals to a gradient.
func addFour(g []float64, r *[4]float64, rows []float64) {
	n := len(g) - 1
	x0, x1, x2, x3 := rows[:n], rows[n:][:n], rows[2*n:][:n], rows[3*n:][:n]
	r0, r1, r2, r3 := r[0], r[1], r[2], r[3]
	for j, v := range x0 {
		g[j] += (v*r0 + x1[j]*r1) + (x2[j]*r2 + x3[j]*r3)
	}
	g[n] += (r0 + r1) + (r2 + r3)
}

// two turns scores, the logarithm of the odds of the first of two classes, into
// residuals, and gives the loss.
func two(scores, y, costs []float64) (loss float64) {
	var e [batch]float64
	for i, s := range scores {
		e[i] = -math.Abs(s)
	}
	exponential.Each(e[:len(scores)])
	for i, s := range scores {
		p, cost := 1/(1+e[i]), costs[i] // of the likelier class
		first := 1 - y[i]
		if s < 0 {
			p = 1 - p
		}
		loss += cost * (max(s, 0) - first*s)
		e[i]++
		scores[i] = cost * (p - first)
	}
	return loss + logs(e[:len(scores)], costs)
}

// several does so for the scores of each class.
func several(scores [][]float64, y, costs []float64) (loss float64) {
	var top, sum, rest [batch]float64
	copy(top[:], scores[0])
	for _, s := range scores[1:] {
		for i, v := range s[:len(y)] {
			top[i] = max(top[i], v)
		}
	}
	for i, class := range y {
		loss += costs[i] * (top[i] - scores[int(class)][i])
	}
	for _, s := range scores {
		s = s[:len(y)]
		for i := range s {
			s[i] -= top[i]
		}
		exponential.Each(s)
		for i, v := range s {
			sum[i] += v
		}
	}
	for i := range y {
		rest[i] = costs[i] / sum[i]
	}
	for _, s := range scores {
		for i := range y {
			s[i] *= rest[i]
		}
	}
	for i, class := range y {
		scores[int(class)][i] -= costs[i]
	}
	return loss + logs(sum[:len(y)], costs)
}

// logs sums the logarithms of numbers from 1 on, times their costs. Those that
// cost the same are multiplied first, eight at a time.
func logs(v, costs []float64) (sum float64) {
	for len(v) > 0 {
		n, product := 1, v[0]
		for n < min(len(v), 8) && costs[n] == costs[0] {
			product *= v[n]
			n++
		}
		sum += costs[0] * math.Log(product)
		v, costs = v[n:], costs[n:]
	}
	return sum
}

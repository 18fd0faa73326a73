package svm

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"labbook/internal/data/matrix"
)

// problem is one two-class problem: some rows of a matrix, with a bias column,
// and labels +1 and -1.
type problem struct {
	*space
	rows []int
	y    []int8 // per row of the matrix
}

// space is the matrix that problems have in common.
type space struct {
	x       *matrix.Matrix // sparse
	bias    float64        // the value of the bias column, 0 for none
	norms   []float64      // per row: its squared length, the bias column included
	weights []float64      // per row; nil means 1
	gram    *gram          // nil: too large
}

// solve finds the weights of
//
//	min over w of ½ w·w + C Σ loss(y_i w·x_i)
//
// for the hinge or the squared hinge loss, by descending one dual variable at
// a time in random order and setting aside those that stay at a bound.
//
// Source: Hsieh, Chang, Lin, Keerthi and Sundararajan, "A dual coordinate
// descent method for large-scale linear SVM", ICML 2008, algorithm 3; it is
// LIBLINEAR's and so scikit-learn's LinearSVC(dual=True).
func (p *problem) solve(ctx context.Context, o *Params, random *rand.Rand) (at weights, passes int) {
	n := len(p.rows)
	at = p.start()
	alpha := make([]float64, p.x.Rows)
	upper, diagonal := p.bounds(o)
	active := slices.Clone(p.rows)
	size := n
	oldMax, oldMin := math.Inf(1), math.Inf(-1)
	for passes = 1; passes <= o.MaxIter && ctx.Err() == nil; passes++ {
		top, bottom := math.Inf(-1), math.Inf(1)
		random.Shuffle(size, func(i, j int) { active[i], active[j] = active[j], active[i] })
		for s := 0; s < size; s++ {
			i := active[s]
			y := float64(p.y[i])
			g := y*at.margin(i) - 1 + alpha[i]*diagonal(i)
			projected := 0.0
			switch c := upper(i); {
			case alpha[i] == 0:
				if g > oldMax {
					size--
					active[s], active[size] = active[size], active[s]
					s--
					continue
				}
				projected = min(g, 0)
			case alpha[i] == c:
				if g < oldMin {
					size--
					active[s], active[size] = active[size], active[s]
					s--
					continue
				}
				projected = max(g, 0)
			default:
				projected = g
			}
			top, bottom = max(top, projected), min(bottom, projected)
			if math.Abs(projected) > 1e-12 {
				old := alpha[i]
				alpha[i] = min(max(old-g/(p.norms[i]+diagonal(i)), 0), upper(i))
				at.add(i, (alpha[i]-old)*y)
			}
		}
		if top-bottom <= o.Tol {
			if size == n {
				break
			}
			// Converged on the active part: look at all again.
			size, oldMax, oldMin = n, math.Inf(1), math.Inf(-1)
			continue
		}
		oldMax, oldMin = top, bottom
		if oldMax <= 0 {
			oldMax = math.Inf(1)
		}
		if oldMin >= 0 {
			oldMin = math.Inf(-1)
		}
	}
	return at, min(passes, o.MaxIter)
}

// start gives w = 0.
func (s *space) start() weights {
	factors := make([]float64, s.x.Rows)
	if s.gram != nil {
		return &implicit{s.gram, factors, make([]float64, s.x.Rows)}
	}
	return &explicit{s, factors, make([]float64, s.x.Cols+1)}
}

// bounds gives each dual variable's upper bound, and what the squared hinge
// adds to the diagonal of the dual problem.
func (p *problem) bounds(o *Params) (upper, diagonal func(i int) float64) {
	c := func(i int) float64 {
		if p.weights != nil {
			return o.C * p.weights[i]
		}
		return o.C
	}
	if o.Loss == "hinge" {
		return c, func(int) float64 { return 0 }
	}
	return func(int) float64 { return math.Inf(1) }, func(i int) float64 { return 0.5 / c(i) }
}

// dot gives w·x_i, in four sums at once, which do not wait for each other.
func (s *space) dot(w []float64, i int) float64 {
	columns, values := s.x.SparseRow(i)
	values = values[:len(columns)]
	var a, b, c, d float64
	k := 0
	for ; k+3 < len(columns); k += 4 {
		js, vs := columns[k:k+4:k+4], values[k:k+4:k+4]
		a += w[js[0]] * vs[0]
		b += w[js[1]] * vs[1]
		c += w[js[2]] * vs[2]
		d += w[js[3]] * vs[3]
	}
	for ; k < len(columns); k++ {
		a += w[columns[k]] * values[k]
	}
	return (a + b) + (c + d) + w[len(w)-1]*s.bias
}

// add adds d x_i to w, whose last weight is the bias column's.
func (s *space) add(w []float64, i int, d float64) {
	columns, values := s.x.SparseRow(i)
	values = values[:len(columns)]
	for k, j := range columns {
		w[j] += d * values[k]
	}
	w[len(w)-1] += d * s.bias
}

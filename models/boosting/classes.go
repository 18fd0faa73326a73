package boosting

import (
	"math"

	"labbook/models/internal/exponential"
)

// smallestHessian keeps leaves of certain rows from dividing by nothing.
const smallestHessian = 1e-16

// logistic is the log loss of two classes; its one margin is the log-odds of
// the second.
type logistic struct{ single }

func (logistic) flat() bool   { return false }
func (logistic) outputs() int { return 2 }

func (logistic) link(dst, margins []float64) {
	p := sigmoid(margins[0])
	dst[0], dst[1] = 1-p, p
}

func sigmoid(m float64) float64 { return 1 / (1 + math.Exp(-m)) }

func (logistic) start(y, w []float64) []float64 {
	p := mean(len(y), w, func(i int) float64 { return y[i] })
	p = min(max(p, 1e-6), 1-1e-6)
	return []float64{math.Log(p / (1 - p))}
}

func (logistic) gradients(g, h, margins [][]float64, y, w []float64) {
	g0, h0 := g[0][:len(y)], h[0][:len(y)]
	for i, m := range margins[0][:len(y)] {
		g0[i] = -m
	}
	exponential.Each(g0)
	for i, e := range g0 {
		p := 1 / (1 + e)
		g0[i] = p - y[i]
		h0[i] = p * (1 - p)
		if h0[i] < smallestHessian {
			h0[i] = smallestHessian
		}
	}
	weigh(w, g0, h0)
}

func (logistic) loss(margins [][]float64, y, w []float64) float64 {
	return mean(len(y), w, func(i int) float64 {
		m := margins[0][i]
		if y[i] > 0 {
			m = -m
		}
		return max(m, 0) + math.Log1p(math.Exp(-math.Abs(m)))
	})
}

// weigh multiplies derivatives by the weights of their rows; nil are all 1.
func weigh(w []float64, derivatives ...[]float64) {
	for i, weight := range w {
		for _, d := range derivatives {
			d[i] *= weight
		}
	}
}

// softmax is the log loss of several classes, each with a margin of its own. Its
// Hessian p(1-p) is taken k/(k-1) times for k classes, as LightGBM does, since
// margins that all rise by the same change nothing (Friedman, "Greedy function
// approximation", 2001, algorithm 6); XGBoost takes it twice.
type softmax struct{ classes int }

func (o softmax) groups() int  { return o.classes }
func (o softmax) outputs() int { return o.classes }
func (softmax) flat() bool     { return false }

func (softmax) link(dst, margins []float64) {
	top := math.Inf(-1)
	for _, m := range margins {
		top = max(top, m)
	}
	sum := 0.0
	for k, m := range margins {
		dst[k] = math.Exp(m - top)
		sum += dst[k]
	}
	for k := range dst {
		dst[k] /= sum
	}
}

func (o softmax) start(y, w []float64) []float64 {
	shares := make([]float64, o.classes)
	total := 0.0
	for i, class := range y {
		shares[int(class)] += weight(w, i)
		total += weight(w, i)
	}
	for k, s := range shares {
		shares[k] = math.Log(max(s/total, 1e-6))
	}
	return shares
}

func (o softmax) gradients(g, h, margins [][]float64, y, w []float64) {
	var sum [stripe]float64
	for k, m := range margins {
		e := g[k][:copy(g[k], m[:len(y)])]
		exponential.Each(e)
		for i, v := range e {
			sum[i] += v
		}
	}
	for i := range y {
		if s := sum[i]; s > 1e-100 && s < 1e100 {
			sum[i] = 1 / s
		} else {
			o.far(g, margins, i)
			sum[i] = 1
		}
	}
	factor := float64(o.classes) / float64(max(o.classes-1, 1))
	for k := range margins {
		gk, hk := g[k][:len(y)], h[k][:len(y)]
		for i, e := range gk {
			p := e * sum[i]
			second := factor * p * (1 - p)
			if second < smallestHessian {
				second = smallestHessian
			}
			gk[i], hk[i] = p, second
		}
	}
	for i, class := range y {
		g[int(class)][i]--
	}
	for k := range margins {
		weigh(w, g[k], h[k])
	}
}

// far writes the probabilities of a row whose margins are far from 0.
func (o softmax) far(p, margins [][]float64, i int) {
	row := make([]float64, o.classes)
	for k := range row {
		row[k] = margins[k][i]
	}
	o.link(row, row)
	for k, v := range row {
		p[k][i] = v
	}
}

func (o softmax) loss(margins [][]float64, y, w []float64) float64 {
	return mean(len(y), w, func(i int) float64 {
		top := math.Inf(-1)
		for k := range margins {
			top = max(top, margins[k][i])
		}
		sum := 0.0
		for k := range margins {
			sum += math.Exp(margins[k][i] - top)
		}
		return top + math.Log(sum) - margins[int(y[i])][i]
	})
}

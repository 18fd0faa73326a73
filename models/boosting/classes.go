package boosting

import "math"

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
	for i := range y {
		p := sigmoid(margins[0][i])
		g[0][i] = weight(w, i) * (p - y[i])
		h[0][i] = weight(w, i) * max(p*(1-p), smallestHessian)
	}
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

// softmax is the log loss of several classes, each with a margin of its own.
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
	p := make([]float64, o.classes)
	for i := range y {
		for k := range p {
			p[k] = margins[k][i]
		}
		o.link(p, p)
		for k, pk := range p {
			target := 0.0
			if int(y[i]) == k {
				target = 1
			}
			g[k][i] = weight(w, i) * (pk - target)
			h[k][i] = weight(w, i) * max(2*pk*(1-pk), smallestHessian)
		}
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

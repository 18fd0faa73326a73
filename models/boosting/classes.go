package boosting

import "math"

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

func (logistic) curvature() float64 { return 1 }

func (logistic) residuals(values [][]int64, odds [][]float64, y, g, h []float64) {
	v, e := values[0][:len(y)], odds[0][:len(y)]
	var first, second float64
	for i, class := range y {
		x := multiplied(e[i], v[i])
		p := x / (1 + x)
		e[i], v[i] = x, int64(math.Float64bits(p-class))
		first += math.Abs(p - class)
		second += float64(p * (1 - p))
	}
	g[0], h[0] = first, second
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

// Odds stay within farthest of 1 on either side, and those of a row together
// within its root, so that no product of them is beyond what numbers hold. What
// is left out are probabilities that no loss tells from 0.
const farthest = 1e100

// oddsOf is the factor of odds by which a margin rises.
func oddsOf(margin float64) float64 {
	return math.Exp(min(max(margin, -math.Ln10*100), math.Ln10*100))
}

// multiplied gives odds times a value, given by its bits.
func multiplied(odds float64, bits int64) float64 {
	odds *= math.Float64frombits(uint64(bits))
	if odds < 1/farthest {
		return 1 / farthest
	} else if odds > farthest {
		return farthest
	}
	return odds
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

func (o softmax) curvature() float64 { return float64(o.classes) / float64(max(o.classes-1, 1)) }

func (o softmax) residuals(values [][]int64, odds [][]float64, y, g, h []float64) {
	var share [stripe]float64 // the sum of a row's odds, then its inverse
	for k, e := range odds {
		e, v, share := e[:len(y)], values[k][:len(y)], share[:len(y)]
		for i, bits := range v {
			x := multiplied(e[i], bits)
			e[i] = x
			share[i] += x
		}
	}
	for i, sum := range share[:len(y)] {
		if root := math.Sqrt(farthest); sum < 1/root || sum > root {
			for _, e := range odds {
				e[i] /= sum
			}
			sum = 1
		}
		share[i] = 1 / sum
	}
	for k, e := range odds {
		e, v, share := e[:len(y)], values[k][:len(y)], share[:len(y)]
		var first, second, other, another float64 // two of each, as one addition waits for another
		for i, x := range e {
			p := x * share[i]
			v[i] = int64(math.Float64bits(p))
			first, other = other, first+p
			second, another = another, second+float64(p*(1-p))
		}
		g[k], h[k] = first+other, second+another
	}
	for i, class := range y {
		k := int(class)
		p := math.Float64frombits(uint64(values[k][i]))
		values[k][i] = int64(math.Float64bits(p - 1))
		g[k] += 1 - 2*p
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

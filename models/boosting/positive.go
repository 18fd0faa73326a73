package boosting

import "math"

// logLink is what objectives of numbers that cannot be negative share: the
// margin is the prediction's logarithm.
type logLink struct{ single }

func (logLink) flat() bool                  { return false }
func (logLink) link(dst, margins []float64) { dst[0] = math.Exp(margins[0]) }

// start is the logarithm of the mean, which suits all of these losses best.
func (logLink) start(y, w []float64) []float64 {
	m := mean(len(y), w, func(i int) float64 { return y[i] })
	return []float64{math.Log(max(m, 1e-16))}
}

// poisson is the negative log-likelihood of counts.
type poisson struct{ logLink }

// poissonDamping is e^0.7, XGBoost's max_delta_step for this objective: it
// keeps steps small where the margin is far too low.
const poissonDamping = 2.0137527074704766

func (poisson) gradients(g, h, margins [][]float64, y, w []float64) {
	for i := range y {
		e := math.Exp(margins[0][i])
		g[0][i] = weight(w, i) * (e - y[i])
		h[0][i] = weight(w, i) * e * poissonDamping
	}
}

func (poisson) loss(margins [][]float64, y, w []float64) float64 {
	return mean(len(y), w, func(i int) float64 { return math.Exp(margins[0][i]) - y[i]*margins[0][i] })
}

// gamma is the negative log-likelihood of positive numbers whose spread grows
// with their mean, of shape 1 and without what does not depend on the margin.
type gamma struct{ logLink }

// smallestHessian keeps leaves of certain rows from dividing by nothing.
const smallestHessian = 1e-16

func (gamma) gradients(g, h, margins [][]float64, y, w []float64) {
	for i := range y {
		ratio := y[i] * math.Exp(-margins[0][i])
		g[0][i] = weight(w, i) * (1 - ratio)
		h[0][i] = weight(w, i) * max(ratio, smallestHessian)
	}
}

func (gamma) loss(margins [][]float64, y, w []float64) float64 {
	return mean(len(y), w, func(i int) float64 { return margins[0][i] + y[i]*math.Exp(-margins[0][i]) })
}

// tweedie is the negative log-likelihood of sums of a Poisson number of gamma
// amounts, many of which are 0, such as what an insured costs a year (Jorgensen
// and de Souza, "Fitting Tweedie's compound Poisson model to insurance claims
// data", 1994), without what does not depend on the margin. The variance is
// proportional to the mean to the power, which is above 1, poisson's, and below
// 2, gamma's.
type tweedie struct {
	logLink
	power float64
}

func (o tweedie) gradients(g, h, margins [][]float64, y, w []float64) {
	a, b := 1-o.power, 2-o.power
	for i := range y {
		m := margins[0][i]
		of, all := y[i]*math.Exp(a*m), math.Exp(b*m)
		g[0][i] = weight(w, i) * (all - of)
		h[0][i] = weight(w, i) * max(b*all-a*of, smallestHessian)
	}
}

func (o tweedie) loss(margins [][]float64, y, w []float64) float64 {
	a, b := 1-o.power, 2-o.power
	return mean(len(y), w, func(i int) float64 {
		m := margins[0][i]
		return math.Exp(b*m)/b - y[i]*math.Exp(a*m)/a
	})
}

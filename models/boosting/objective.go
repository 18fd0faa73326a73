package boosting

import "labbook/models/estimator"

// objective is a loss and what follows from it. Margins, what the trees add
// up to, are kept by group: margins[k][i] is that of row i for group k.
type objective interface {
	// groups is how many margins a row has: trees that each round grows.
	groups() int
	// start gives the margin of each group that suits the target best alone.
	start(y, w []float64) []float64
	// flat says that the Hessian is the row's weight.
	flat() bool
	// loss is the weighted mean that validation goes by.
	loss(margins [][]float64, y, w []float64) float64
	// link turns the margins of a row into its prediction, which may share
	// their memory.
	link(dst, margins []float64)
	// outputs is the length of a prediction.
	outputs() int
}

// differentiable is an objective by its derivatives.
type differentiable interface {
	// gradients writes the first and second derivatives of some rows by their
	// margins, times the weight; h is empty where it would be all 1.
	gradients(g, h, margins [][]float64, y, w []float64)
}

// likelihood is a log loss of classes. A fit keeps the exponentials of its
// margins, the odds, and multiplies them by those of leaves, so that none is
// ever taken of a row; and its Hessian follows from the gradient.
type likelihood interface {
	// residuals multiplies the odds of at most stripe rows by values, given by
	// their bits, and puts the gradients, probabilities less what came true, in
	// the values' place, without weights. It gives for each group the sums of
	// |g| and of |g|(1-|g|).
	residuals(values [][]int64, odds [][]float64, y, g, h []float64)
	// curvature is how often |g|(1-|g|) is the Hessian of a gradient g.
	curvature() float64
}

// objectiveName resolves auto.
func objectiveName(p *Params, data *estimator.Data) string {
	switch {
	case p.Objective != "auto":
		return p.Objective
	case data.Classes == nil:
		return "squared_error"
	case len(data.Classes) == 2:
		return "logistic"
	}
	return "softmax"
}

// shape is what some losses are told besides their name.
type shape struct {
	quantile float64 // of quantile
	slope    float64 // of pseudo_huber
	power    float64 // of tweedie
}

// usual are the shapes of losses that are told nothing.
func usual() shape { return shape{quantile: 0.5, slope: 1, power: 1.5} }

// objectiveNamed gives the objective of a name, or nil.
func objectiveNamed(name string, s shape, classes int) objective {
	switch name {
	case "squared_error":
		return squaredError{}
	case "absolute_error":
		return quantileLoss{alpha: 0.5}
	case "quantile":
		return quantileLoss{alpha: s.quantile}
	case "pseudo_huber":
		return pseudoHuber{slope: s.slope}
	case "poisson":
		return poisson{}
	case "gamma":
		return gamma{}
	case "tweedie":
		return tweedie{power: s.power}
	case "logistic":
		return logistic{}
	case "softmax":
		return softmax{classes}
	}
	return nil
}

// refitter is an objective whose leaves get their values from the residuals of
// their rows, since its second derivative says nothing.
type refitter interface {
	leaf(residuals, weights []float64) float64
}

// single is what objectives of one margin, which is the prediction, share.
type single struct{}

func (single) groups() int                 { return 1 }
func (single) outputs() int                { return 1 }
func (single) link(dst, margins []float64) { dst[0] = margins[0] }

// weight gives the weight of a row; no weights are all 1.
func weight(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// mean is the weighted mean of f over n rows.
func mean(n int, w []float64, f func(i int) float64) float64 {
	sum, total := 0.0, 0.0
	for i := range n {
		sum += weight(w, i) * f(i)
		total += weight(w, i)
	}
	return sum / total
}

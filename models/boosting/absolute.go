package boosting

import (
	"math"
	"sort"
)

// quantileLoss is the pinball loss: its best constant is the alpha-quantile.
// With alpha 0.5 it is half the absolute error. The second derivative is
// nothing, so splits are found as if it were 1, and each leaf then moves to the
// quantile of its rows' residuals (Friedman 2001, XGBoost's adaptive trees).
type quantileLoss struct {
	single
	alpha float64
}

func (quantileLoss) flat() bool { return true }

func (o quantileLoss) start(y, w []float64) []float64 {
	return []float64{weightedQuantile(y, w, o.alpha)}
}

func (o quantileLoss) gradients(g, h, margins [][]float64, y, w []float64) {
	for i := range y {
		d := 0.0
		switch {
		case y[i] > margins[0][i]:
			d = -o.alpha
		case y[i] < margins[0][i]:
			d = 1 - o.alpha
		}
		g[0][i] = weight(w, i) * d
		if w != nil {
			h[0][i] = w[i]
		}
	}
}

func (o quantileLoss) leaf(residuals, weights []float64) float64 {
	return weightedQuantile(residuals, weights, o.alpha)
}

// loss is the pinball loss, doubled, so that for the median it is the mean
// absolute error.
func (o quantileLoss) loss(margins [][]float64, y, w []float64) float64 {
	return 2 * mean(len(y), w, func(i int) float64 {
		r := y[i] - margins[0][i]
		return math.Max(o.alpha*r, (o.alpha-1)*r)
	})
}

// weightedQuantile gives the smallest value that has at least the share alpha
// of all weight at or below it, or, where it has just that, the middle between
// it and the next.
func weightedQuantile(values, weights []float64, alpha float64) float64 {
	order := make([]int, len(values))
	total := 0.0
	for i := range order {
		order[i] = i
		total += weight(weights, i)
	}
	if len(order) == 0 {
		return 0
	}
	sort.Slice(order, func(a, b int) bool {
		if values[order[a]] != values[order[b]] {
			return values[order[a]] < values[order[b]]
		}
		return order[a] < order[b]
	})
	want, sum := alpha*total, 0.0
	for k, i := range order {
		sum += weight(weights, i)
		if sum == want && k+1 < len(order) {
			return values[i]/2 + values[order[k+1]]/2
		}
		if sum >= want {
			return values[i]
		}
	}
	return values[order[len(order)-1]]
}

package trees

import (
	"context"

	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Random describes trees that split at random places.
func Random() estimator.Spec {
	const magic = "labbook extra-trees 2\n"
	return estimator.Spec{
		Name:    "extra-trees",
		Version: 2,
		Doc: `Extremely randomized trees, averaged.

Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006: every tree sees all rows; at each
node a threshold is drawn at random for each of some columns, and the split is taken that lowers the variance (of
classes, the Gini impurity) most. Contributions follow the way of a row down each tree and give a column what the mean
changes by at its splits.`,
		Tasks:    []metrics.Task{metrics.Regression, metrics.Classification},
		Params:   func() any { return defaults() },
		Parallel: true,
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			columns, err := transpose(data)
			if err != nil {
				return nil, err
			}
			return public(fit(ctx, magic, params.(*Params), data, opt, columns, func(g *grower) {
				g.rows = make([]int32, data.X.Rows)
				for i := range g.rows {
					g.rows[i] = int32(i)
				}
				g.way = &random{grower: g, values: make([]float32, data.X.Rows), left: sums{classes: make([]float64, len(data.Classes))}}
			}))
		},
		Decode: func(data []byte) (estimator.Model, error) { return decode(magic, data) },
	}
}

// random splits at a place that is drawn between the ends of a column.
type random struct {
	*grower
	rows   []int32
	all    *sums
	whole  float64 // the purity of all
	values []float32
	left   sums // of the split that is tried
}

func (r *random) node(rows []int32, all *sums) bool {
	r.rows, r.all, r.whole = rows, all, all.purity()
	return true
}

func (r *random) split(j int) (c candidate, varies bool) {
	low, high := r.gather(j)
	if !(low < high) {
		return candidate{}, false
	}
	threshold := low + float32(r.rng.Float64())*(high-low)
	if !(threshold > low) || threshold > high {
		threshold = high
	}
	n := r.sumLeft(threshold)
	if n < r.MinLeaf || len(r.rows)-n < r.MinLeaf {
		return candidate{}, true
	}
	gain := r.left.purity() - r.whole
	if len(r.all.classes) == 0 {
		right := sums{total: r.all.total - r.left.total, target: r.all.target - r.left.target}
		gain += right.purity()
	} else {
		gain += purityOfRest(r.all, &r.left)
	}
	return candidate{j, threshold, gain}, true
}

// gather copies a column's values of the rows, and gives their ends.
func (r *random) gather(j int) (low, high float32) {
	column, values := r.columns[j], r.values[:len(r.rows)]
	low, high = column[r.rows[0]], column[r.rows[0]]
	for at, i := range r.rows {
		v := column[i]
		values[at] = v
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// sumLeft sums the rows whose gathered value is below the threshold, and counts
// them.
func (r *random) sumLeft(threshold float32) int {
	r.left.total, r.left.target = 0, 0
	clear(r.left.classes)
	n := 0
	plain := r.data.Classes == nil && r.weights == nil
	for at, v := range r.values[:len(r.rows)] {
		if !(v < threshold) {
			continue
		}
		n++
		if plain {
			r.left.target += r.data.Y[r.rows[at]]
		} else {
			r.left.add(r.grower, r.rows[at])
		}
	}
	if plain {
		r.left.total = float64(n)
	}
	return n
}

// purityOfRest is that of the rows of all that are not in part.
func purityOfRest(all, part *sums) float64 {
	sum := 0.0
	for k, w := range all.classes {
		w -= part.classes[k]
		sum += w * w
	}
	return sum / (all.total - part.total)
}

package trees

import (
	"context"
	"math"

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
			x, err := tableOf(data)
			if err != nil {
				return nil, err
			}
			return public(fit(ctx, magic, params.(*Params), data, opt, x, func(g *grower) {
				g.rows = allRows(data.X.Rows)
				g.way = newRandom(g)
			}))
		},
		Decode: func(data []byte) (estimator.Model, error) { return decode(magic, data) },
	}
}

// allRows are the rows from 0 to n-1.
func allRows(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// random splits at a place that is drawn between the ends of a column.
type random struct {
	*grower
	rows  []int32
	all   *sums
	whole float64 // the purity of all
	left  sums    // of the split that is tried
	// Of the node's rows, in their order: the weight, nil for 1, the class or the
	// weight times the target, and the key in the column that is tried.
	weights, targets []float64
	classes          []int32
	keys             []int32
}

func newRandom(g *grower) *random {
	n, classes := len(g.rows), len(g.data.Classes)
	r := &random{grower: g, left: sums{classes: make([]float64, classes)}, keys: make([]int32, n)}
	if classes > 0 {
		r.classes = make([]int32, n)
	} else {
		r.targets = make([]float64, n)
	}
	if g.weights != nil {
		r.weights = make([]float64, n)
	}
	return r
}

// node implements splitter.
func (r *random) node(rows []int32, all *sums) bool {
	r.rows, r.all, r.whole = rows, all, all.purity()
	y := r.data.Y
	for at, i := range rows {
		w := 1.0
		if r.weights != nil {
			w = r.grower.weights[i]
			r.weights[at] = w
		}
		if r.classes != nil {
			r.classes[at] = int32(y[i])
		} else {
			r.targets[at] = w * y[i]
		}
	}
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
	key := keyOf(threshold)
	n := r.sumLeft(int64(key))
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
	return candidate{j, threshold, key, gain}, true
}

// gather copies a column's keys of the rows, and gives the ends of its values.
func (r *random) gather(j int) (low, high float32) {
	keys := r.keys[:len(r.rows)]
	lowest, highest := int32(math.MaxInt32), int32(math.MinInt32)
	for at, i := range r.rows {
		k := r.x.keys[int(i)*r.x.columns+j]
		keys[at] = k
		lowest, highest = min(lowest, k), max(highest, k)
	}
	return valueOf(lowest), valueOf(highest)
}

// sumLeft sums the rows whose gathered key is below a key, and counts them. It adds zeros for the others, for half of the guesses which they are
// would be wrong.
func (r *random) sumLeft(key int64) (n int) {
	l, keys := &r.left, r.keys[:len(r.rows)]
	if l.total, l.target = 0, 0; r.classes == nil {
		n, l.target = sumBelow(keys, r.targets, key)
	} else {
		n = r.countClasses(keys, key)
	}
	if l.total = float64(n); r.weights != nil {
		_, l.total = sumBelow(keys, r.weights, key)
	}
	return n
}

// sumBelow sums the values of the keys below a key, and counts them.
func sumBelow(keys []int32, values []float64, key int64) (n int, sum float64) {
	values = values[:len(keys)]
	for at, k := range keys {
		below := (int64(k) - key) >> 63 // -1 or 0
		n -= int(below)
		sum += math.Float64frombits(math.Float64bits(values[at]) & uint64(below))
	}
	return n, sum
}

// countClasses does so of classes' weights.
func (r *random) countClasses(keys []int32, key int64) (n int) {
	clear(r.left.classes)
	weights, classes := r.left.classes, r.classes[:len(keys)]
	for at, k := range keys {
		below := int(uint64(int64(k)-key) >> 63)
		n += below
		w := float64(below)
		if r.weights != nil {
			w *= r.weights[at]
		}
		weights[classes[at]] += w
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

package trees

import (
	"context"
	"slices"

	"labbook/internal/base/parallel"
)

// rank puts in the place of keys their places in the order of the column's
// values, so that rows are sorted by digits, and gives the values.
func (t *table) rank(ctx context.Context, cores int) (values [][]float32, err error) {
	values = make([][]float32, t.columns)
	err = parallel.Until(ctx, max(1, cores), t.columns, func(j int) {
		keys := make([]int32, len(t.keys)/t.columns)
		for i := range keys {
			keys[i] = t.keys[i*t.columns+j]
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		for i := j; i < len(t.keys); i += t.columns {
			at, _ := slices.BinarySearch(keys, t.keys[i])
			t.keys[i] = int32(at)
		}
		values[j] = make([]float32, len(keys))
		for at, k := range keys {
			values[j][at] = valueOf(k)
		}
	})
	return values, err
}

// best splits where most is gained.
type best struct {
	*grower
	values [][]float32 // by column and rank
	rows   []int32
	all    *sums
	// Of the node's rows, in their order: the weight, and the class or the weight
	// times the target, which is measured from the node's mean.
	weights, targets []float64
	classes          []int32
	keys             sorter
	left, right      []float64 // weights of the classes on either side
}

func newBest(g *grower, values [][]float32) *best {
	n, classes := len(g.rows), len(g.data.Classes)
	b := &best{grower: g, values: values, weights: make([]float64, n), keys: newSorter(n)}
	if classes > 0 {
		b.classes, b.left, b.right = make([]int32, n), make([]float64, classes), make([]float64, classes)
	} else {
		b.targets = make([]float64, n)
	}
	return b
}

// node implements splitter: rows of one target are not split.
func (b *best) node(rows []int32, all *sums) bool {
	b.rows, b.all = rows, all
	y := b.data.Y
	mean, differ := all.target/all.total, false
	for at, i := range rows {
		w := b.grower.weights[i]
		b.weights[at] = w
		if b.classes != nil {
			b.classes[at] = int32(y[i])
		} else {
			b.targets[at] = w * (y[i] - mean)
		}
		differ = differ || y[i] != y[rows[0]]
	}
	return differ
}

// split implements splitter: the threshold lies half-way between two values.
func (b *best) split(j int) (c candidate, varies bool) {
	keys := b.keys.sort(b.x, j, b.rows)
	low, high := keys[0].rank(), keys[len(keys)-1].rank()
	if low == high {
		return candidate{}, false
	}
	var at int
	var gain float64
	if b.classes == nil {
		at, gain = b.scanNumbers(keys)
	} else {
		at, gain = b.scanClasses(keys)
	}
	if at == 0 {
		return candidate{}, true
	}
	below, above := b.values[j][keys[at-1].rank()], b.values[j][keys[at].rank()]
	threshold := below + (above-below)/2
	if !(threshold > below && threshold <= above) {
		threshold = above
	}
	return candidate{j, threshold, int32(keys[at].rank()), gain}, true
}

// scanNumbers gives how many of the sorted rows go to the left at the best
// split, 0 where there is none, and what the squared error falls by.
func (b *best) scanNumbers(keys []key) (best int, gain float64) {
	var weight, target float64
	for at := 1; at <= len(keys)-b.MinLeaf; at++ {
		k := keys[at-1]
		weight += b.weights[k.place()]
		target += b.targets[k.place()]
		if k.rank() == keys[at].rank() || at < b.MinLeaf {
			continue
		}
		if g := target * target * b.all.total / (weight * (b.all.total - weight)); g > gain {
			best, gain = at, g
		}
	}
	return best, gain
}

// scanClasses does the same of classes: the Gini impurity times the weight.
func (b *best) scanClasses(keys []key) (best int, gain float64) {
	clear(b.left)
	copy(b.right, b.all.classes)
	whole := b.all.purity()
	weight, left, right := 0.0, 0.0, whole*b.all.total // sums of squares
	for at := 1; at <= len(keys)-b.MinLeaf; at++ {
		k := keys[at-1]
		w, c := b.weights[k.place()], b.classes[k.place()]
		left += w * (2*b.left[c] + w)
		right -= w * (2*b.right[c] - w)
		b.left[c] += w
		b.right[c] -= w
		weight += w
		if k.rank() == keys[at].rank() || at < b.MinLeaf {
			continue
		}
		if g := left/weight + right/(b.all.total-weight) - whole; g > gain {
			best, gain = at, g
		}
	}
	return best, gain
}

package trees

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/diag"
	"labbook/models/estimator"
)

// maxRows is what the indices of rows allow.
const maxRows = math.MaxInt32

// fit grows the trees, several at once. Each has a random source of its own,
// so that the model is the same on any number of cores.
func fit(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (*model, error) {
	if n := data.X.Rows; n == 0 || n > maxRows || data.X.Cols == 0 {
		return nil, diag.New("extra-trees needs rows and columns to learn from", "check what keep, split and drop leave")
	}
	columns := transpose(data)
	m := &model{columns: data.X.Cols, classes: len(data.Classes), packing: packingOf(data.X.Cols), trees: make([]tree, p.Trees), gain: make([]float64, data.X.Cols)}
	gains := make([][]float64, p.Trees)
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, opt.Cores))
	for k := range m.trees {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			g := newGrower(p, data, columns, rand.New(rand.NewPCG(opt.Seed, uint64(k))))
			g.grow(0, data.X.Rows, 0)
			if err := m.packing.check(len(g.tree.splits)); err != nil {
				return err
			}
			m.trees[k], gains[k] = g.tree, g.gain
			if n := done.Add(1); opt.Progress != nil {
				opt.Progress(int(n), p.Trees)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, of := range gains {
		for j, v := range of {
			m.gain[j] += v / float64(p.Trees)
		}
	}
	return m, nil
}

// transpose gives the columns; numbers are compared as float32.
func transpose(data *estimator.Data) [][]float32 {
	columns := make([][]float32, data.X.Cols)
	for j := range columns {
		columns[j] = make([]float32, data.X.Rows)
		for i := range columns[j] {
			columns[j][i] = float32(data.X.Dense[i*data.X.Cols+j])
		}
	}
	return columns
}

// grower grows one tree.
type grower struct {
	*Params
	data    *estimator.Data
	columns [][]float32
	packing packing
	rng     *rand.Rand
	try     int     // columns to try at a split
	order   []int   // of columns, shuffled as far as they are drawn
	rows    []int32 // those of a node are neighbours
	values  []float32
	tree    tree
	gain    []float64
	left    sums // of the split that is tried
}

// sums are weights: in all, and of the target or of each class.
type sums struct {
	total   float64
	target  float64
	classes []float64 // nil for a regression
}

func newGrower(p *Params, data *estimator.Data, columns [][]float32, rng *rand.Rand) *grower {
	n := len(columns)
	g := &grower{Params: p, data: data, columns: columns, packing: packingOf(n), rng: rng, order: make([]int, n),
		rows: make([]int32, data.X.Rows), values: make([]float32, data.X.Rows), gain: make([]float64, n)}
	for j := range g.order {
		g.order[j] = j
	}
	for i := range g.rows {
		g.rows[i] = int32(i)
	}
	switch {
	case p.MaxFeatures > 0:
		g.try = max(1, int(p.MaxFeatures*float64(n)))
	case data.Classes != nil:
		g.try = max(1, int(math.Sqrt(float64(n))))
	default:
		g.try = n
	}
	g.left.classes = make([]float64, len(data.Classes))
	return g
}

// grow grows the subtree of the rows from lo to hi, and appends it in preorder.
func (g *grower) grow(lo, hi, depth int) {
	rows, t := g.rows[lo:hi], &g.tree
	all := sums{classes: make([]float64, len(g.data.Classes))}
	for _, i := range rows {
		all.add(g, i)
	}
	if g.data.Classes == nil {
		t.values = append(t.values, float32(all.target/all.total))
	}
	best := candidate{}
	if len(rows) >= max(g.MinSplit, 2*g.MinLeaf) && (g.MaxDepth == 0 || depth < g.MaxDepth) {
		best = g.best(rows, &all)
	}
	if best.gain <= 0 {
		for _, w := range all.classes {
			t.values = append(t.values, float32(w/all.total))
		}
		return
	}
	g.gain[best.column] += best.gain
	middle := lo + part(rows, g.columns[best.column], best.threshold)
	at := len(t.splits)
	t.splits = append(t.splits, split{best.threshold, uint32(best.column)})
	g.grow(lo, middle, depth+1)
	t.splits[at].link |= uint32(len(t.splits)-at-1) << g.packing
	g.grow(middle, hi, depth+1)
}

// candidate is a split that could be made. The zero candidate is none.
type candidate struct {
	column    int
	threshold float32
	gain      float64
}

// best draws a threshold in each of some columns that vary, and gives the best
// of those splits.
func (g *grower) best(rows []int32, all *sums) candidate {
	var best candidate
	whole := all.purity()
	for tried, k := 0, 0; k < len(g.order) && tried < g.try; k++ {
		swap := k + g.rng.IntN(len(g.order)-k)
		g.order[k], g.order[swap] = g.order[swap], g.order[k]
		j := g.order[k]
		low, high := g.gather(rows, j)
		if !(low < high) {
			continue
		}
		tried++
		threshold := low + float32(g.rng.Float64())*(high-low)
		if !(threshold > low) || threshold > high {
			threshold = high
		}
		n := g.sumLeft(rows, threshold)
		if n < g.MinLeaf || len(rows)-n < g.MinLeaf {
			continue
		}
		right := sums{total: all.total - g.left.total, target: all.target - g.left.target}
		gain := g.left.purity() - whole
		if len(all.classes) == 0 {
			gain += right.purity()
		} else {
			gain += purityOfRest(all, &g.left)
		}
		if gain > best.gain && gain > 1e-12*math.Abs(whole) {
			best = candidate{j, threshold, gain}
		}
	}
	return best
}

// gather copies a column's values of the rows, and gives their ends.
func (g *grower) gather(rows []int32, j int) (low, high float32) {
	column, values := g.columns[j], g.values[:len(rows)]
	low, high = column[rows[0]], column[rows[0]]
	for at, i := range rows {
		v := column[i]
		values[at] = v
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// sumLeft sums the rows whose gathered value is below the threshold, and counts
// them.
func (g *grower) sumLeft(rows []int32, threshold float32) int {
	g.left.total, g.left.target = 0, 0
	clear(g.left.classes)
	n := 0
	plain := g.data.Classes == nil && g.data.Weights == nil
	for at, v := range g.values[:len(rows)] {
		if !(v < threshold) {
			continue
		}
		n++
		if plain {
			g.left.target += g.data.Y[rows[at]]
		} else {
			g.left.add(g, rows[at])
		}
	}
	if plain {
		g.left.total = float64(n)
	}
	return n
}

func (s *sums) add(g *grower, i int32) {
	w := 1.0
	if g.data.Weights != nil {
		w = g.data.Weights[i]
	}
	s.total += w
	if len(s.classes) > 0 {
		s.classes[int(g.data.Y[i])] += w
	} else {
		s.target += w * g.data.Y[i]
	}
}

// purity grows as the variance, or the Gini impurity, within the rows falls:
// the sum of squares over the weight.
func (s *sums) purity() float64 {
	if len(s.classes) == 0 {
		return s.target * s.target / s.total
	}
	sum := 0.0
	for _, w := range s.classes {
		sum += w * w
	}
	return sum / s.total
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

// part brings the rows below the threshold to the front, and counts them.
func part(rows []int32, column []float32, threshold float32) int {
	lo, hi := 0, len(rows)
	for lo < hi {
		if column[rows[lo]] < threshold {
			lo++
		} else {
			hi--
			rows[lo], rows[hi] = rows[hi], rows[lo]
		}
	}
	return lo
}

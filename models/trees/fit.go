package trees

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"labbook/models/estimator"
)

// fit grows the trees, several at once. Each has a random source of its own,
// so that the model is the same on any number of cores. begin gives a tree its
// rows and its way to split.
func fit(ctx context.Context, magic string, p *Params, data *estimator.Data, opt estimator.Options, x *table, begin func(*grower)) (*model, error) {
	m := &model{magic: magic, columns: data.X.Cols, classes: len(data.Classes), packing: packingOf(data.X.Cols), trees: make([]tree, p.Trees), gain: make([]float64, data.X.Cols)}
	gains := make([][]float64, p.Trees)
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, opt.Cores))
	for k := range m.trees {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			g := newGrower(p, data, x, rand.New(rand.NewPCG(opt.Seed, uint64(k))))
			begin(g)
			g.grow(0, len(g.rows), 0)
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

// grower grows one tree.
type grower struct {
	*Params
	way     splitter
	data    *estimator.Data
	weights []float64 // per row of the data; nil means 1
	x       *table
	packing packing
	rng     *rand.Rand
	try     int     // columns to try at a split
	order   []int   // of columns, shuffled as far as they are drawn
	rows    []int32 // those of a node are neighbours
	tree    tree
	gain    []float64
}

// splitter is a way to split a node.
type splitter interface {
	// node readies it for the rows of a node, and says whether they may be split.
	node(rows []int32, all *sums) bool
	// split gives the place in column j at which to split the rows of the node, and
	// what is gained; varies is false where the column is constant there.
	split(j int) (c candidate, varies bool)
}

// sums are weights: in all, and of the target or of each class.
type sums struct {
	total   float64
	target  float64
	classes []float64 // nil for a regression
}

func newGrower(p *Params, data *estimator.Data, x *table, rng *rand.Rand) *grower {
	n := x.columns
	g := &grower{Params: p, data: data, weights: data.Weights, x: x, packing: packingOf(n), rng: rng, order: make([]int, n), gain: make([]float64, n)}
	for j := range g.order {
		g.order[j] = j
	}
	switch {
	case p.MaxFeatures > 0:
		g.try = max(1, int(p.MaxFeatures*float64(n)))
	case data.Classes != nil:
		g.try = max(1, int(math.Sqrt(float64(n))))
	default:
		g.try = n
	}
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
		best = g.choose(rows, &all)
	}
	if best.gain <= 0 {
		for _, w := range all.classes {
			t.values = append(t.values, float32(w/all.total))
		}
		return
	}
	g.gain[best.column] += best.gain
	middle := lo + g.x.part(rows, best.column, best.key)
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
	key       int32 // of the table: what is below it goes left
	gain      float64
}

// choose gives the best of the splits in some columns that vary.
func (g *grower) choose(rows []int32, all *sums) candidate {
	var best candidate
	if !g.way.node(rows, all) {
		return best
	}
	least := 1e-12 * math.Abs(all.purity())
	for tried, k := 0, 0; k < len(g.order) && tried < g.try; k++ {
		swap := k + g.rng.IntN(len(g.order)-k)
		g.order[k], g.order[swap] = g.order[swap], g.order[k]
		c, varies := g.way.split(g.order[k])
		if varies {
			tried++
		}
		if c.gain > best.gain && c.gain > least {
			best = c
		}
	}
	return best
}

func (s *sums) add(g *grower, i int32) {
	w := 1.0
	if g.weights != nil {
		w = g.weights[i]
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

package boosting

import (
	"math"
	"math/rand/v2"
	"sync"
)

// grower grows one tree at a time. A tree is grown depth first: a node's rows
// and histograms are then still in the cache when its children need them, and
// at most two histograms a level are alive.
type grower struct {
	params   *Params
	data     *Dataset
	monotone []int // by column; nil when there are no constraints
	crew     *crew
	all      []uint32    // 0, 1, 2, …: the rows of every root
	rows     [2][]uint32 // those of the nodes below, and room to part them
	free     sync.Pool   // of *[]int64, histograms to be used again
	sides    sync.Pool   // of *[]uint8, as split.sides gives
	pairs    sync.Pool   // of *[2]branch, of trees that are finished
	cache    int         // bytes; see compact
	odds     bool        // rows get the exponentials of their leaves' values

	// The rest is of the tree that is growing.
	penalty penalty
	columns []int // that the tree may use, ascending
	root    *view
	total   sums
	seed    uint64
	refit   func(rows []uint32) float64 // the value of a leaf from its rows; nil: from the sums
}

// branch is a node of the tree that is growing.
type branch struct {
	split    split
	sums     sums
	value    float64
	children *[2]branch // the left and the right one; nil in a leaf
}

// size counts the nodes of a branch.
func (b *branch) size() int {
	if b.children == nil {
		return 1
	}
	return 1 + b.children[0].size() + b.children[1].size()
}

// task is a branch that may be split.
type task struct {
	*branch
	view  *view
	rows  []uint32
	into  []uint32 // room for the children's rows
	sums  histogram
	depth int
	path  uint64 // 1 for the root, then a bit for each turn: names the node to its random numbers
	bounds
}

// grow gives the tree for the gradients of the root view, where it leaves the
// values of the rows.
func (g *grower) grow() *branch {
	w := g.crew.lead()
	t := task{branch: &branch{}, view: g.root, rows: g.all, into: g.rows[0], path: 1, bounds: unbounded()}
	t.sums = g.histogram(g.root.h != nil)
	g.sumRoot(w, t.sums)
	t.branch.sums = g.total
	g.complete(&t)
	g.setValue(&t)
	if g.params.MaxLeaves > 0 {
		g.growByOrder(w, t)
	} else {
		g.growDown(w, t)
	}
	return t.branch
}

// growDown grows everything below a branch.
func (g *grower) growDown(w *worker, t task) {
	if !g.search(&t) {
		g.settle(&t)
		return
	}
	if g.lastLevel(&t) {
		g.settlePair(&t)
		return
	}
	compact := g.compact(w, &t)
	left, right := g.divide(w, &t)
	if min(len(left.rows), len(right.rows)) < shareRows {
		g.growDown(w, left)
		g.growDown(w, right)
	} else {
		g.growBoth(w, left, right)
	}
	if compact != nil {
		compact.hoist(w)
		w.views = append(w.views, compact)
	}
}

// growBoth has another worker grow one of two branches, if there is one.
func (g *grower) growBoth(w *worker, left, right task) {
	w.join(
		func(w *worker) { g.growDown(w, left) },
		func(w *worker) { g.growDown(w, right) })
}

// search finds the best split of a task, if there is one.
func (g *grower) search(t *task) bool {
	if t.sums.g == nil {
		return false
	}
	base := g.penalty.score(t.branch.sums)
	if g.monotone != nil {
		base, _ = g.penalty.boundedScore(t.branch.sums, t.bounds)
	}
	s := newSearch(&g.penalty, t.branch.sums, base, g.params.Gamma)
	for _, j := range g.nodeColumns(t) {
		c := &g.data.columns[j]
		hg, hh := t.sums.column(g.data, j)
		switch {
		case c.categorical():
			s.category(j, c, hg, hh, g.params)
		case g.monotone != nil:
			s.monotone(j, c, hg, hh, g.monotone[j], t.bounds)
		default:
			s.number(j, c, hg, hh)
		}
	}
	if !s.found() {
		return false
	}
	t.split = s.best
	return true
}

// nodeColumns draws the columns that a node may use from those of its level,
// and those from the tree's.
func (g *grower) nodeColumns(t *task) []int {
	columns := g.columns
	if share := g.params.ColsampleByLevel; share < 1 {
		columns = draw(rand.New(rand.NewPCG(^g.seed, uint64(t.depth))), columns, share)
	}
	if share := g.params.ColsampleByNode; share < 1 {
		columns = draw(rand.New(rand.NewPCG(g.seed, t.path)), columns, share)
	}
	return columns
}

// splittable says whether a branch of this depth can have children.
func (g *grower) splittable(s sums, depth int) bool {
	return (g.params.MaxDepth == 0 || depth < g.params.MaxDepth) && g.penalty.count(s) >= 2*g.penalty.minRows &&
		g.penalty.hessian(s) >= 2*g.params.MinChildWeight
}

// lastLevel says whether both children of a task that has a split must be
// leaves.
func (g *grower) lastLevel(t *task) bool {
	left := t.split.left
	return g.refit == nil && !g.splittable(left, t.depth+1) && !g.splittable(t.branch.sums.minus(left), t.depth+1)
}

// divide parts the rows of a task that has a split and sums the histograms
// that its children need: the smaller child's from its rows, the other's as
// what is left of the parent's.
func (g *grower) divide(w *worker, t *task) (left, right task) {
	g.setChildren(t)
	side := g.sidesOf(&t.split)
	n := t.view.part(w, t.into, t.rows, t.split.column, *side)
	g.sides.Put(side)
	child := func(b *branch, rows, into []uint32, turn uint64) task {
		return task{branch: b, view: t.view, rows: rows, into: into, depth: t.depth + 1, path: t.path<<1 | turn, bounds: t.bounds}
	}
	room := t.rows
	if t.depth == 0 {
		room = g.rows[1] // g.all is of every tree
	}
	left = child(&t.children[0], t.into[:n], room[:n], 0)
	right = child(&t.children[1], t.into[n:], room[n:], 1)
	if g.monotone != nil {
		left.bounds, right.bounds = t.bounds.under(g.monotone[t.split.column], t.children[0].value, t.children[1].value)
	}
	small, large := &left, &right
	if len(small.rows) > len(large.rows) {
		small, large = large, small
	}
	needSmall, needLarge := g.splittable(small.branch.sums, small.depth), g.splittable(large.branch.sums, large.depth)
	if needSmall || needLarge {
		small.sums = g.histogram(t.sums.h != nil)
		g.sum(w, t.view, small.sums, small.rows)
		g.complete(small)
	}
	if needLarge {
		large.sums = t.sums
		large.sums.subtract(g.data, g.columns, small.sums)
	} else {
		g.recycle(t.sums)
	}
	if !needSmall && needLarge {
		g.recycle(small.sums)
		small.sums = histogram{}
	}
	return left, right
}

// setChildren makes the children of a task that has a split, with their
// values.
func (g *grower) setChildren(t *task) {
	t.children = g.pair()
	t.children[0] = branch{sums: t.split.left}
	t.children[1] = branch{sums: t.branch.sums.minus(t.split.left)}
	for i := range t.children {
		t.children[i].value = t.bounds.clamp(g.penalty.value(t.children[i].sums))
	}
}

func (g *grower) setValue(t *task) { t.value = t.bounds.clamp(g.penalty.value(t.branch.sums)) }

// settle makes a branch a leaf: its value is rounded to what the model keeps
// and given to its rows.
func (g *grower) settle(t *task) {
	g.recycle(t.sums)
	if g.refit != nil && len(t.rows) > 0 {
		t.value = g.refit(t.view.origins(t.rows))
	}
	v := g.shrink(t.branch)
	for _, r := range t.rows {
		t.view.g[r] = v
	}
}

// shrink gives a leaf its final value, and the bits of what its rows get.
func (g *grower) shrink(b *branch) int64 {
	b.value = float64(float32(b.value * g.params.LearningRate))
	if g.odds {
		return int64(math.Float64bits(oddsOf(b.value)))
	}
	return int64(math.Float64bits(b.value))
}

// settlePair makes both children of a task leaves. Their rows need not be
// parted for that.
func (g *grower) settlePair(t *task) {
	g.recycle(t.sums)
	g.setChildren(t)
	side := g.sidesOf(&t.split)
	values := [2]int64{g.shrink(&t.children[0]), g.shrink(&t.children[1])}
	t.view.bins.settle(t.view.g, values, t.rows, t.split.column, *side)
	g.sides.Put(side)
}

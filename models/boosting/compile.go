package boosting

import (
	"math"
	"slices"
	"sync"
)

// compiled is a model made ready to predict.
//
// Every threshold is replaced by its rank among the thresholds of its column,
// and every tree by a perfect one in an array: the children of node i are 2i
// and 2i+1, leaves shallower than the tree's depth are repeated below. A step
// down is then one load, one subtraction and a shift, without a branch, and the
// steps of several rows overlap, or of a single row down several trees. Trees
// come in stands of the same depth; what the last lacks are trees of zeros.
//
// A node is rank<<16 | slot, and the value it is compared with is bin<<16, bin
// being the number of the column's thresholds that are not above the row's
// value: the difference is negative just where the row goes right. A column
// has one slot for nodes where the missing go left, in which their bin is 0,
// and one for nodes where they go right, in which it is above all ranks.
type compiled struct {
	model   *Model
	slots   []slot
	trees   []perfect // of each stand, and so a multiple of stand
	nodes   []uint32
	leaves  []float32
	scratch sync.Pool // of *scratch
}

// slot is where the bin of a column is found.
type slot struct {
	column      int
	missingLeft bool
	cuts        []float32
}

// perfect is a tree: where its nodes, of which the root has index 1, and its
// leaves begin, and how many of each there are room for.
type perfect struct{ first, size int }

// Limits of the compact form.
const (
	flight       = 8  // rows that step down together
	fleet        = 16 // flights that take a tree while it is in the cache
	stand        = 4  // trees that a single row steps down together
	perfectDepth = 10
	maxSlots     = 1 << 16 / flight
	maxRank      = 1<<15 - 2
	neverRight   = 1<<15 - 1 // a rank that no bin is above
)

// scratch is the memory of one prediction.
type scratch struct {
	bins []uint32  // flight by flight, slot by slot, row by row
	sums []float64 // row by row, the margins of its groups
}

// compile prepares a model. Trees that are too deep, split categories, or
// have too many thresholds are walked node by node instead.
func compile(m *Model) *compiled {
	c := &compiled{model: m}
	c.scratch.New = func() any {
		return &scratch{
			bins: make([]uint32, fleet*flight*len(c.slots)+len(binArray{})),
			sums: make([]float64, fleet*flight*len(m.base)),
		}
	}
	if !c.findSlots() {
		c.slots, c.trees = nil, nil
		return c
	}
	find := make(map[[2]int32]int, len(c.slots))
	for s := range c.slots {
		find[c.slots[s].key()] = s
	}
	for trees := range slices.Chunk(m.trees, stand) {
		depth := 1
		for _, t := range trees {
			depth = max(depth, t.depth())
		}
		for k := range stand {
			p := perfect{len(c.nodes), 1 << depth}
			c.nodes = append(c.nodes, make([]uint32, p.size)...)
			c.leaves = append(c.leaves, make([]float32, p.size)...)
			c.trees = append(c.trees, p)
			if k < len(trees) {
				c.place(trees[k], 0, p, 1, depth, find)
			}
		}
	}
	return c
}

// tree gives the nodes and leaves of a tree.
func (c *compiled) tree(p perfect) ([]uint32, []float32) {
	return c.nodes[p.first:][:p.size], c.leaves[p.first:][:p.size]
}

func (s *slot) key() [2]int32 { return slotKey(int32(s.column), s.missingLeft) }

func slotKey(column int32, missingLeft bool) [2]int32 {
	if missingLeft {
		return [2]int32{column, 1}
	}
	return [2]int32{column, 0}
}

// findSlots lists the slots that the model's splits need, and says whether
// they all fit.
func (c *compiled) findSlots() bool {
	cuts := map[int32][]float32{}
	used := map[[2]int32]bool{}
	for _, t := range c.model.trees {
		if t.depth() > perfectDepth {
			return false
		}
		for i := range t.Nodes {
			n := &t.Nodes[i]
			if n.Right == 0 {
				continue
			}
			if n.Set > 0 || n.Threshold != n.Threshold {
				return false
			}
			cuts[n.Column] = append(cuts[n.Column], n.Threshold)
			used[slotKey(n.Column, n.MissingLeft)] = true
		}
	}
	for j := range int32(c.model.columns) {
		if cuts[j] == nil {
			continue
		}
		slices.Sort(cuts[j])
		distinct := slices.Clone(slices.Compact(cuts[j]))
		if len(distinct) > maxRank {
			return false
		}
		for _, left := range []bool{true, false} {
			if used[slotKey(j, left)] {
				c.slots = append(c.slots, slot{int(j), left, distinct})
			}
		}
	}
	return len(c.slots) <= maxSlots
}

// place writes the subtree of node n at index i of a perfect tree, levels
// above its leaves.
func (c *compiled) place(t *Tree, n int32, p perfect, i, levels int, find map[[2]int32]int) {
	node := &t.Nodes[n]
	if levels == 0 {
		c.leaves[p.first+i-p.size] = node.Value
		return
	}
	if node.Right == 0 {
		c.nodes[p.first+i] = neverRight << 16
		c.place(t, n, p, 2*i, levels-1, find)
		return
	}
	s := find[slotKey(node.Column, node.MissingLeft)]
	rank, _ := slices.BinarySearch(c.slots[s].cuts, node.Threshold)
	c.nodes[p.first+i] = uint32(rank<<16 | s*flight)
	c.place(t, n+1, p, 2*i, levels-1, find)
	c.place(t, node.Right, p, 2*i+1, levels-1, find)
}

// fill writes the bins of a row as the k-th of its flight.
func (c *compiled) fill(bins []uint32, row []float64, k int) {
	last := -1
	bin := uint32(0)
	for i := range c.slots {
		slot := &c.slots[i]
		v := row[slot.column]
		switch {
		case v != v && slot.missingLeft:
			bins[i*flight+k] = 0
		case v != v:
			bins[i*flight+k] = math.MaxInt16 << 16
		default:
			if slot.column != last {
				bin, last = uint32(binOf(slot.cuts, float32(v)))<<16, slot.column
			}
			bins[i*flight+k] = bin
		}
	}
}

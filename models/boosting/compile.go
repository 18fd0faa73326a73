package boosting

import (
	"slices"
)

// compiled is a model made ready to predict.
//
// A condition is that a row goes right at a threshold of a column. Which ones
// hold is found once for all trees, by searching the thresholds of a column for
// the row's value. A node names its condition, and every tree is a perfect one
// in an array: the children of node i are 2i and 2i+1, leaves shallower than the
// tree's depth are repeated below, after conditions that never hold. A row by
// itself steps down several trees at a time (predict.go), many rows together
// down each (block.go).
type compiled struct {
	model    *Model
	segments []segment // nil where trees are walked node by node
}

// segment is some trees in a row, as many as have at most maxConditions. Only
// the largest models have more than one segment.
type segment struct {
	first      int // of the model's trees
	slots      []slot
	conditions int // those of the slots, and 0, which never holds
	trees      []perfect
	nodes      []uint16
	leaves     []float32
}

// maxConditions is how many a node can name.
const maxConditions = 1 << 16

// slot are the conditions of a column: that its bin, the number of cuts which
// are not above the row's value, is k or more, for k from 1 on, is condition
// first+k. Where values are missing a node's rows go either way, so that a
// column may have two slots, which are neighbours.
type slot struct {
	column      int
	missingLeft bool
	first       int
	cuts        []float32
	find        finder
}

// perfect is a tree: where its nodes, of which the root has index 1, and its
// leaves begin, and how many of each there are room for.
type perfect struct{ first, size int }

// perfectDepth is how deep trees may be that are compiled.
const perfectDepth = 10

// compile prepares a model. Trees that are too deep or split categories are
// walked node by node instead.
func compile(m *Model) *compiled {
	c := &compiled{model: m}
	for _, t := range m.trees {
		if t.depth() > perfectDepth {
			return c
		}
		for i := range t.Nodes {
			if n := &t.Nodes[i]; n.Right > 0 && (n.Set > 0 || n.Threshold != n.Threshold) {
				return c
			}
		}
	}
	c.add(m.trees, 0)
	return c
}

// add compiles trees, of which the model has first before them.
func (c *compiled) add(trees []*Tree, first int) {
	s := segment{first: first, conditions: 1}
	s.findSlots(trees, c.model.columns)
	if s.conditions > maxConditions {
		half := len(trees) / 2
		c.add(trees[:half], first)
		c.add(trees[half:], first+half)
		return
	}
	find := make(map[[2]int32]*slot, len(s.slots))
	for i := range s.slots {
		find[s.slots[i].key()] = &s.slots[i]
	}
	for _, t := range trees {
		depth := t.depth()
		p := perfect{len(s.nodes), 1 << depth}
		s.nodes = append(s.nodes, make([]uint16, p.size)...)
		s.leaves = append(s.leaves, make([]float32, p.size)...)
		s.trees = append(s.trees, p)
		s.place(t, 0, p, 1, depth, find)
	}
	s.leaves = append(s.leaves, make([]float32, 1<<turnLevels)...) // what addTwo takes for the last tree's
	c.segments = append(c.segments, s)
}

// tree gives the nodes of a tree, and its leaves with what is behind them.
func (s *segment) tree(p perfect) ([]uint16, []float32) {
	return s.nodes[p.first:][:p.size], s.leaves[p.first:]
}

func (s *slot) key() [2]int32 { return slotKey(int32(s.column), s.missingLeft) }

func slotKey(column int32, missingLeft bool) [2]int32 {
	if missingLeft {
		return [2]int32{column, 1}
	}
	return [2]int32{column, 0}
}

// findSlots lists the slots that the splits of trees need.
func (s *segment) findSlots(trees []*Tree, columns int) {
	cuts := map[int32][]float32{}
	used := map[[2]int32]bool{}
	for _, t := range trees {
		for i := range t.Nodes {
			if n := &t.Nodes[i]; n.Right > 0 {
				cuts[n.Column] = append(cuts[n.Column], n.Threshold)
				used[slotKey(n.Column, n.MissingLeft)] = true
			}
		}
	}
	for j := range int32(columns) {
		if cuts[j] == nil {
			continue
		}
		slices.Sort(cuts[j])
		distinct := slices.Clone(slices.Compact(cuts[j]))
		find := newFinder(distinct)
		for _, left := range []bool{true, false} {
			if used[slotKey(j, left)] {
				s.slots = append(s.slots, slot{int(j), left, s.conditions, distinct, find})
				s.conditions += 1 + len(distinct)
			}
		}
	}
}

// place writes the subtree of node n at index i of a perfect tree, levels
// above its leaves.
func (s *segment) place(t *Tree, n int32, p perfect, i, levels int, find map[[2]int32]*slot) {
	node := &t.Nodes[n]
	if levels == 0 {
		s.leaves[p.first+i-p.size] = node.Value
		return
	}
	if node.Right == 0 {
		s.place(t, n, p, 2*i, levels-1, find)
		return
	}
	at := find[slotKey(node.Column, node.MissingLeft)]
	rank, _ := slices.BinarySearch(at.cuts, node.Threshold)
	s.nodes[p.first+i] = uint16(at.first + rank + 1)
	s.place(t, n+1, p, 2*i, levels-1, find)
	s.place(t, node.Right, p, 2*i+1, levels-1, find)
}

// missing gives the bin of what is not there.
func (s *slot) missing() int {
	if s.missingLeft {
		return 0
	}
	return len(s.cuts)
}

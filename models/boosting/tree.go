package boosting

// Tree is a fitted tree: its nodes in preorder, the root first, a left child
// right behind its parent.
type Tree struct {
	Nodes []Node
	Sets  []codeSet // of the splits of categories
}

// Node is a split, or, with Right 0, a leaf. Numbers are compared as float32,
// as XGBoost does.
type Node struct {
	Value     float32 // of a leaf: what it adds to the margin
	Threshold float32 // a number below it goes left
	Column    int32
	Right     int32 // the right child; the left one is the next node
	Set       int32 // of a category: 1 + the index of the set of codes that go left; 0 for numbers
	Gain      float32
	Cover     float32 // the sum of the Hessians of the rows that came here
	// MissingLeft says where what is not a number, or no known category, goes.
	MissingLeft bool
}

// codeSet is a set of codes of a category.
type codeSet []uint64

func (s codeSet) has(code float64) bool {
	if !(code >= 0 && code < float64(len(s)*64)) {
		return false
	}
	c := int(code)
	return s[c>>6]>>(c&63)&1 == 1
}

// flatten turns a grown tree into its nodes, and takes its branches back.
func (g *grower) flatten(root *branch) *Tree {
	t := &Tree{Nodes: make([]Node, 0, root.size())}
	var visit func(b *branch) int32
	visit = func(b *branch) int32 {
		at := int32(len(t.Nodes))
		t.Nodes = append(t.Nodes, Node{Cover: float32(g.penalty.hessian(b.sums))})
		if b.children == nil {
			t.Nodes[at].Value = float32(b.value)
			return at
		}
		n, c := &t.Nodes[at], &g.data.columns[b.split.column]
		n.Column, n.Gain, n.MissingLeft = int32(b.split.column), float32(b.split.gain), b.split.missingLeft
		if b.split.codes == nil {
			n.Threshold = c.threshold(b.split.bin)
		} else {
			t.Sets = append(t.Sets, c.codesOf(b.split.codes))
			n.Set = int32(len(t.Sets))
		}
		visit(&b.children[0])
		right := visit(&b.children[1])
		t.Nodes[at].Right = right
		g.pairs.Put(b.children)
		return at
	}
	visit(root)
	return t
}

// codesOf gives the codes in a set of bins.
func (c *column) codesOf(bins binSet) codeSet {
	out := make(codeSet, (len(c.codes)+63)/64)
	for code, b := range c.codes {
		if bins.has(int(b)) {
			out[code>>6] |= 1 << (code & 63)
		}
	}
	return out
}

// goesLeft says where a value goes at a split.
func (t *Tree) goesLeft(n *Node, v float64) bool {
	switch {
	case v != v:
		return n.MissingLeft
	case n.Set > 0:
		return t.Sets[n.Set-1].has(v)
	}
	return float32(v) < n.Threshold
}

// depth is the number of splits on the longest way to a leaf.
func (t *Tree) depth() int {
	depths := make([]int, len(t.Nodes))
	deepest := 0
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Right > 0 {
			depths[i+1], depths[n.Right] = depths[i]+1, depths[i]+1
		}
		deepest = max(deepest, depths[i])
	}
	return deepest
}

// value gives what the tree adds for a row.
func (t *Tree) value(row []float64) float64 {
	at := int32(0)
	for {
		n := &t.Nodes[at]
		if n.Right == 0 {
			return float64(n.Value)
		}
		if t.goesLeft(n, row[n.Column]) {
			at++
		} else {
			at = n.Right
		}
	}
}

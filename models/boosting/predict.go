package boosting

import (
	"math/bits"
	"runtime"
	"sync"
)

// coreWork is how many rows times trees, some 100 µs of work, are worth
// another core.
const coreWork = 1 << 15

// predict writes the predictions of n dense rows, row-major. Where they are
// worth it, the cores take a block of them each.
func (c *compiled) predict(dst, rows []float64, n int) {
	cores := min(runtime.GOMAXPROCS(0), n*c.model.size()/coreWork, n)
	if cores < 2 {
		c.block(dst, rows, n)
		return
	}
	outputs, cols := c.model.Outputs(), c.model.columns
	share := func(k int) {
		a, b := k*n/cores, (k+1)*n/cores
		c.block(dst[a*outputs:b*outputs], rows[a*cols:b*cols], b-a)
	}
	var others sync.WaitGroup
	for k := range cores - 1 {
		others.Go(func() { share(k) })
	}
	share(cores - 1)
	others.Wait()
}

// block predicts rows a fleet at a time.
func (c *compiled) block(dst, rows []float64, n int) {
	s := c.scratch.Get().(*scratch)
	defer c.scratch.Put(s)
	cols, outputs := c.model.columns, c.model.Outputs()
	for ; n > 0; n -= fleet * flight {
		k := min(fleet*flight, n)
		c.fleet(s, dst[:k*outputs], rows[:k*cols], k)
		dst, rows = dst[k*outputs:], rows[k*cols:]
	}
}

// fleet predicts up to fleet flights of rows. Each tree is taken down by all
// of them while it is in the cache.
func (c *compiled) fleet(s *scratch, dst, rows []float64, n int) {
	m, stride := c.model, len(c.slots)*flight
	cols, outputs, groups := m.columns, m.Outputs(), len(m.base)
	for i := range n {
		row := rows[i*cols : (i+1)*cols]
		if c.trees == nil {
			c.walk(s.sums[i*groups:(i+1)*groups], row)
		} else {
			c.fill(s.bins[i/flight*stride:], row, i%flight)
		}
	}
	switch {
	case c.trees == nil:
	case n == 1:
		c.sumOne(s)
	default:
		c.sumFleet(s, (n+flight-1)/flight)
	}
	for i := range n {
		m.link.link(dst[i*outputs:(i+1)*outputs], s.sums[i*groups:(i+1)*groups])
	}
}

// walk sums the trees of a row node by node.
func (c *compiled) walk(sums, row []float64) {
	copy(sums, c.model.base)
	for t, tree := range c.model.trees {
		sums[t%len(sums)] += tree.value(row)
	}
}

// binArray is what a kernel takes the bins of a flight for: an array that a
// slot of 16 bits cannot leave.
type binArray [1<<16 + flight]uint32

// sumOne sums the trees for the first row of a flight. The steps down the
// trees of a stand overlap, since none waits for another.
func (c *compiled) sumOne(s *scratch) {
	bins := (*binArray)(s.bins)
	groups := copy(s.sums, c.model.base)
	for t := 0; t < len(c.trees); t += stand {
		p := (*[stand]perfect)(c.trees[t:])
		n0, l0 := c.tree(p[0])
		n1, l1 := c.tree(p[1])
		n2, l2 := c.tree(p[2])
		n3, l3 := c.tree(p[3])
		size := uint(len(n0))
		i0, i1, i2, i3 := uint(1), uint(1), uint(1), uint(1)
		for i0 < size {
			i0, i1, i2, i3 = step(n0, bins, i0, 0), step(n1, bins, i1, 0), step(n2, bins, i2, 0), step(n3, bins, i3, 0)
		}
		s.sums[t%groups] += float64(l0[i0-size])
		s.sums[(t+1)%groups] += float64(l1[i1-size])
		s.sums[(t+2)%groups] += float64(l2[i2-size])
		s.sums[(t+3)%groups] += float64(l3[i3-size])
	}
}

// sumFleet sums the trees for some flights.
func (c *compiled) sumFleet(s *scratch, flights int) {
	base := c.model.base
	for i := range flights * flight {
		copy(s.sums[i*len(base):], base)
	}
	for t, p := range c.trees {
		nodes, leaves := c.tree(p)
		group := t % len(base)
		descend(nodes, leaves, s.bins, s.sums[group:], len(c.slots)*flight, len(base), flights)
	}
}

// descend adds the leaves of one tree for the rows of some flights. stride is
// the length of a flight's bins; the sums of two rows are groups apart. It is
// a function of its own for the sake of its registers.
func descend(nodes []uint32, leaves []float32, all []uint32, sums []float64, stride, groups, flights int) {
	size := uint(len(nodes))
	root := nodes[1]
	at := uint(root & 0xffff)
	for f := range flights {
		bins := (*binArray)(all[f*stride:])
		i0 := child(1, root, bins[at])
		i1 := child(1, root, bins[at+1])
		i2 := child(1, root, bins[at+2])
		i3 := child(1, root, bins[at+3])
		i4 := child(1, root, bins[at+4])
		i5 := child(1, root, bins[at+5])
		i6 := child(1, root, bins[at+6])
		i7 := child(1, root, bins[at+7])
		for i0 < size {
			i0 = step(nodes, bins, i0, 0)
			i1 = step(nodes, bins, i1, 1)
			i2 = step(nodes, bins, i2, 2)
			i3 = step(nodes, bins, i3, 3)
			i4 = step(nodes, bins, i4, 4)
			i5 = step(nodes, bins, i5, 5)
			i6 = step(nodes, bins, i6, 6)
			i7 = step(nodes, bins, i7, 7)
		}
		to := sums[f*flight*groups:]
		to[0] += float64(leaves[i0-size])
		to[groups] += float64(leaves[i1-size])
		to[2*groups] += float64(leaves[i2-size])
		to[3*groups] += float64(leaves[i3-size])
		to[4*groups] += float64(leaves[i4-size])
		to[5*groups] += float64(leaves[i5-size])
		to[6*groups] += float64(leaves[i6-size])
		to[7*groups] += float64(leaves[i7-size])
	}
}

// step goes from a node to the child that the k-th row of a flight takes.
func step(nodes []uint32, bins *binArray, i, k uint) uint {
	n := nodes[i]
	return child(i, n, bins[uint(n&0xffff)+k])
}

// child is 2i, or 2i+1 where the bin is above the node's rank: the borrow of
// their difference is carried into i+i, which is two instructions.
func child(i uint, node, bin uint32) uint {
	_, right := bits.Sub(uint(node), uint(bin), 0)
	i, _ = bits.Add(i, i, right)
	return i
}

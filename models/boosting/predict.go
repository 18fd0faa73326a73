package boosting

import (
	"runtime"
	"sync"
)

// blockRows is how many rows a goroutine predicts at a time.
const blockRows = 1024

// predict writes the predictions of n dense rows, row-major. Blocks of rows
// are shared among the cores.
func (c *compiled) predict(dst, rows []float64, n int) {
	cores := min(runtime.GOMAXPROCS(0), n/blockRows)
	if cores < 2 {
		c.block(dst, rows, n)
		return
	}
	outputs, cols := c.model.Outputs(), c.model.columns
	var wait sync.WaitGroup
	for k := range cores {
		a, b := k*n/cores, (k+1)*n/cores
		wait.Go(func() { c.block(dst[a*outputs:b*outputs], rows[a*cols:b*cols], b-a) })
	}
	wait.Wait()
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

// sumOne sums the trees for the first row of a flight. The steps down several
// trees overlap, since none waits for another.
func (c *compiled) sumOne(s *scratch) {
	bins := (*binArray)(s.bins)
	groups := copy(s.sums, c.model.base)
	for t := range c.trees {
		p := &c.trees[t]
		size := uint(1) << p.depth
		nodes := c.nodes[p.node:][:size]
		i := uint(1)
		for i < size {
			n := nodes[i]
			i = 2*i + uint((n-bins[n&0xffff])>>31)
		}
		s.sums[t%groups] += float64(c.leaves[p.leaf:][i-size])
	}
}

// sumFleet sums the trees for some flights.
func (c *compiled) sumFleet(s *scratch, flights int) {
	base := c.model.base
	for i := range flights * flight {
		copy(s.sums[i*len(base):], base)
	}
	for t, p := range c.trees {
		size := 1 << p.depth
		nodes, leaves := c.nodes[p.node:][:size], c.leaves[p.leaf:][:size]
		group := t % len(base)
		for f := range flights {
			sums := s.sums[f*flight*len(base)+group:]
			descend(nodes, (*binArray)(s.bins[f*len(c.slots)*flight:]), leaves, sums, len(base))
		}
	}
}

// descend adds the leaves of one tree for the rows of a flight, whose sums are
// stride apart. It is a
// function of its own for the sake of its registers.
func descend(nodes []uint32, bins *binArray, leaves []float32, sums []float64, stride int) {
	i0, i1, i2, i3, i4, i5, i6, i7 := uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1)
	size := uint(len(nodes))
	for i0 < size {
		n := nodes[i0]
		i0 = 2*i0 + uint((n-bins[uint(n&0xffff)])>>31)
		n = nodes[i1]
		i1 = 2*i1 + uint((n-bins[uint(n&0xffff)+1])>>31)
		n = nodes[i2]
		i2 = 2*i2 + uint((n-bins[uint(n&0xffff)+2])>>31)
		n = nodes[i3]
		i3 = 2*i3 + uint((n-bins[uint(n&0xffff)+3])>>31)
		n = nodes[i4]
		i4 = 2*i4 + uint((n-bins[uint(n&0xffff)+4])>>31)
		n = nodes[i5]
		i5 = 2*i5 + uint((n-bins[uint(n&0xffff)+5])>>31)
		n = nodes[i6]
		i6 = 2*i6 + uint((n-bins[uint(n&0xffff)+6])>>31)
		n = nodes[i7]
		i7 = 2*i7 + uint((n-bins[uint(n&0xffff)+7])>>31)
	}
	sums[0] += float64(leaves[i0-size])
	sums[stride] += float64(leaves[i1-size])
	sums[2*stride] += float64(leaves[i2-size])
	sums[3*stride] += float64(leaves[i3-size])
	sums[4*stride] += float64(leaves[i4-size])
	sums[5*stride] += float64(leaves[i5-size])
	sums[6*stride] += float64(leaves[i6-size])
	sums[7*stride] += float64(leaves[i7-size])
}

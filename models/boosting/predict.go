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

// block predicts rows a flight at a time.
func (c *compiled) block(dst, rows []float64, n int) {
	s := c.scratch.Get().(*scratch)
	defer c.scratch.Put(s)
	m := c.model
	outputs, cols, groups := m.Outputs(), m.columns, len(m.base)
	for i := 0; i < n; i += flight {
		k := min(flight, n-i)
		for r := range k {
			row := rows[(i+r)*cols : (i+r+1)*cols]
			if c.trees == nil {
				c.walk(s, row, r)
			} else {
				c.fill(s, row, r)
			}
		}
		for g := 0; g < groups && c.trees != nil; g++ {
			if k == 1 {
				s.sums[g*flight] = m.base[g] + c.sumOne(&s.bins, g)
			} else {
				c.sumFlight((*[flight]float64)(s.sums[g*flight:]), &s.bins, g)
			}
		}
		for r := range k {
			for g := range groups {
				s.margins[g] = s.sums[g*flight+r]
			}
			m.link.link(dst[(i+r)*outputs:(i+r+1)*outputs], s.margins)
		}
	}
}

// walk sums the trees of a row node by node.
func (c *compiled) walk(s *scratch, row []float64, r int) {
	groups := len(c.model.base)
	for g, v := range c.model.base {
		s.sums[g*flight+r] = v
	}
	for t, tree := range c.model.trees {
		s.sums[t%groups*flight+r] += tree.value(row)
	}
}

// sumOne sums the trees of a group for the first row of a flight. The steps
// down several trees overlap, since none waits for another.
func (c *compiled) sumOne(bins *[1<<16 + flight]uint32, group int) float64 {
	sum, groups := 0.0, len(c.model.base)
	for t := group; t < len(c.trees); t += groups {
		p := c.trees[t]
		nodes, leaves := c.nodes[p.node:], c.leaves[p.leaf:]
		i := uint(1)
		for range p.depth {
			n := nodes[i]
			i = 2*i + uint((n-bins[n&0xffff])>>31)
		}
		sum += float64(leaves[i-1<<p.depth])
	}
	return sum
}

// sumFlight sets the sums of a group's trees, and its base, for the rows of a
// flight.
func (c *compiled) sumFlight(sums *[flight]float64, bins *[1<<16 + flight]uint32, group int) {
	base, groups := c.model.base[group], len(c.model.base)
	s0, s1, s2, s3, s4, s5, s6, s7 := base, base, base, base, base, base, base, base
	for t := group; t < len(c.trees); t += groups {
		p := c.trees[t]
		nodes := c.nodes[p.node:]
		i0, i1, i2, i3, i4, i5, i6, i7 := uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1)
		for range p.depth {
			n := nodes[i0]
			i0 = 2*i0 + uint((n-bins[n&0xffff])>>31)
			n = nodes[i1]
			i1 = 2*i1 + uint((n-bins[n&0xffff+1])>>31)
			n = nodes[i2]
			i2 = 2*i2 + uint((n-bins[n&0xffff+2])>>31)
			n = nodes[i3]
			i3 = 2*i3 + uint((n-bins[n&0xffff+3])>>31)
			n = nodes[i4]
			i4 = 2*i4 + uint((n-bins[n&0xffff+4])>>31)
			n = nodes[i5]
			i5 = 2*i5 + uint((n-bins[n&0xffff+5])>>31)
			n = nodes[i6]
			i6 = 2*i6 + uint((n-bins[n&0xffff+6])>>31)
			n = nodes[i7]
			i7 = 2*i7 + uint((n-bins[n&0xffff+7])>>31)
		}
		first := uint(1) << p.depth
		leaves := c.leaves[p.leaf : p.leaf+1<<p.depth]
		s0 += float64(leaves[i0-first])
		s1 += float64(leaves[i1-first])
		s2 += float64(leaves[i2-first])
		s3 += float64(leaves[i3-first])
		s4 += float64(leaves[i4-first])
		s5 += float64(leaves[i5-first])
		s6 += float64(leaves[i6-first])
		s7 += float64(leaves[i7-first])
	}
	*sums = [flight]float64{s0, s1, s2, s3, s4, s5, s6, s7}
}

package boosting

import (
	"runtime"
	"slices"
	"sync"
)

const (
	// coreWork is how many rows times trees, some 100 µs of work, are worth
	// another core.
	coreWork = 1 << 16
	alone    = 7 // rows that take less time by themselves than as a block
	stand    = 4 // trees that a single row steps down together
)

// scratch is the memory of one prediction. Its conditions are arrays that the
// 16 bits of a node cannot leave.
type scratch struct {
	held  conditions
	row   [maxConditions]uint8 // whether a condition holds for a row by itself
	sums  []float64            // the margins, group by group, of block rows each
	alone []float64            // those of a row
}

// scratches are for models of any kind.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// predict writes the predictions of n dense rows, row-major. Where they are
// worth it, the cores take some blocks of them each.
func (c *compiled) predict(dst, rows []float64, n int) {
	blocks := (n + block - 1) / block
	cores := min(runtime.GOMAXPROCS(0), n*c.model.size()/coreWork, blocks)
	if cores < 2 {
		c.share(dst, rows, n)
		return
	}
	outputs, cols := c.model.Outputs(), c.model.columns
	share := func(k int) {
		a, b := k*blocks/cores*block, min((k+1)*blocks/cores*block, n)
		c.share(dst[a*outputs:b*outputs], rows[a*cols:b*cols], b-a)
	}
	var others sync.WaitGroup
	for k := range cores - 1 {
		others.Go(func() { share(k) })
	}
	share(cores - 1)
	others.Wait()
}

// share predicts n rows.
func (c *compiled) share(dst, rows []float64, n int) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	cols, outputs := c.model.columns, c.model.Outputs()
	for n > 0 {
		k := min(n, block)
		if c.segments == nil || n <= alone {
			k = 1
			c.row(s, dst[:outputs], rows[:cols])
		} else {
			c.block(s, dst[:k*outputs], rows[:k*cols], k)
		}
		dst, rows, n = dst[k*outputs:], rows[k*cols:], n-k
	}
}

// row predicts a row.
func (c *compiled) row(s *scratch, dst, row []float64) {
	s.alone = append(s.alone[:0], c.model.base...)
	if c.segments == nil {
		for t, tree := range c.model.trees {
			s.alone[t%len(s.alone)] += tree.value(row)
		}
	}
	for k := range c.segments {
		g := &c.segments[k]
		g.hold(&s.row, row)
		g.sumRow(s.alone, &s.row)
	}
	c.model.link.link(dst, s.alone)
}

// hold writes which conditions hold for a row.
func (g *segment) hold(held *[maxConditions]uint8, row []float64) {
	held[0] = 0
	for i := range g.slots {
		s := &g.slots[i]
		own, bin := held[s.first:][:1+len(s.cuts)], s.missing()
		if v := row[s.column]; v == v {
			bin = s.find.bin(float32(v))
		}
		fillOnes(own[:1+bin])
		clear(own[1+bin:])
	}
}

// sumRow adds what the trees say of a row. The steps down those of a stand
// overlap, since none waits for another.
func (g *segment) sumRow(sums []float64, held *[maxConditions]uint8) {
	t := 0
	for ; t+stand <= len(g.trees); t += stand {
		p := (*[stand]perfect)(g.trees[t:])
		n0, l0 := g.tree(p[0])
		n1, l1 := g.tree(p[1])
		n2, l2 := g.tree(p[2])
		n3, l3 := g.tree(p[3])
		i0, i1, i2, i3 := 1, 1, 1, 1
		for least := min(p[0].size, p[1].size, p[2].size, p[3].size); i0 < least; {
			i0, i1, i2, i3 = step(n0, held, i0), step(n1, held, i1), step(n2, held, i2), step(n3, held, i3)
		}
		sums[(g.first+t)%len(sums)] += float64(l0[down(n0, held, i0)])
		sums[(g.first+t+1)%len(sums)] += float64(l1[down(n1, held, i1)])
		sums[(g.first+t+2)%len(sums)] += float64(l2[down(n2, held, i2)])
		sums[(g.first+t+3)%len(sums)] += float64(l3[down(n3, held, i3)])
	}
	for ; t < len(g.trees); t++ {
		nodes, leaves := g.tree(g.trees[t])
		sums[(g.first+t)%len(sums)] += float64(leaves[down(nodes, held, 1)])
	}
}

// step goes from a node to the child that a row takes.
func step(nodes []uint16, held *[maxConditions]uint8, i int) int {
	return 2*i + int(held[nodes[i]])
}

// down gives the leaf that a row comes to from a node.
func down(nodes []uint16, held *[maxConditions]uint8, i int) int {
	for i < len(nodes) {
		i = step(nodes, held, i)
	}
	return i - len(nodes)
}

// margins gives room for those of a block, and sets them to where trees begin.
func (s *scratch) margins(base []float64) []float64 {
	s.sums = slices.Grow(s.sums[:0], block*len(base))[:block*len(base)]
	for k, v := range base {
		sums := s.sums[k*block:][:block]
		for i := range sums {
			sums[i] = v
		}
	}
	return s.sums
}

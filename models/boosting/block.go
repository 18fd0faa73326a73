package boosting

import (
	"math"
	"math/bits"
)

// block is how many rows go down the trees together, and conditions says for
// which of them each condition holds: a bit for each. Row 8k+b has bit 8b+k, as
// transpose wants it.
//
// No row is followed alone. The bits by which rows turn at a level of a tree are
// chosen from those of its nodes by their turns above, 64 rows with three
// operations a node, and no branch and no step depends on another row's. The
// turns of all levels are the numbers of the leaves, the other way round.
const block = 64

type conditions [maxConditions]uint64

// block predicts n rows, at most 64.
func (c *compiled) block(s *scratch, dst, rows []float64, n int) {
	m := c.model
	groups, sums := len(m.base), s.margins(m.base)
	for k := range c.segments {
		g := &c.segments[k]
		g.holdBlock(&s.held, rows, m.columns, n)
		g.sumBlock(sums, groups, &s.held, (n+7)/8)
	}
	outputs := m.Outputs()
	s.alone = append(s.alone[:0], m.base...)
	for i := range n {
		for k := range s.alone {
			s.alone[k] = sums[k*block+i]
		}
		m.link.link(dst[i*outputs:][:outputs], s.alone)
	}
}

// holdBlock writes for which of n rows conditions hold.
func (g *segment) holdBlock(held *conditions, rows []float64, columns, n int) {
	clear(held[:g.conditions])
	var bins [block]int // of a column, -1 for what is missing
	complete := false   // whether nothing is
	for i := range g.slots {
		s := &g.slots[i]
		own := held[s.first:][:1+len(s.cuts)]
		if again := i > 0 && g.slots[i-1].column == s.column; again && complete {
			copy(own, held[g.slots[i-1].first:])
			continue
		} else if !again {
			complete = true
			for r := range n {
				if v := rows[r*columns+s.column]; v == v {
					bins[r] = s.find.bin(float32(v))
				} else {
					bins[r], complete = -1, false
				}
			}
		}
		for r, bin := range bins[:n] {
			if bin < 0 {
				bin = s.missing()
			}
			own[bin] |= 1 << (r%8*8 + r/8)
		}
		rest := uint64(0)
		for k := len(own) - 1; k > 0; k-- {
			rest |= own[k]
			own[k] = rest
		}
	}
}

// sumBlock adds what the trees say of eights times eight rows.
func (g *segment) sumBlock(sums []float64, groups int, held *conditions, eights int) {
	for k := range min(groups, len(g.trees)) {
		to := (*[block]float64)(sums[(g.first+k)%groups*block:])
		for t := k; t < len(g.trees); t += groups {
			nodes, leaves := g.tree(g.trees[t])
			turns := turnsOf(nodes, held)
			transpose(&turns)
			switch next := t + groups; {
			case len(nodes) > 1<<turnLevels:
				addDeep(to, &turns, nodes, leaves, held, eights)
			case next < len(g.trees) && g.trees[next].size <= 1<<turnLevels:
				t = next
				nodes, others := g.tree(g.trees[t])
				second := turnsOf(nodes, held)
				transpose(&second)
				addTwo(to, &turns, &second, (*[1 << turnLevels]float32)(leaves), (*[1 << turnLevels]float32)(others), eights)
			default:
				addTwo(to, &turns, new([turnLevels]uint64), (*[1 << turnLevels]float32)(leaves), &nothing, eights)
			}
		}
	}
}

// turnLevels is how many levels down rows go together; beyond, nodes are too
// many for the rows.
const turnLevels = 8

// turnsOf gives the bits by which the rows turn at the upper levels of a tree,
// those of the lowest of these first.
func turnsOf(nodes []uint16, held *conditions) (turns [turnLevels]uint64) {
	if len(nodes) == 1 {
		return turns
	}
	last := min(bits.Len(uint(len(nodes)))-1, turnLevels) - 1
	turns[last] = held[nodes[1]]
	for l := 1; l <= last; l++ {
		above, level := turns[last-l+1:last+1], nodes[1<<l:2<<l]
		var turn uint64
		switch l {
		case 1:
			turn = choose(held[level[0]], held[level[1]], above[0])
		case 2:
			turn = choose4((*[4]uint16)(level), held, above[0], above[1])
		case 3:
			turn = choose8((*[8]uint16)(level), held, above[0], above[1], above[2])
		case 4:
			turn = choose16((*[16]uint16)(level), held, (*[4]uint64)(above))
		default:
			turn = choose32(level, held, above)
		}
		turns[last-l] = turn
	}
	return turns
}

// choose gives the bits of b where c has ones, else those of a.
func choose(a, b, c uint64) uint64 { return a ^ (a^b)&c }

// choose4 gives, of the conditions of four nodes, the bits of those that the
// bits of c1 and c0 number.
func choose4(nodes *[4]uint16, held *conditions, c0, c1 uint64) uint64 {
	a := choose(held[nodes[0]], held[nodes[2]], c1)
	b := choose(held[nodes[1]], held[nodes[3]], c1)
	return choose(a, b, c0)
}

func choose8(nodes *[8]uint16, held *conditions, c0, c1, c2 uint64) uint64 {
	a := choose(held[nodes[0]], held[nodes[4]], c2)
	b := choose(held[nodes[2]], held[nodes[6]], c2)
	a = choose(a, b, c1)
	b = choose(held[nodes[1]], held[nodes[5]], c2)
	c := choose(held[nodes[3]], held[nodes[7]], c2)
	b = choose(b, c, c1)
	return choose(a, b, c0)
}

func choose16(nodes *[16]uint16, held *conditions, c *[4]uint64) uint64 {
	a := choose8((*[8]uint16)(nodes[:]), held, c[0], c[1], c[2])
	b := choose8((*[8]uint16)(nodes[8:]), held, c[0], c[1], c[2])
	return choose(a, b, c[3])
}

// choose32 is for 32 nodes and more.
func choose32(nodes []uint16, held *conditions, c []uint64) uint64 {
	half, last := len(nodes)/2, len(c)-1
	var a, b uint64
	if half == 16 {
		a = choose16((*[16]uint16)(nodes), held, (*[4]uint64)(c))
		b = choose16((*[16]uint16)(nodes[16:]), held, (*[4]uint64)(c))
	} else {
		a = choose32(nodes[:half], held, c[:last])
		b = choose32(nodes[half:], held, c[:last])
	}
	return choose(a, b, c[last])
}

// transpose turns eight words of a bit for each row into words of a byte for
// each: Warren, "Hacker's Delight" (2012), section 7-3, eight times at once.
func transpose(w *[8]uint64) {
	const m4, m2, m1 = 0x0f0f0f0f0f0f0f0f, 0x3333333333333333, 0x5555555555555555
	w0, w1, w2, w3, w4, w5, w6, w7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
	w0, w4 = swap(w0, w4, 4, m4)
	w1, w5 = swap(w1, w5, 4, m4)
	w2, w6 = swap(w2, w6, 4, m4)
	w3, w7 = swap(w3, w7, 4, m4)
	w0, w2 = swap(w0, w2, 2, m2)
	w1, w3 = swap(w1, w3, 2, m2)
	w4, w6 = swap(w4, w6, 2, m2)
	w5, w7 = swap(w5, w7, 2, m2)
	w0, w1 = swap(w0, w1, 1, m1)
	w2, w3 = swap(w2, w3, 1, m1)
	w4, w5 = swap(w4, w5, 1, m1)
	w6, w7 = swap(w6, w7, 1, m1)
	*w = [8]uint64{w0, w1, w2, w3, w4, w5, w6, w7}
}

// swap exchanges the bits of a that lie s above a mask with those of b under it.
func swap(a, b uint64, s uint, mask uint64) (uint64, uint64) {
	t := (a>>s ^ b) & mask
	return a ^ t<<s, b ^ t
}

// nothing are leaves that change no sum: 0 would turn -0 into 0.
var nothing = func() (leaves [1 << turnLevels]float32) {
	fill(leaves[:], float32(math.Copysign(0, -1)))
	return leaves
}()

// addTwo adds the leaves of two trees, one after the other, with the numbers in
// words of eight bytes.
func addTwo(sums *[block]float64, first, second *[8]uint64, leaves, others *[1 << turnLevels]float32, eights int) {
	for k := range eights {
		to, a, b := (*[8]float64)(sums[8*k:]), first[k&7], second[k&7]
		to[0] = to[0] + float64(leaves[uint8(a)]) + float64(others[uint8(b)])
		to[1] = to[1] + float64(leaves[uint8(a>>8)]) + float64(others[uint8(b>>8)])
		to[2] = to[2] + float64(leaves[uint8(a>>16)]) + float64(others[uint8(b>>16)])
		to[3] = to[3] + float64(leaves[uint8(a>>24)]) + float64(others[uint8(b>>24)])
		to[4] = to[4] + float64(leaves[uint8(a>>32)]) + float64(others[uint8(b>>32)])
		to[5] = to[5] + float64(leaves[uint8(a>>40)]) + float64(others[uint8(b>>40)])
		to[6] = to[6] + float64(leaves[uint8(a>>48)]) + float64(others[uint8(b>>48)])
		to[7] = to[7] + float64(leaves[uint8(a>>56)]) + float64(others[uint8(b>>56)])
	}
}

// addDeep steps down from the nodes with the numbers, and adds the leaves.
func addDeep(sums *[block]float64, words *[8]uint64, nodes []uint16, leaves []float32, held *conditions, eights int) {
	for r := range 8 * eights {
		i := 1<<turnLevels + int(uint8(words[r/8]>>(r%8*8)))
		for i < len(nodes) {
			i = 2*i + int(held[nodes[i]]>>(r%8*8+r/8)&1)
		}
		sums[r] += float64(leaves[i-len(nodes)])
	}
}

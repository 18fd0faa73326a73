package trees

// abreast is how many trees one row goes down at a time, and mostAbreast how many
// columns it may have for that.
const (
	abreast     = 4
	mostAbreast = 64
)

// one predicts one row. Steps down one tree wait for memory, and for each other: those
// down several trees do so at the same time.
func (m *model) one(dst, row []float64) {
	var narrow [mostAbreast]float32
	for c, v := range row {
		narrow[c] = float32(v)
	}
	k := 0
	for ; k+abreast <= len(m.trees); k += abreast {
		var w [abreast]walk
		m.packing.down(m.trees[k:k+abreast], &narrow, &w)
		for i := range w {
			m.tally(dst, &m.trees[k+i], w[i].leaf, w[i].at)
		}
	}
	for ; k < len(m.trees); k++ {
		t := &m.trees[k]
		w := walk{end: len(t.splits)}
		for w.at < w.end {
			w = m.packing.step(t.splits, &narrow, w)
		}
		m.tally(dst, t, w.leaf, w.at)
	}
}

// walk is where a row is in a tree: before the split at, of a subtree that ends before
// end, with so many leaves before it.
type walk struct{ at, end, leaf int }

// down has a row go down several trees to its leaves.
func (p packing) down(trees []tree, row *[mostAbreast]float32, w *[abreast]walk) {
	t := (*[abreast]tree)(trees)
	for i := range w {
		w[i].end = len(t[i].splits)
	}
	w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
	for w0.at < w0.end || w1.at < w1.end || w2.at < w2.end || w3.at < w3.end {
		w0 = p.step(t[0].splits, row, w0)
		w1 = p.step(t[1].splits, row, w1)
		w2 = p.step(t[2].splits, row, w2)
		w3 = p.step(t[3].splits, row, w3)
	}
	w[0], w[1], w[2], w[3] = w0, w1, w2, w3
}

// step goes to a child, without a branch that the processor would have
// to guess; from a leaf it goes nowhere.
func (p packing) step(splits []split, row *[mostAbreast]float32, w walk) walk {
	if w.at >= w.end {
		return w
	}
	s := splits[w.at]
	left, below := p.left(s.link), 0
	if row[p.column(s.link)%mostAbreast] < s.threshold {
		below = 1
	}
	right := w.at + 1 + left
	w.leaf += (left + 1) & (below - 1)
	w.at += 1 + left&(below-1)
	w.end ^= (w.end ^ right) & -below
	return w
}

package boosting

import "slices"

// view gives the memory of a view of most rows: the smallest that has the room,
// so that those used before suffice.
func (w *worker) view(most int) *view {
	best := -1
	for i, v := range w.views {
		if cap(v.ids) >= most && (best < 0 || cap(v.ids) < cap(w.views[best].ids)) {
			best = i
		}
	}
	if best < 0 {
		return &view{}
	}
	v := w.views[best]
	w.views = slices.Delete(w.views, best, best+1)
	return v
}

// histogram gives an empty histogram, cleared in the tree's columns.
func (g *grower) histogram(hessians bool) histogram {
	s := histogram{g: g.plane()}
	if hessians {
		s.h = g.plane()
	}
	return s
}

func (g *grower) plane() []int64 {
	p, ok := g.free.Get().(*[]int64)
	if !ok {
		return make([]int64, g.data.width+spareBins)
	}
	for _, j := range g.columns {
		a := g.data.offsets[j]
		clear((*p)[a : a+g.data.columns[j].all()])
	}
	return *p
}

// pair gives the memory of two branches; flatten takes it back.
func (g *grower) pair() *[2]branch {
	if p, ok := g.pairs.Get().(*[2]branch); ok {
		return p
	}
	return new([2]branch)
}

// recycle takes a histogram back.
func (g *grower) recycle(s histogram) {
	for _, p := range [][]int64{s.g, s.h} {
		if p != nil {
			g.free.Put(&p)
		}
	}
}

// sidesOf gives the sides of a split's bins; they go back to g.sides.
func (g *grower) sidesOf(s *split) *[]uint8 {
	side, ok := g.sides.Get().(*[]uint8)
	if !ok {
		side = new([]uint8)
	}
	*side = s.sides(&g.data.columns[s.column], *side)
	return side
}

package boosting

// histogram holds the sums of a branch's rows by column and bin, see
// Dataset.offsets: of packed gradients, or of words, and of Hessians, where
// they differ and are in no word.
type histogram struct{ g, h []int64 }

// column gives the bins of a column.
func (s histogram) column(d *Dataset, j int) (g, h []int64) {
	a, b := d.offsets[j], d.offsets[j]+d.columns[j].all()
	if s.h != nil {
		h = s.h[a:b]
	}
	return s.g[a:b], h
}

// subtract takes another histogram's sums away, in the given columns.
func (s histogram) subtract(d *Dataset, columns []int, o histogram) {
	s.each(d, columns, o, func(a, b []int64) {
		b = b[:len(a)]
		for i := range a {
			a[i] -= b[i]
		}
	})
}

// add adds another histogram's sums.
func (s histogram) add(d *Dataset, columns []int, o histogram) {
	s.each(d, columns, o, func(a, b []int64) {
		b = b[:len(a)]
		for i := range a {
			a[i] += b[i]
		}
	})
}

func (s histogram) each(d *Dataset, columns []int, o histogram, do func(a, b []int64)) {
	for _, j := range columns {
		ag, ah := s.column(d, j)
		bg, bh := o.column(d, j)
		do(ag, bg)
		if ah != nil {
			do(ah, bh)
		}
	}
}

// sum adds rows of a view to a histogram.
func (g *grower) sum(w *worker, v *view, s histogram, rows []uint32) {
	g.share(w, s, 0, len(rows), func(s histogram, lo, hi int) {
		v.bins.add(s.g, v.g, rows[lo:hi])
		if s.h != nil {
			v.bins.add(s.h, v.h, rows[lo:hi])
		}
	})
}

// sumRoot adds all rows to a histogram.
func (g *grower) sumRoot(w *worker, s histogram) {
	v := g.root
	bins, ok := v.bins.(columnar)
	if !ok || !bins.pays(g.columns) {
		g.sum(w, v, s, g.all)
		return
	}
	g.share(w, s, 0, len(g.all), func(s histogram, lo, hi int) {
		bins.addColumns(s.g, g.columns, v.g, lo, hi)
		if s.h != nil {
			bins.addColumns(s.h, g.columns, v.h, lo, hi)
		}
	})
}

// columnar is a layout that can sum rows lo … hi-1 by column, and then reads
// nothing of columns that the tree does not use.
type columnar interface {
	pays(columns []int) bool
	addColumns(histogram []int64, columns []int, values []int64, lo, hi int)
}

// share has add sum all of lo … hi-1, parts of them in other workers and
// histograms.
func (g *grower) share(w *worker, s histogram, lo, hi int, add func(s histogram, lo, hi int)) {
	for !w.shares(hi - lo) {
		end := lo + w.piece(hi-lo, shareRows)
		add(s, lo, end)
		if lo = end; lo == hi {
			return
		}
	}
	mid := lo + (hi-lo)/2
	var part histogram
	w.join(
		func(w *worker) { g.share(w, s, lo, mid, add) },
		func(w *worker) {
			part = g.histogram(s.h != nil)
			g.share(w, part, mid, hi, add)
		})
	s.add(g.data, g.columns, part)
	g.recycle(part)
}

// completer is a layout whose sums leave the bins of zero out.
type completer interface {
	settleZeros(histogram []int64, columns []int, total int64)
}

// complete fills in what a sparse layout leaves out of a task's histogram.
func (g *grower) complete(t *task) {
	if s, ok := t.view.bins.(completer); ok {
		total := t.branch.sums.g
		if g.penalty.words {
			total = wordOf(t.branch.sums)
		}
		s.settleZeros(t.sums.g, g.columns, total)
		if t.sums.h != nil {
			s.settleZeros(t.sums.h, g.columns, t.branch.sums.h)
		}
	}
}

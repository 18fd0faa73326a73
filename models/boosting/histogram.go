package boosting

// histogram holds the sums of a branch's rows by column and bin, see
// Dataset.offsets: of packed gradients and, where they differ, of Hessians.
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

// sum builds the histogram of a task's rows.
func (g *grower) sum(w *worker, t *task) histogram {
	s := w.histogram(g, len(t.view.h) > 0)
	half := len(t.rows) / 2
	if other := g.crew.spare(half); other != nil {
		part := other.histogram(g, len(t.view.h) > 0)
		done := make(chan struct{})
		go func() {
			t.view.sum(part, t.rows[half:])
			close(done)
		}()
		t.view.sum(s, t.rows[:half])
		<-done
		s.add(g.data, g.columns, part)
		other.recycle(part)
		g.crew.give(other)
		return s
	}
	t.view.sum(s, t.rows)
	return s
}

// sum adds the rows of a view to a histogram.
func (v *view) sum(s histogram, rows []uint32) {
	v.bins.add(s.g, v.g, rows)
	if s.h != nil {
		v.bins.add(s.h, v.h, rows)
	}
}

// complete fills in what a sparse layout leaves out of a task's histogram.
func (g *grower) complete(t *task) {
	if s, ok := t.view.bins.(*sparse); ok {
		s.settleZeros(t.sums.g, g.columns, t.branch.sums.g)
		if t.sums.h != nil {
			s.settleZeros(t.sums.h, g.columns, t.branch.sums.h)
		}
	}
}

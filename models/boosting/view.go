package boosting

import "slices"

// view is where rows live: the dataset, or a compact copy of some of the rows
// of another view.
type view struct {
	bins layout
	// Packed gradients and Hessians, which are empty where all are 1 and where
	// words hold both. A row that has come to
	// its leaf needs its gradient no more: the bits of the leaf's value, a
	// float64, take its place.
	g, h   []int64
	parent *view    // nil for the dataset
	ids    []uint32 // the parent's rows
}

const (
	// cacheBytes is how much of bins and gradients a core's caches hold well.
	cacheBytes = 4 << 20
	// compactShare is how few of a view's rows go to a view of their own: one
	// in so many, when about as much of what each load brings is of others.
	compactShare = 3
)

// compact moves a task's rows to a view of their own once they are few among
// many, unless the caches about hold the old one. It gives the view, or nil.
func (g *grower) compact(w *worker, t *task) *view {
	n, most := len(t.rows), len(t.view.g)/compactShare
	if n > most || most <= g.cache/(8+t.view.bins.rowBytes()) {
		return nil
	}
	v := w.view(most)
	bins := t.view.bins.gather(w, v.bins, t.rows, most)
	if bins == nil {
		return nil
	}
	v.bins, v.parent = bins, t.view
	v.ids = append(slices.Grow(v.ids[:0], most), t.rows...)
	v.g = pick(w, v.g, t.view.g, t.rows, most)
	if len(t.view.h) > 0 {
		v.h = pick(w, v.h, t.view.h, t.rows, most)
	}
	t.view = v
	count(t.rows)
	return v
}

// hoist gives the values of the view's rows, all in their leaves, to its
// parent.
func (v *view) hoist(w *worker) {
	w.split(0, len(v.g), shareRows, func(lo, hi int) {
		ids := v.ids[lo:hi]
		for i, x := range v.g[lo:hi] {
			v.parent.g[ids[i]] = x
		}
	})
}

// count writes 0, 1, 2, …
func count(rows []uint32) {
	for i := range rows {
		rows[i] = uint32(i)
	}
}

// origins gives the dataset's rows of some rows of a view.
func (v *view) origins(rows []uint32) []uint32 {
	for ; v.parent != nil; v = v.parent {
		up := make([]uint32, len(rows))
		for i, r := range rows {
			up[i] = v.ids[r]
		}
		rows = up
	}
	return rows
}

// pick copies some rows' values, or bins, of most at most, into the memory of
// into.
func pick[T any](w *worker, into, values []T, rows []uint32, most int) []T {
	into = slices.Grow(into[:0], most)[:len(rows)]
	w.split(0, len(rows), shareRows, func(lo, hi int) {
		into := into[lo:hi]
		for i, r := range rows[lo:hi] {
			into[i] = values[r]
		}
	})
	return into
}

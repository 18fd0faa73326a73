package boosting

import "slices"

// view is where rows live: the dataset, or a compact copy of some of the rows
// of another view.
type view struct {
	bins   layout
	g, h   []int64   // packed gradients; Hessians, empty where all are 1
	values []float64 // gets the values of the leaves added; of the dataset, the margins
	parent *view     // nil for the dataset
	ids    []uint32  // the parent's rows
}

// cacheBytes is how much of bins and gradients fits into a core's own cache.
const cacheBytes = 1 << 20

// compact moves a task's rows to a view of their own once they are so far
// apart that half of what each load brings is of other rows, unless the view
// about fits into the cache. It gives the view, or nil.
func (g *grower) compact(w *worker, t *task) *view {
	n, of, cached := len(t.rows), len(t.view.g), cacheBytes/(8+t.view.bins.rowBytes())
	if of <= 2*cached || n > of/2 {
		return nil
	}
	v := w.view()
	bins := t.view.bins.gather(v.bins, t.rows)
	if bins == nil {
		return nil
	}
	v.bins, v.parent = bins, t.view
	v.ids = append(v.ids[:0], t.rows...)
	v.g, v.h = pick(v.g, t.view.g, t.rows), pick(v.h, t.view.h, t.rows)
	v.values = slices.Grow(v.values[:0], n)[:n]
	clear(v.values)
	t.view = v
	copy(t.rows, g.identity[:n])
	return v
}

// hoist adds the values that the view collected to its parent's.
func (v *view) hoist() {
	to, ids := v.parent.values, v.ids[:len(v.values)]
	for i, x := range v.values {
		to[ids[i]] += x
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

// pick copies the values of some rows into the memory of into.
func pick(into, values []int64, rows []uint32) []int64 {
	if len(values) == 0 {
		return into[:0]
	}
	into = slices.Grow(into[:0], len(rows))[:len(rows)]
	for i, r := range rows {
		into[i] = values[r]
	}
	return into
}

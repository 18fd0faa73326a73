package boosting

// part moves a task's rows to the two ends of its room, and says how many
// went to the left. Several workers part a share each, and what lies between
// is then exchanged, which is free to break the order of rows.
func (g *grower) part(w *worker, t *task) int {
	c, rows, into := t.split.column, t.rows, t.into
	half := len(rows) / 2
	other := g.crew.spare(half)
	if other == nil {
		return t.view.bins.part(into, rows, c, &w.side)
	}
	done := make(chan int)
	go func() { done <- t.view.bins.part(into[half:], rows[half:], c, &w.side) }()
	a := t.view.bins.part(into[:half], rows[:half], c, &w.side)
	b := <-done
	g.crew.give(other)
	right, left := into[a:half], into[half:half+b]
	for i := range min(len(right), len(left)) {
		k := len(left) - 1 - i
		right[i], left[k] = left[k], right[i]
	}
	return a + b
}

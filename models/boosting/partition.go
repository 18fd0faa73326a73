package boosting

// part moves rows to the two ends of into by the side of their bin of column
// j, and says how many went to the left. When the work is shared, what lies
// between is exchanged afterwards, which is free to break the order of rows.
func (v *view) part(w *worker, into, rows []uint32, j int, side []uint8) int {
	front := 0
	for !w.shares(len(rows)) {
		n := w.piece(len(rows), shareRows)
		left := v.bins.part(into, rows[:n], j, side)
		front, into, rows = front+left, into[left:len(into)-n+left], rows[n:]
		if len(rows) == 0 {
			return front
		}
	}
	half := len(rows) / 2
	var a, b int
	w.join(
		func(w *worker) { a = v.part(w, into[:half], rows[:half], j, side) },
		func(w *worker) { b = v.part(w, into[half:], rows[half:], j, side) })
	right, left := into[a:half], into[half:half+b]
	for i := range min(len(right), len(left)) {
		k := len(left) - 1 - i
		right[i], left[k] = left[k], right[i]
	}
	return front + a + b
}

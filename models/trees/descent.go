package trees

import "slices"

// descent takes rows down trees. Several are on their way at once, so that the
// processor waits for many places of the memory together, and which way a row
// turns is computed and not guessed: half of the guesses would be wrong.
type descent struct {
	values  []float32 // of the rows, row-major
	columns int
	ends    []place // where each row has come to
}

// place is a leaf: its number, and that of the splits before it.
type place struct{ leaf, splits int32 }

// lane is a row on its way: the splits of the subtree that it is in, how often
// it has turned left, and where its values begin.
type lane struct{ at, end, lefts, row int }

// lanes is how many rows are on their way at once.
const lanes = 16

// read takes n rows. Numbers are compared as float32.
func (d *descent) read(rows []float64, n int) {
	d.columns, d.values = len(rows)/n, slices.Grow(d.values[:0], len(rows))
	for _, v := range rows {
		d.values = append(d.values, float32(v))
	}
	d.ends = make([]place, n)
}

// down finds the leaves of the rows. Before a leaf there are as many leaves as
// splits, but for those at which its rows turned left.
func (d *descent) down(t *tree, p packing) {
	if len(t.splits) == 0 {
		clear(d.ends)
		return
	}
	var way [lanes]lane
	n, next := min(lanes, len(d.ends)), 0
	for ; next < n; next++ {
		way[next] = lane{end: len(t.splits), row: next * d.columns}
	}
	for n > 0 {
		for k := 0; k < n; k++ {
			l := &way[k]
			s := t.splits[l.at]
			below := 0
			if d.values[l.row+p.column(s.link)] < s.threshold {
				below = 1
			}
			left := p.left(s.link)
			right := l.at + 1 + left
			l.at = right - left&-below
			l.end ^= (l.end ^ right) & -below
			l.lefts += below
			if l.at < l.end {
				continue
			}
			d.ends[l.row/d.columns] = place{int32(l.at - l.lefts), int32(l.at)}
			if next < len(d.ends) {
				*l = lane{end: len(t.splits), row: next * d.columns}
				next++
			} else {
				n--
				*l = way[n]
				k--
			}
		}
	}
}

package nearest

import (
	"context"
	"math"
	"slices"
)

// tree is a balanced k-d tree: the rows from lo to hi are parted at their
// middle, and those before it are at most, those from it on at least, at the
// cut. The cuts of the parts of a part follow
// at twice its place and one or two more, as in a heap. A part of at most
// leafRows is a leaf, and has none.
type tree struct {
	columns int
	points  []float32 // row-major
	cuts    []cut
	norms   []float64 // squared lengths of the rows, where there are too many columns for cuts
}

// measure finds the norms, which are not encoded.
func (t *tree) measure() {
	if t.columns <= treeColumns {
		return
	}
	t.norms = make([]float64, t.rows())
	for i := range t.norms {
		t.norms[i] = squareOf(t.points[i*t.columns : (i+1)*t.columns])
	}
}

func (t *tree) rows() int { return len(t.points) / t.columns }

// cut is a place in a column.
type cut struct {
	column int32
	at     float32
}

const leafRows = 24

// treeColumns is how many columns a tree may have: with more, boxes overlap so
// much that all rows are looked at, which goes faster without it.
const treeColumns = 15

// cutsOf is how many places the cuts of so many rows take: the larger part of
// each is the deepest. In many columns a tree is of no use.
func cutsOf(rows, columns int) int {
	places := 0
	for ; rows > leafRows && columns <= treeColumns; rows -= rows / 2 {
		places = 2*places + 1
	}
	return places
}

// grow orders points, and gives the cuts: each in the column in which the part
// is widest.
func grow(ctx context.Context, points []float32, columns int) (order []int32, cuts []cut, err error) {
	order = make([]int32, len(points)/columns)
	for i := range order {
		order[i] = int32(i)
	}
	cuts = make([]cut, cutsOf(len(order), columns))
	var part func(rows []int32, at int)
	part = func(rows []int32, at int) {
		if at >= len(cuts) || len(rows) <= leafRows || ctx.Err() != nil {
			return
		}
		column, middle := widest(points, columns, rows), len(rows)/2
		value := func(i int32) float32 { return points[int(i)*columns+column] }
		selectRow(rows, middle, value)
		cuts[at] = cut{int32(column), value(rows[middle])}
		part(rows[:middle], 2*at+1)
		part(rows[middle:], 2*at+2)
	}
	part(order, 0)
	return order, cuts, ctx.Err()
}

// widest gives the column in which rows lie farthest apart, the first of equal
// ones.
func widest(points []float32, columns int, rows []int32) int {
	low := slices.Clone(points[int(rows[0])*columns:][:columns])
	high := slices.Clone(low)
	for _, i := range rows {
		for j, v := range points[int(i)*columns:][:columns] {
			low[j], high[j] = min(low[j], v), max(high[j], v)
		}
	}
	best := 0
	for j := range low {
		if high[j]-low[j] > high[best]-low[best] {
			best = j
		}
	}
	return best
}

// selectRow brings the row that would be at a place, were they sorted by their
// values, and rows of equal values by their numbers, to that place, smaller ones
// before it and larger ones behind it (Hoare's quickselect).
func selectRow(rows []int32, place int, value func(int32) float32) {
	less := func(a, b int32) bool {
		x, y := value(a), value(b)
		return x < y || x == y && a < b
	}
	for lo, hi := 0, len(rows)-1; lo < hi; {
		// The middle of three, wherever they stand: sorted rows are not the worst case.
		a, b, c := rows[lo], rows[lo+(hi-lo)/2], rows[hi]
		if less(b, a) {
			a, b = b, a
		}
		pivot := b
		if less(c, a) {
			pivot = a
		} else if less(c, b) {
			pivot = c
		}
		i, j := lo, hi
		for i <= j {
			for less(rows[i], pivot) {
				i++
			}
			for less(pivot, rows[j]) {
				j--
			}
			if i <= j {
				rows[i], rows[j] = rows[j], rows[i]
				i++
				j--
			}
		}
		switch {
		case place <= j:
			hi = j
		case place >= i:
			lo = i
		default:
			return
		}
	}
}

// search finds the rows nearest to a point. Its memory is used again.
type search struct {
	*tree
	point []float32
	away  []float64 // by column: how far the box that is looked at is from the point
	found []found   // nearest first
	most  int
}

type found struct {
	square float64 // of the distance
	row    int32
}

func newSearch(t *tree, most int, point []float32) *search {
	return &search{tree: t, point: point, away: make([]float64, t.columns), found: make([]found, 0, most), most: most}
}

// nearest finds what is nearest to s.point.
func (s *search) nearest() {
	clear(s.away)
	s.found = s.found[:0]
	s.part(0, s.rows(), 0, 0)
}

// part looks at the rows from lo to hi, whose box is away from the point by the
// root of square; at is the place of their cut.
func (s *search) part(lo, hi, at int, square float64) {
	if hi-lo <= leafRows {
		s.leaf(lo, hi)
		return
	}
	middle := lo + (hi-lo)/2
	cut := s.cuts[at]
	off := float64(s.point[cut.column]) - float64(cut.at)
	left, right := 2*at+1, 2*at+2
	if off < 0 {
		s.part(lo, middle, left, square)
	} else {
		s.part(middle, hi, right, square)
	}
	before := s.away[cut.column]
	beyond := square - before*before + off*off
	// What rounding can do to the distance of a box must not hide a row.
	const rounding = 1 - 1e-9
	if beyond*rounding > s.limit() {
		return
	}
	s.away[cut.column] = off
	if off < 0 {
		s.part(middle, hi, right, beyond)
	} else {
		s.part(lo, middle, left, beyond)
	}
	s.away[cut.column] = before
}

// leaf looks at each of the rows from lo to hi.
func (s *search) leaf(lo, hi int) {
	for i := lo; i < hi; i++ {
		s.offer(i)
	}
}

// limit is the squared distance that a row has to be within.
func (s *search) limit() float64 {
	if len(s.found) < s.most {
		return math.Inf(1)
	}
	return s.found[s.most-1].square
}

// offer takes a row if it is among the nearest so far.
func (s *search) offer(i int) {
	limit := s.limit()
	f := found{s.squareTo(i, limit), int32(i)}
	if len(s.found) == s.most {
		if f.square > limit || !f.before(s.found[s.most-1]) {
			return
		}
		s.found = s.found[:s.most-1]
	}
	s.found = append(s.found, f)
	at := len(s.found) - 1
	for ; at > 0 && f.before(s.found[at-1]); at-- {
		s.found[at] = s.found[at-1]
	}
	s.found[at] = f
}

// before says whether a row is nearer than another, or as near and first in the
// tree.
func (f found) before(other found) bool {
	return f.square < other.square || f.square == other.square && f.row < other.row
}

// squareTo gives the squared distance of a row, or, of one that is beyond the
// limit, something beyond it.
func (s *search) squareTo(i int, limit float64) float64 {
	row, point := s.points[i*s.columns:(i+1)*s.columns], s.point
	square := 0.0
	const at = 8 // columns between two looks at the limit
	for ; len(row) > at; row, point = row[at:], point[at:] {
		point := point[:at]
		for j, v := range row[:at] {
			d := float64(v) - float64(point[j])
			square += d * d
		}
		if square > limit {
			return square
		}
	}
	for j, v := range row {
		d := float64(v) - float64(point[j])
		square += d * d
	}
	return square
}

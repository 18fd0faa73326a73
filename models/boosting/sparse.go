package boosting

import (
	"slices"

	"labbook/internal/matrix"
)

// sparse keeps, row by row, the columns and bins of what the matrix stores.
// Zeros, which are not stored, cost nothing: the sum of a column's zero bin is
// what the others leave of the node's sum, see settleZeros.
type sparse struct {
	columns []column
	offsets []int
	indptr  []int
	indices []int32
	bins    []uint8
}

// sparseShare is how many stored values a bin of a sparse column takes at
// least: a vocabulary of thousands of rare words then has about one bin a word
// beside that of zero.
const sparseShare = 16

// cutSparse finds the bins from the stored values alone; zero falls where it
// falls among them and has a bin of its own when they have one sign.
func (d *Dataset) cutSparse(x *matrix.Matrix) {
	values := make([][]float32, x.Cols)
	missing := make([]bool, x.Cols)
	for i := range x.Rows {
		columns, stored := x.SparseRow(i)
		for k, j := range columns {
			if v := stored[k]; v != v {
				missing[j] = true
			} else if v != 0 {
				values[j] = append(values[j], float32(v))
			}
		}
	}
	for j := range d.columns {
		room := min(d.maxBins-1, 1+len(values[j])/sparseShare)
		if n := levels(x, j); n > 0 {
			d.columns[j] = newColumn(n, append(values[j], 0), missing[j], d.maxBins)
			d.columns[j].zero = int(d.columns[j].codes[0])
			continue
		}
		values[j] = append(values[j], 0)
		cuts := aroundZero(quantileCuts(values[j], min(room+1, 253)), values[j])
		d.columns[j] = column{cuts: cuts, bins: len(cuts) + 1, missing: missing[j], zero: binOf(cuts, 0)}
	}
	d.layOut(0)
	s := &sparse{columns: d.columns, offsets: d.offsets, indptr: x.Sparse.Indptr, indices: x.Sparse.Indices,
		bins: make([]uint8, len(x.Sparse.Data))}
	for k, v := range x.Sparse.Data {
		s.bins[k] = uint8(d.columns[s.indices[k]].bin(v))
	}
	d.bins = s
}

// aroundZero adds the cuts that part zero from its neighbours among the sorted
// values, which hold it, where there are none.
func aroundZero(cuts, values []float32) []float32 {
	at, _ := slices.BinarySearch(values, 0)
	end := at
	for end < len(values) && values[end] == 0 {
		end++
	}
	if at > 0 {
		cuts = cutBetween(cuts, values[at-1], 0)
	}
	if end < len(values) {
		cuts = cutBetween(cuts, 0, values[end])
	}
	return cuts
}

// cutBetween adds a cut that parts a from b, unless one does.
func cutBetween(cuts []float32, a, b float32) []float32 {
	k := binOf(cuts, a)
	if k < len(cuts) && cuts[k] <= b {
		return cuts
	}
	return slices.Insert(cuts, k, between(a, b))
}

func (s *sparse) row(r uint32) ([]int32, []uint8) {
	a, b := s.indptr[r], s.indptr[r+1]
	return s.indices[a:b], s.bins[a:b]
}

func (s *sparse) add(histogram, values []int64, rows []uint32) {
	for _, r := range rows {
		v := values[r]
		columns, bins := s.row(r)
		for k, j := range columns {
			histogram[s.offsets[j]+int(bins[k])] += v
		}
	}
}

// settleZeros gives the bin of zero of each column what the others leave of
// total.
func (s *sparse) settleZeros(histogram []int64, columns []int, total int64) {
	for _, j := range columns {
		c := &s.columns[j]
		room := histogram[s.offsets[j] : s.offsets[j]+c.all()]
		rest := total
		for b, v := range room {
			if b != c.zero {
				rest -= v
			}
		}
		room[c.zero] = rest
	}
}

func (s *sparse) bin(row uint32, j int) uint8 {
	columns, bins := s.row(row)
	if k, ok := slices.BinarySearch(columns, int32(j)); ok {
		return bins[k]
	}
	return uint8(s.columns[j].zero)
}

func (s *sparse) part(into, rows []uint32, j int, side *[256]uint8) int {
	front, back := 0, len(rows)-1
	for _, r := range rows {
		if side[s.bin(r, j)] == 0 {
			into[front] = r
			front++
		} else {
			into[back] = r
			back--
		}
	}
	return front
}

func (s *sparse) raise(values []float64, by [2]float64, rows []uint32, j int, side *[256]uint8) {
	for _, r := range rows {
		values[r] += by[side[s.bin(r, j)]]
	}
}

func (s *sparse) rowBytes() int { return 5 * len(s.bins) / max(len(s.indptr)-1, 1) }

// gather does not pay: the rows are long, and read in one piece.
func (s *sparse) gather(layout, []uint32) layout { return nil }

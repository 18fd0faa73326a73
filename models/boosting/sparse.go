package boosting

import (
	"slices"
	"unsafe"

	"labbook/internal/data/matrix"
)

// sparse keeps, row by row, the columns and bins of what the matrix stores.
// Zeros, which are not stored, cost nothing: the sum of a column's zero bin is
// what the others leave of the node's sum, see settleZeros.
type sparse[B bin] struct {
	columns []column
	offsets []int
	rows    *matrix.CSR
	bins    []B // beside the values of rows
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
		d.columns[j] = newSparseColumn(levels(x, j), values[j], missing[j], d.maxBins)
	}
	d.layOut(0)
	if d.fitBytes() {
		d.bins = newSparse[uint8](x, d)
	} else {
		d.bins = newSparse[uint16](x, d)
	}
}

// newSparseColumn finds the bins of a column from its stored values.
func newSparseColumn(levels int, values []float32, missing bool, maxBins int) column {
	values = append(values, 0)
	if levels > 0 {
		c := newColumn(levels, values, missing, maxBins)
		c.zero = int(c.codes[0])
		return c
	}
	room := min(maxBins, 2+(len(values)-1)/sparseShare, numberBins(maxBins)-3) // 2 more cuts around zero, and the missing
	cuts := aroundZero(quantileCuts(values, room), values)
	return numbers(cuts, missing)
}

func newSparse[B bin](x *matrix.Matrix, d *Dataset) *sparse[B] {
	s := &sparse[B]{columns: d.columns, offsets: d.offsets, rows: x.Sparse, bins: make([]B, len(x.Sparse.Data))}
	for i := range x.Rows {
		columns, bins := s.row(uint32(i))
		_, values := x.SparseRow(i)
		for k, j := range columns {
			bins[k] = B(d.columns[j].bin(values[k]))
		}
	}
	return s
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

func (s *sparse[B]) row(r uint32) ([]int32, []B) {
	a, b := s.rows.Span(int(r))
	return s.rows.Indices[a:b], s.bins[a:b]
}

func (s *sparse[B]) add(histogram, values []int64, rows []uint32) {
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
func (s *sparse[B]) settleZeros(histogram []int64, columns []int, total int64) {
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

func (s *sparse[B]) bin(row uint32, j int) B {
	columns, bins := s.row(row)
	if k, ok := slices.BinarySearch(columns, int32(j)); ok {
		return bins[k]
	}
	return B(s.columns[j].zero)
}

func (s *sparse[B]) part(into, rows []uint32, j int, side []uint8) int {
	front, back := 0, len(into)-1
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

func (s *sparse[B]) settle(into []int64, values [2]int64, rows []uint32, j int, side []uint8) {
	for _, r := range rows {
		into[r] = values[side[s.bin(r, j)]]
	}
}

func (s *sparse[B]) rowBytes() int {
	return (4 + int(unsafe.Sizeof(B(0)))) * len(s.bins) / max(len(s.rows.Indptr)-1, 1)
}

// gather does not pay: the rows are long, and read in one piece.
func (s *sparse[B]) gather(*worker, layout, []uint32, int) layout { return nil }

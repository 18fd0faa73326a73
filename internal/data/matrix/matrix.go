// Package matrix holds what estimators learn from: a dense or sparse design
// matrix with named columns.
package matrix

import "labbook/internal/base/mapped"

// Matrix is Rows x Cols numbers. Just one of Dense, Sparse and Views is set.
// Estimators must not change it. A NaN in Dense is a missing value.
type Matrix struct {
	Rows, Cols int
	Names      []string  // one per column, as a person would call it: "cut=Ideal", "carat"
	Dense      []float64 // row-major: cell (i, j) is Dense[i*Cols+j]
	Sparse     *CSR
	// Levels[j] > 0 says that column j holds the codes 0 … Levels[j]-1 of a
	// category without an order, for estimators that split on sets of
	// categories; nil when there is none.
	Levels []int
	Views  []View // see Join

	room *mapped.Room
}

// Room gives where what is made of the matrix finds room; nil is memory.
func (m *Matrix) Room() *mapped.Room { return m.room }

// CSR is the compressed sparse row form: row i has the columns
// Indices[Indptr[i]:Indptr[i+1]], ascending, and their values in Data.
// What is not stored is zero.
//
// Rows that were taken from a matrix share its Indices and Data, which hold
// other rows too: row i ends at Ends[i] there, as in the form with four arrays
// of Intel's MKL. Span tells for both.
type CSR struct {
	Indptr  []int
	Ends    []int // nil: each row ends where the next begins
	Indices []int32
	Data    []float64
}

// Span gives where row i begins and ends in Indices and Data.
func (s *CSR) Span(i int) (lo, hi int) {
	if s.Ends != nil {
		return s.Indptr[i], s.Ends[i]
	}
	return s.Indptr[i], s.Indptr[i+1]
}

// Row gives row i of a dense matrix; it shares memory.
func (m *Matrix) Row(i int) []float64 { return m.Dense[i*m.Cols : (i+1)*m.Cols] }

// SparseRow gives the columns and values of row i of a sparse matrix; they
// share memory.
func (m *Matrix) SparseRow(i int) ([]int32, []float64) {
	a, b := m.Sparse.Span(i)
	return m.Sparse.Indices[a:b], m.Sparse.Data[a:b]
}

// Stored is how many values a sparse matrix holds in its rows.
func (m *Matrix) Stored() int {
	n := 0
	for i := range m.Rows {
		lo, hi := m.Sparse.Span(i)
		n += hi - lo
	}
	return n
}

// Take gives the rows with these indices, in that order. Those of a sparse
// matrix share memory with it, because a corpus is cut into folds many times.
func (m *Matrix) Take(rows []int) *Matrix {
	if m.Views != nil {
		return m.take(rows)
	}
	out := &Matrix{Rows: len(rows), Cols: m.Cols, Names: m.Names, Levels: m.Levels, room: m.room}
	if m.Sparse == nil {
		out.Dense = mapped.Make[float64](m.room, len(rows)*m.Cols)[:0]
		for _, r := range rows {
			out.Dense = append(out.Dense, m.Row(r)...)
		}
		return out
	}
	s := &CSR{Indptr: make([]int, len(rows)), Ends: make([]int, len(rows)), Indices: m.Sparse.Indices, Data: m.Sparse.Data}
	for i, r := range rows {
		s.Indptr[i], s.Ends[i] = m.Sparse.Span(r)
	}
	out.Sparse = s
	return out
}

// Transpose gives a sparse matrix by its columns: row j of the result is column j.
func (m *Matrix) Transpose() *Matrix {
	starts := make([]int, m.Cols+2) // two places on, so that each moves to its column's end
	for i := range m.Rows {
		columns, _ := m.SparseRow(i)
		for _, j := range columns {
			starts[j+2]++
		}
	}
	for j := 2; j < len(starts); j++ {
		starts[j] += starts[j-1]
	}
	n := starts[len(starts)-1]
	t := &CSR{Indices: make([]int32, n), Data: make([]float64, n)}
	for i := range m.Rows {
		columns, values := m.SparseRow(i)
		for k, j := range columns {
			at := starts[j+1]
			t.Indices[at], t.Data[at] = int32(i), values[k]
			starts[j+1]++
		}
	}
	t.Indptr = starts[:m.Cols+1]
	return &Matrix{Rows: m.Cols, Cols: m.Rows, Sparse: t}
}

// Package matrix holds what estimators learn from: a dense or sparse design
// matrix with named columns.
package matrix

// Matrix is Rows x Cols numbers. Just one of Dense and Sparse is set.
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
}

// CSR is the compressed sparse row form: row i has the columns
// Indices[Indptr[i]:Indptr[i+1]], ascending, and their values in Data.
// What is not stored is zero.
type CSR struct {
	Indptr  []int
	Indices []int32
	Data    []float64
}

// Row gives row i of a dense matrix; it shares memory.
func (m *Matrix) Row(i int) []float64 { return m.Dense[i*m.Cols : (i+1)*m.Cols] }

// SparseRow gives the columns and values of row i of a sparse matrix; they
// share memory.
func (m *Matrix) SparseRow(i int) ([]int32, []float64) {
	a, b := m.Sparse.Indptr[i], m.Sparse.Indptr[i+1]
	return m.Sparse.Indices[a:b], m.Sparse.Data[a:b]
}

// Take gives the rows with these indices, in that order, as a new matrix.
func (m *Matrix) Take(rows []int) *Matrix {
	out := &Matrix{Rows: len(rows), Cols: m.Cols, Names: m.Names, Levels: m.Levels}
	if m.Sparse == nil {
		out.Dense = make([]float64, 0, len(rows)*m.Cols)
		for _, r := range rows {
			out.Dense = append(out.Dense, m.Row(r)...)
		}
		return out
	}
	n := 0
	for _, r := range rows {
		n += m.Sparse.Indptr[r+1] - m.Sparse.Indptr[r]
	}
	s := &CSR{Indptr: make([]int, 1, len(rows)+1), Indices: make([]int32, 0, n), Data: make([]float64, 0, n)}
	for _, r := range rows {
		cols, values := m.SparseRow(r)
		s.Indices = append(s.Indices, cols...)
		s.Data = append(s.Data, values...)
		s.Indptr = append(s.Indptr, len(s.Indices))
	}
	out.Sparse = s
	return out
}

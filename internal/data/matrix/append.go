package matrix

import "slices"

// Append gives the matrix with one more column at its end, of a number per row.
func (m *Matrix) Append(name string, values []float64) *Matrix {
	out := &Matrix{Rows: m.Rows, Cols: m.Cols + 1, Names: append(slices.Clip(m.Names), name)}
	if m.Levels != nil {
		out.Levels = append(slices.Clip(m.Levels), 0)
	}
	if m.Sparse == nil {
		out.Dense = make([]float64, 0, out.Rows*out.Cols)
		for i, v := range values {
			out.Dense = append(append(out.Dense, m.Row(i)...), v)
		}
		return out
	}
	n := m.Stored() + m.Rows
	s := &CSR{Indptr: make([]int, 1, m.Rows+1), Indices: make([]int32, 0, n), Data: make([]float64, 0, n)}
	for i, v := range values {
		columns, stored := m.SparseRow(i)
		s.Indices = append(append(s.Indices, columns...), int32(m.Cols))
		s.Data = append(append(s.Data, stored...), v)
		s.Indptr = append(s.Indptr, len(s.Data))
	}
	out.Sparse = s
	return out
}

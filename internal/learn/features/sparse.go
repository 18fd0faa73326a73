package features

import (
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// transformSparse encodes all rows, with dense columns among sparse ones: their
// zeros are not stored. What is made already of the same rows is not made again.
func (f *Features) transformSparse(rows int, sources []*table.Column, ready made, cores int) (*matrix.CSR, error) {
	parts := make([]*matrix.CSR, len(f.encoders))
	for i, e := range f.encoders {
		var err error
		if x := ready.sparse[e]; x != nil {
			parts[i] = x
		} else if s, ok := e.(sparse); ok {
			parts[i], err = s.encode(sources[i], cores)
		} else {
			parts[i], err = compress(e, sources[i], rows, ready)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return beside(parts, f.starts, rows), nil
}

// compress gives the columns of a dense encoder in sparse form.
func compress(e encoder, source *table.Column, rows int, ready made) (*matrix.CSR, error) {
	width := len(e.names())
	values, err := fillDense([]encoder{e}, []int{0}, []*table.Column{source}, ready, rows, width)
	if err != nil {
		return nil, err
	}
	out := &matrix.CSR{Indptr: make([]int, 1, rows+1)}
	for i := range rows {
		for j, v := range values[i*width : (i+1)*width] {
			if v != 0 {
				out.Indices = append(out.Indices, int32(j))
				out.Data = append(out.Data, v)
			}
		}
		out.Indptr = append(out.Indptr, len(out.Data))
	}
	return out, nil
}

// beside puts matrices with equally many rows side by side, each from its first
// column on.
func beside(parts []*matrix.CSR, starts []int, rows int) *matrix.CSR {
	stored := 0
	for _, p := range parts {
		stored += len(p.Data)
	}
	out := &matrix.CSR{
		Indptr:  make([]int, 1, rows+1),
		Indices: make([]int32, 0, stored),
		Data:    make([]float64, 0, stored),
	}
	for row := range rows {
		for i, p := range parts {
			lo, hi := p.Indptr[row], p.Indptr[row+1]
			for _, j := range p.Indices[lo:hi] {
				out.Indices = append(out.Indices, int32(starts[i])+j)
			}
			out.Data = append(out.Data, p.Data[lo:hi]...)
		}
		out.Indptr = append(out.Indptr, len(out.Data))
	}
	return out
}

// Package linear has what linear classifiers on sparse data share before they
// are fitted.
package linear

import (
	"math"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
)

// Folding says how the columns that only one row has were folded into one. The
// zero value says that none were.
type Folding struct {
	cols  int
	to    []int32   // per original column: its column, or none
	share []float64 // per original column: its part of the folded column's weight
}

const none = -1

// Fold replaces, in every row, the columns that no other row has by a single
// column of the same length. For a penalty on the squared length of the weights
// that is the same problem: such columns' weights are all multiples of the
// row's values, whatever the loss. Of text's n-grams most are of this sort, so
// the problem has a fraction of the columns and of the values; where few are, x
// is given back as it is, which costs no memory.
func Fold(x *matrix.Matrix) (*matrix.Matrix, *Folding) {
	seen, alone := Frequencies(x), 0
	for _, n := range seen {
		if n == 1 {
			alone++
		}
	}
	if alone < x.Stored()/8 {
		return x, &Folding{}
	}
	f := &Folding{cols: x.Cols, to: make([]int32, x.Cols), share: make([]float64, x.Cols)}
	next := int32(0)
	for j, n := range seen {
		f.to[j] = none
		if n > 1 {
			f.to[j], f.share[j] = next, 1
			next++
		}
	}
	out := &matrix.CSR{Indptr: make([]int, 1, x.Rows+1)}
	for i := range x.Rows {
		columns, values := x.SparseRow(i)
		square := 0.0
		for k, j := range columns {
			if seen[j] > 1 {
				out.Indices, out.Data = append(out.Indices, f.to[j]), append(out.Data, values[k])
			} else {
				square += values[k] * values[k]
			}
		}
		if square > 0 {
			length := math.Sqrt(square)
			for k, j := range columns {
				if seen[j] == 1 {
					f.to[j], f.share[j] = next, values[k]/length
				}
			}
			out.Indices, out.Data = append(out.Indices, next), append(out.Data, length)
			next++
		}
		out.Indptr = append(out.Indptr, len(out.Indices))
	}
	return &matrix.Matrix{Rows: x.Rows, Cols: int(next), Sparse: out}, f
}

// Frequencies gives, for each column of a sparse matrix, the number of rows that
// have it.
func Frequencies(x *matrix.Matrix) []int32 {
	seen := make([]int32, x.Cols)
	for i := range x.Rows {
		columns, _ := x.SparseRow(i)
		for _, j := range columns {
			seen[j]++
		}
	}
	return seen
}

// Unfold gives the map over the original columns.
func (f *Folding) Unfold(m *affine.Map) *affine.Map {
	if f.to == nil {
		return m
	}
	out := affine.New(f.cols, m.Classes)
	copy(out.Bias, m.Bias)
	for j, to := range f.to {
		if to == none {
			continue
		}
		w := m.W[int(to)*m.Classes:][:m.Classes]
		for c := range w {
			out.W[j*m.Classes+c] = w[c] * f.share[j]
		}
	}
	return out
}

// Sparse gives a matrix in sparse form.
func Sparse(x *matrix.Matrix) *matrix.Matrix {
	if x.Sparse != nil {
		return x
	}
	s := &matrix.CSR{Indptr: make([]int, 1, x.Rows+1)}
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if v != 0 {
				s.Indices, s.Data = append(s.Indices, int32(j)), append(s.Data, v)
			}
		}
		s.Indptr = append(s.Indptr, len(s.Indices))
	}
	return &matrix.Matrix{Rows: x.Rows, Cols: x.Cols, Names: x.Names, Sparse: s}
}

// Weights gives the rows' weights, scaled so that every class counts the same
// when balanced is set; nil means 1.
func Weights(data *estimator.Data, balanced bool) []float64 {
	if !balanced {
		return data.Weights
	}
	weight := func(i int) float64 {
		if data.Weights != nil {
			return data.Weights[i]
		}
		return 1
	}
	sums, total := make([]float64, len(data.Classes)), 0.0
	for i, y := range data.Y {
		sums[int(y)] += weight(i)
		total += weight(i)
	}
	out := make([]float64, len(data.Y))
	for i, y := range data.Y {
		out[i] = weight(i) * total / (float64(len(sums)) * sums[int(y)])
	}
	return out
}

// Package affine is the shape that naive Bayes, linear support vector machines
// and logistic regression share once fitted: a weight per column and class, and
// a bias per class.
package affine

import (
	"encoding/binary"
	"errors"
	"math"

	"labbook/internal/data/matrix"
)

// Map is x -> x W + b, from Cols numbers to Classes scores.
type Map struct {
	Cols, Classes int
	// W is column-major in the input: the weights of column j are
	// W[j*Classes:(j+1)*Classes], so that a sparse row touches whole cache lines.
	W    []float64
	Bias []float64 // Classes
}

// New makes a map of zeros.
func New(cols, classes int) *Map {
	return &Map{Cols: cols, Classes: classes, W: make([]float64, cols*classes), Bias: make([]float64, classes)}
}

// Scores writes the scores of x's rows into dst, which has x.Rows*Classes values.
func (m *Map) Scores(dst []float64, x *matrix.Matrix) {
	i := 0
	if x.Sparse == nil && m.Classes > 1 {
		for ; i+4 <= x.Rows; i += 4 {
			out, rows := dst[i*m.Classes:][:4*m.Classes], x.Dense[i*m.Cols:][:4*m.Cols]
			for k := 0; k < m.Classes; k += 2 {
				m.four(out, rows, min(k, m.Classes-2))
			}
		}
	}
	for ; i < x.Rows; i++ {
		out := dst[i*m.Classes : (i+1)*m.Classes]
		copy(out, m.Bias)
		if x.Sparse != nil {
			columns, values := x.SparseRow(i)
			for k, j := range columns {
				m.add(out, int(j), values[k])
			}
			continue
		}
		for j, v := range x.Row(i) {
			if v != 0 {
				m.add(out, j, v)
			}
		}
	}
}

// four writes the scores of four dense rows for classes k and k+1. No sum waits
// for another, and each is added up in the columns' order, as that of a row by
// itself.
func (m *Map) four(out, rows []float64, k int) {
	n := m.Cols
	r0, r1, r2, r3 := rows[:n], rows[n:][:n], rows[2*n:][:n], rows[3*n:][:n]
	a0, b0 := m.Bias[k], m.Bias[k+1]
	a1, b1, a2, b2, a3, b3 := a0, b0, a0, b0, a0, b0
	w := m.W[k:]
	for j, v0 := range r0 {
		u, v := w[j*m.Classes], w[j*m.Classes+1]
		v1, v2, v3 := r1[j], r2[j], r3[j]
		a0, b0 = a0+v0*u, b0+v0*v
		a1, b1 = a1+v1*u, b1+v1*v
		a2, b2 = a2+v2*u, b2+v2*v
		a3, b3 = a3+v3*u, b3+v3*v
	}
	c := m.Classes
	out[k], out[k+1] = a0, b0
	out[c+k], out[c+k+1] = a1, b1
	out[2*c+k], out[2*c+k+1] = a2, b2
	out[3*c+k], out[3*c+k+1] = a3, b3
}

func (m *Map) add(out []float64, column int, v float64) {
	w := m.W[column*m.Classes:][:len(out)]
	for c := range out {
		out[c] += v * w[c]
	}
}

// Explain implements estimator.Explainer: what each column of row i of x adds to
// the score of a class beyond what it adds to all classes on average.
func (m *Map) Explain(dst []float64, x *matrix.Matrix, i, class int) {
	if x.Sparse == nil {
		for j, v := range x.Row(i) {
			dst[j] = v * m.pull(j, class)
		}
		return
	}
	columns, values := x.SparseRow(i)
	for k, j := range columns {
		dst[k] = values[k] * m.pull(int(j), class)
	}
}

// pull gives how far the weight of a column for a class is above the mean.
func (m *Map) pull(column, class int) float64 {
	w, mean := m.W[column*m.Classes:][:m.Classes], 0.0
	for _, v := range w {
		mean += v
	}
	return w[class] - mean/float64(m.Classes)
}

// Softmax turns scores into probabilities in place, a row at a time.
func Softmax(scores []float64, classes int) {
	for ; len(scores) >= classes && classes > 0; scores = scores[classes:] {
		row, top, sum := scores[:classes], math.Inf(-1), 0.0
		for _, s := range row {
			top = max(top, s)
		}
		for c, s := range row {
			row[c] = math.Exp(s - top)
			sum += row[c]
		}
		for c := range row {
			row[c] /= sum
		}
	}
}

// Append appends the map's encoding: Cols and Classes as uint32, then the
// weights and biases as float64, little-endian.
func (m *Map) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Cols))
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Classes))
	return AppendFloats(AppendFloats(b, m.W), m.Bias)
}

// ErrDamaged is what decoders of this package return.
var ErrDamaged = errors.New("not an encoded model, or a damaged one")

// Decode takes a map off the front of data.
func Decode(data []byte) (*Map, []byte, error) {
	if len(data) < 8 {
		return nil, nil, ErrDamaged
	}
	cols, classes := int(binary.LittleEndian.Uint32(data)), int(binary.LittleEndian.Uint32(data[4:]))
	data = data[8:]
	if classes < 1 || cols > len(data)/8/classes || (cols+1)*classes > len(data)/8 {
		return nil, nil, ErrDamaged
	}
	m := &Map{Cols: cols, Classes: classes}
	m.W, data, _ = Floats(data, cols*classes)
	m.Bias, data, _ = Floats(data, classes)
	return m, data, nil
}

// AppendFloats appends values as float64, little-endian.
func AppendFloats(b []byte, values []float64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// Floats takes n float64 off the front of data.
func Floats(data []byte, n int) ([]float64, []byte, error) {
	if n > len(data)/8 {
		return nil, nil, ErrDamaged
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return values, data[8*n:], nil
}

package leaks

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// leastSquares gives the weights of the plane through the rows that have all
// terms, the constant first; nil where there are too few of them.
func leastSquares(terms [][]float64, y []float64) []float64 {
	var rows []int
	for i := range y {
		if !math.IsNaN(y[i]) && !math.IsNaN(apply(make([]float64, len(terms)+1), terms, i)) {
			rows = append(rows, i)
		}
	}
	if len(rows) < 10*(len(terms)+1) {
		return nil
	}
	a, b := mat.NewDense(len(rows), len(terms)+1, nil), mat.NewVecDense(len(rows), nil)
	for r, i := range rows {
		a.Set(r, 0, 1)
		for j := range terms {
			a.Set(r, j+1, terms[j][i])
		}
		b.SetVec(r, y[i])
	}
	var x mat.VecDense
	if err := x.SolveVec(a, b); err != nil {
		if _, poor := err.(mat.Condition); !poor {
			return nil
		}
	}
	return x.RawVector().Data
}

// apply gives the value of the plane in a row.
func apply(weights []float64, terms [][]float64, row int) float64 {
	v := weights[0]
	for j := range terms {
		v += weights[j+1] * terms[j][row]
	}
	return v
}

// correlation is Pearson's over the rows that have both values; NaN of constants.
func correlation(a, b []float64) float64 {
	var n, meanA, meanB float64
	for i := range a {
		if !math.IsNaN(a[i]) && !math.IsNaN(b[i]) {
			n++
			meanA += a[i]
			meanB += b[i]
		}
	}
	meanA /= n
	meanB /= n
	var aa, bb, ab float64
	for i := range a {
		if !math.IsNaN(a[i]) && !math.IsNaN(b[i]) {
			x, y := a[i]-meanA, b[i]-meanB
			aa += x * x
			bb += y * y
			ab += x * y
		}
	}
	return ab / math.Sqrt(aa*bb)
}

// deviation is the standard deviation of the values that are there.
func deviation(values []float64) float64 {
	var n, mean, squares float64
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
			mean += v
		}
	}
	mean /= n
	for _, v := range values {
		if !math.IsNaN(v) {
			squares += (v - mean) * (v - mean)
		}
	}
	return math.Sqrt(squares / n)
}

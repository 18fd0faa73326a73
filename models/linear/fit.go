package linear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/models/estimator"
	"labbook/models/internal/plane"
)

// fit learns a plane. The columns are centred (with an intercept) and scaled by
// powers of two, which is exact, so that no square overflows.
func fit(ctx context.Context, p Params, data *estimator.Data, cores int) (*model, error) {
	x, y := data.X, data.Y
	if x.Rows == 0 {
		return nil, diag.New("there are no rows to learn from", "check what keep and split leave")
	}
	if x.Dense == nil && x.Cols > 0 {
		return nil, errors.New("linear: a sparse matrix")
	}
	s, err := survey(data)
	if err != nil {
		return nil, err
	}
	if !p.Intercept {
		clear(s.mean)
	}
	n := x.Cols
	load := func(block panel, lo int) {
		for i := range block.rows {
			w := 1.0
			if data.Weights != nil {
				w = math.Sqrt(data.Weights[lo+i])
			}
			for j, v := range x.Row(lo + i) {
				block.data[j*block.rows+i] = w * (v - s.mean[j]) * s.scale[j]
			}
			block.data[n*block.rows+i] = w * (y[lo+i] - s.mean[n]) * s.scale[n]
		}
	}
	var a panel
	if x.Rows <= n {
		a = newPanel(x.Rows, n+1)
		load(a, 0)
	} else if a, err = tsqr(ctx, x.Rows, n+1, cores, load); err != nil {
		return nil, err
	}
	m := s.model(x.Names, x.Rows, p, solve(a, s, x.Rows, p.Ridge))
	for _, w := range append([]float64{m.Intercept, m.Residual, m.Total}, append(m.Weights, m.Spreads...)...) {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return nil, diag.New("the columns are of too different sizes for least squares", "standardise the numbers in the features stage")
		}
	}
	return m, nil
}

// moments are what one pass over the data shows of its columns, the target
// being the last.
type moments struct {
	mean   []float64
	least  []float64
	most   []float64
	scale  []float64 // powers of two that bring the largest magnitude near 1
	weight float64   // sum of the rows' weights
}

// survey takes the moments, and refuses what is not finite.
func survey(data *estimator.Data) (*moments, error) {
	x, n := data.X, data.X.Cols
	s := &moments{
		mean:  make([]float64, n+1),
		least: slices.Repeat([]float64{math.Inf(1)}, n+1),
		most:  slices.Repeat([]float64{math.Inf(-1)}, n+1),
		scale: slices.Repeat([]float64{1}, n+1),
	}
	sums := make([]float64, n+1)
	row := make([]float64, n+1)
	// Sums of blocks lose less to rounding than one long sum.
	for lo := 0; lo < x.Rows; lo += 1024 {
		clear(sums)
		for i := lo; i < min(lo+1024, x.Rows); i++ {
			w := 1.0
			if data.Weights != nil {
				w = data.Weights[i]
			}
			copy(row, x.Row(i))
			row[n] = data.Y[i]
			for j, v := range row {
				sums[j] += w * v
				s.least[j], s.most[j] = min(s.least[j], v), max(s.most[j], v) // NaN sticks
			}
			s.weight += w
		}
		for j, v := range sums {
			s.mean[j] += v
		}
	}
	for j := range s.mean {
		largest := s.largest(j)
		if math.IsNaN(largest) || math.IsInf(largest, 0) {
			return nil, unfit(data, j)
		}
		s.mean[j] /= s.weight
		if s.least[j] == s.most[j] {
			s.mean[j] = s.least[j] // without rounding: centring leaves just 0
		}
		if largest > 0 {
			_, exponent := math.Frexp(largest)
			s.scale[j] = math.Ldexp(1, min(max(-exponent, -1000), 1000))
		}
	}
	return s, nil
}

// largest gives the largest magnitude in column j.
func (s *moments) largest(j int) float64 { return max(-s.least[j], s.most[j]) }

// unfit names the first value of a column that is not finite.
func unfit(data *estimator.Data, column int) error {
	name := "the target"
	at := func(i int) float64 { return data.Y[i] }
	if column < data.X.Cols {
		name = data.X.Names[column]
		at = func(i int) float64 { return data.X.Row(i)[column] }
	}
	for i := range data.X.Rows {
		if v := at(i); math.IsNaN(v) || math.IsInf(v, 0) {
			return &diag.Error{
				What:   fmt.Sprintf("row %d of the training part: least squares cannot take %s", i+1, name),
				Found:  fmt.Sprintf("%g", v),
				Wanted: "a finite number",
				Hint:   "declare numbers: {impute: median} in the features stage, or drop such rows at load",
			}
		}
	}
	panic("linear: a column is unfit, and all its values are fit")
}

// model makes the model from a solution in centred and scaled columns.
func (s *moments) model(names []string, rows int, p Params, solved solution) *model {
	n := len(names)
	m := &model{
		Plane: plane.Plane{
			Names: names, Intercept: s.mean[n],
			Weights: make([]float64, n), Means: s.mean[:n:n], Spreads: make([]float64, n),
		},
		Rows: rows, Rank: solved.rank, Constant: p.Intercept,
	}
	unit := s.scale[n]
	m.Residual, m.Total = math.Sqrt(solved.residual)/unit, math.Sqrt(solved.total)/unit
	for j := range n {
		m.Weights[j] = solved.weights[j] * s.scale[j] / unit
		m.Spreads[j] = solved.norms[j] / s.scale[j] / math.Sqrt(s.weight)
		m.Intercept -= m.Weights[j] * s.mean[j]
	}
	if !p.Intercept {
		m.Intercept = 0
	}
	for _, j := range solved.flat {
		m.Flat = append(m.Flat, names[j])
	}
	for _, j := range solved.dependent {
		m.Dependent = append(m.Dependent, names[j])
	}
	m.StdErr = s.errors(m, solved)
	return m
}

// errors gives the standard errors of the intercept and the coefficients under
// the classical assumptions, or nil.
func (s *moments) errors(m *model, solved solution) []float64 {
	n := len(m.Names)
	freedom := m.Rows - n
	if m.Constant {
		freedom--
	}
	if solved.inverse == nil || freedom < 1 {
		return nil
	}
	sigma := m.Residual / math.Sqrt(float64(freedom))
	out := make([]float64, n+1)
	// The covariance is sigma² C C' with C = scale * R^-1, upper triangular.
	atMeans := make([]float64, n)
	for j := range n {
		var sum float64
		for k := j; k < n; k++ {
			c := solved.inverse.At(j, k) * s.scale[j]
			sum += c * c
			atMeans[k] += c * s.mean[j]
		}
		out[j+1] = sigma * math.Sqrt(sum)
	}
	if m.Constant {
		sum := 1 / s.weight
		for _, v := range atMeans {
			sum += v * v
		}
		out[0] = sigma * math.Sqrt(sum)
	}
	for _, v := range out {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	return out
}

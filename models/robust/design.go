package robust

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"labbook/internal/base/diag"
	"labbook/internal/base/parallel"
	"labbook/models/estimator"
	"labbook/models/internal/plane"
)

// widest is how many columns may be, as memory goes with their square.
const widest = 4000

// design is the data as both solvers want it: columns and target centred and in
// units of their spread, a constant column last, weights that are 1 on average.
// Sums over rows are made in chunks that do not depend on the cores.
type design struct {
	rows, columns  int // with the constant
	x              []float64
	y, weights     []float64
	names          []string
	means, spreads []float64 // the target's last; a spread of 0: does not vary
	unit           float64   // what a row's weight was, where it is now 1
	cores          int
}

// chunkRows is how many rows are summed at once.
const chunkRows = 2048

func newDesign(ctx context.Context, data *estimator.Data, cores int) (*design, error) {
	n, k := data.X.Rows, data.X.Cols
	if k > widest {
		return nil, &diag.Error{What: "too many columns for a robust linear model", Found: fmt.Sprint(k), Wanted: fmt.Sprintf("at most %d", widest),
			Hint: "choose elastic-net, or linear, which take more"}
	}
	d := &design{rows: n, columns: k + 1, x: make([]float64, n*(k+1)), y: make([]float64, n), weights: make([]float64, n),
		names: data.X.Names, means: make([]float64, k+1), spreads: make([]float64, k+1), cores: max(1, cores)}
	total := 0.0
	for i := range n {
		d.weights[i] = 1
		if data.Weights != nil {
			d.weights[i] = data.Weights[i]
		}
		total += d.weights[i]
	}
	d.unit = total / float64(n)
	floats.Scale(1/d.unit, d.weights)
	row := make([]float64, k+1)
	each := func(visit func(w float64, row []float64)) {
		for i := range n {
			row[copy(row, data.X.Row(i))] = data.Y[i]
			visit(d.weights[i]/float64(n), row)
		}
	}
	each(func(w float64, row []float64) { floats.AddScaled(d.means, w, row) })
	each(func(w float64, row []float64) {
		for j, v := range row {
			d.spreads[j] += w * (v - d.means[j]) * (v - d.means[j])
		}
	})
	for j, v := range d.spreads {
		if d.spreads[j] = math.Sqrt(v); d.spreads[j] <= 1e-12*math.Abs(d.means[j]) { // rounding is left of a constant
			d.spreads[j] = 0
		}
	}
	for i := range n {
		out := d.row(i)
		for j, v := range data.X.Row(i) {
			out[j] = d.standard(j, v)
		}
		out[k] = 1
		d.y[i] = d.standard(k, data.Y[i])
	}
	return d, ctx.Err()
}

func (d *design) row(i int) []float64 { return d.x[i*d.columns : (i+1)*d.columns] }

func (d *design) standard(j int, v float64) float64 {
	if d.spreads[j] == 0 {
		return 0
	}
	return (v - d.means[j]) / d.spreads[j]
}

// times writes X b into dst.
func (d *design) times(dst, b []float64) {
	d.chunks(func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			dst[i] = floats.Dot(d.row(i), b)
		}
	})
}

// transposed gives X'v.
func (d *design) transposed(v []float64) []float64 {
	return d.sum(d.columns, func(sum []float64, lo, hi int) {
		for i := lo; i < hi; i++ {
			floats.AddScaled(sum, v[i], d.row(i))
		}
	})
}

// normal gives X'DX, of which the upper triangle is set, for a diagonal D that
// is not negative.
func (d *design) normal(diagonal []float64) *mat.SymDense {
	k := d.columns
	return mat.NewSymDense(k, d.sum(k*k, func(sum []float64, lo, hi int) {
		const at = 128 // rows at once, as columns, which stay in the cache
		block := make([]float64, at*k)
		for ; lo < hi; lo += at {
			rows := min(at, hi-lo)
			for i := range rows {
				root := math.Sqrt(diagonal[lo+i])
				for j, v := range d.row(lo + i) {
					block[j*at+i] = root * v
				}
			}
			blas64.Syrk(blas.NoTrans, 1, blas64.General{Rows: k, Cols: rows, Stride: at, Data: block}, 1,
				blas64.Symmetric{N: k, Stride: k, Uplo: blas.Upper, Data: sum})
		}
	}))
}

// sum adds what add makes of each chunk of rows, in their order.
func (d *design) sum(size int, add func(sum []float64, lo, hi int)) []float64 {
	const groups = 8 // each with a sum of its own, which has to be held
	sums := make([][]float64, groups)
	chunks := (d.rows + chunkRows - 1) / chunkRows
	parallel.Each(d.cores, min(groups, chunks), func(g int) {
		sums[g] = make([]float64, size)
		for c := g; c < chunks; c += groups {
			add(sums[g], c*chunkRows, min((c+1)*chunkRows, d.rows))
		}
	})
	total := make([]float64, size)
	for _, s := range sums {
		if s != nil {
			floats.Add(total, s)
		}
	}
	return total
}

// chunks calls work for each chunk of rows.
func (d *design) chunks(work func(c, lo, hi int)) {
	parallel.Each(d.cores, (d.rows+chunkRows-1)/chunkRows, func(c int) {
		work(c, c*chunkRows, min((c+1)*chunkRows, d.rows))
	})
}

// factor is a decomposed system; nil, of one that nothing decides.
type factor mat.Cholesky

// factorize decomposes a matrix that is positive definite but for columns that
// depend on each other: a little on its diagonal, which is changed, decides what
// they leave open.
func factorize(a *mat.SymDense) *factor {
	n := a.SymmetricDim()
	mean := 0.0
	for j := range n {
		mean += a.At(j, j) / float64(n)
	}
	for little := 1e-13; little < 1; little *= 100 {
		for j := range n {
			a.SetSym(j, j, a.At(j, j)+little*mean)
		}
		if c := new(mat.Cholesky); c.Factorize(a) {
			return (*factor)(c)
		}
	}
	return nil
}

// solve gives the solution, or zeros.
func (f *factor) solve(b []float64) []float64 {
	out := make([]float64, len(b))
	if f != nil {
		(*mat.Cholesky)(f).SolveVecTo(mat.NewVecDense(len(b), out), mat.NewVecDense(len(b), b)) // a warning of its condition is no error
	}
	return out
}

// leastSquares is where both solvers begin.
func (d *design) leastSquares() []float64 {
	weighted := make([]float64, d.rows)
	floats.MulTo(weighted, d.weights, d.y)
	return factorize(d.normal(d.weights)).solve(d.transposed(weighted))
}

// plane gives the coefficients in the units of the data.
func (d *design) plane(b []float64) plane.Plane {
	k := d.columns - 1
	p := plane.Plane{Names: d.names, Weights: make([]float64, k), Means: d.means[:k:k], Spreads: d.spreads[:k:k],
		Intercept: d.means[k] + d.spreads[k]*b[k]}
	for j := range k {
		if d.spreads[j] > 0 {
			p.Weights[j] = b[j] * d.spreads[k] / d.spreads[j]
			p.Intercept -= p.Weights[j] * d.means[j]
		}
	}
	return p
}

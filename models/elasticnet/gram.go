package elasticnet

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"labbook/internal/base/parallel"
	"labbook/models/estimator"
)

// sums are those of some rows' weights, values and products; the target is the
// last column. Values are measured from a centre, which is the same for all
// sums that are added to each other.
type sums struct {
	weight   float64
	first    []float64
	products []float64 // upper triangle of a square, row-major
}

func newSums(columns int) *sums {
	return &sums{first: make([]float64, columns), products: make([]float64, columns*columns)}
}

func (s *sums) add(other *sums) {
	s.weight += other.weight
	floats.Add(s.first, other.first)
	floats.Add(s.products, other.products)
}

// blockRows is how many rows are multiplied at once, as columns, which stay in
// the cache.
const blockRows = 128

// sumParts gives the sums of each of the parts that rows belong to.
func sumParts(ctx context.Context, data *estimator.Data, centre []float64, parts [][]int, cores int) ([]*sums, error) {
	out := make([]*sums, len(parts))
	err := parallel.Until(ctx, max(1, cores), len(parts), func(k int) {
		s, n := newSums(len(centre)), len(centre)
		block, row := make([]float64, blockRows*n), make([]float64, n)
		for rows := range slices.Chunk(parts[k], blockRows) {
			if ctx.Err() != nil {
				return
			}
			for at, i := range rows {
				s.row(row, data, centre, i)
				for j, v := range row {
					block[j*blockRows+at] = v
				}
			}
			blas64.Syrk(blas.NoTrans, 1, blas64.General{Rows: n, Cols: len(rows), Stride: blockRows, Data: block}, 1,
				blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: s.products})
		}
		out[k] = s
	})
	return out, err
}

// row counts a row, and writes it, times the root of its weight, into dst.
func (s *sums) row(dst []float64, data *estimator.Data, centre []float64, i int) {
	w := weight(data, i)
	dst[copy(dst, data.X.Row(i))] = data.Y[i]
	floats.Sub(dst, centre)
	floats.AddScaled(s.first, w, dst)
	floats.Scale(math.Sqrt(w), dst)
	s.weight += w
}

// gram is a problem of which only the products of columns are left.
type gram struct {
	products []float64 // symmetric, columns x columns
	columns  int
	slopes   []float64
	towards  []float64 // means of each column times the target
	target   float64   // mean square
	b        []float64
}

// problem gives the problem of the rows that were summed, and how its columns
// were centred and scaled.
func (s *sums) problem(centre []float64, standardise bool) (*gram, *scaling) {
	n := len(s.first) - 1
	sc := newScaling(n)
	shift := make([]float64, n+1)
	for j := range shift {
		shift[j] = s.first[j] / s.weight
	}
	moment := func(i, j int) float64 {
		return s.products[i*(n+1)+j]/s.weight - shift[i]*shift[j]
	}
	for j := range n {
		sc.set(j, centre[j]+shift[j], moment(j, j), standardise)
	}
	sc.target = centre[n] + shift[n]
	g := &gram{columns: n, products: make([]float64, n*n), slopes: make([]float64, n), b: make([]float64, n), target: max(0, moment(n, n))}
	for i := range n {
		for j := i; j < n; j++ {
			v := moment(i, j) * sc.scales[i] * sc.scales[j]
			g.products[i*n+j], g.products[j*n+i] = v, v
		}
		g.slopes[i] = moment(i, n) * sc.scales[i]
	}
	g.towards = append([]float64(nil), g.slopes...)
	return g, sc
}

func (g *gram) curvature(j int) float64 { return g.products[j*g.columns+j] }
func (g *gram) slope(j int) float64     { return g.slopes[j] }

func (g *gram) move(j int, by float64) {
	g.b[j] += by
	floats.AddScaled(g.slopes, -by, g.products[j*g.columns:(j+1)*g.columns])
}

func (g *gram) norms() (residual, target, cross float64) {
	along := floats.Dot(g.b, g.towards)
	return max(0, g.target-along-floats.Dot(g.b, g.slopes)), g.target, g.target - along
}

// loss gives the mean squared error of a plane on the rows that were summed.
func (s *sums) loss(centre []float64, intercept float64, weights []float64) float64 {
	n := len(weights)
	// The error is offset + u'z, where z is the row less the centre.
	u := append([]float64(nil), weights...)
	u = append(u, -1)
	offset := intercept + floats.Dot(weights, centre[:n]) - centre[n]
	square := make([]float64, n+1)
	blas64.Symv(1, blas64.Symmetric{N: n + 1, Stride: n + 1, Uplo: blas.Upper, Data: s.products},
		blas64.Vector{N: n + 1, Inc: 1, Data: u}, 0, blas64.Vector{N: n + 1, Inc: 1, Data: square})
	return (floats.Dot(u, square)+2*offset*floats.Dot(u, s.first))/s.weight + offset*offset
}

package nearest

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// block searches for several points at once. Without a tree it multiplies them
// with a few rows after the other, which tells distances to about 6 digits, and
// looks exactly at the rows that may be near enough.
type block struct {
	*tree
	searches []*search
	points   []float32 // of the searches, one after the other
	dots     []float32
}

// blockRows is how many points are searched for at once, and how many rows they
// are multiplied with.
const blockRows = 64

func newBlock(t *tree, points, most int) *block {
	k := &block{tree: t, searches: make([]*search, points), points: make([]float32, points*t.columns)}
	if t.norms != nil {
		k.dots = make([]float32, points*blockRows)
	}
	for i := range k.searches {
		k.searches[i] = newSearch(t, most, k.points[i*t.columns:(i+1)*t.columns])
	}
	return k
}

func squareOf(row []float32) float64 {
	sum := 0.0
	for _, v := range row {
		sum += float64(v) * float64(v)
	}
	return sum
}

// nearest finds what is nearest to each of the first points.
func (k *block) nearest(points int) {
	if k.norms == nil {
		for _, s := range k.searches[:points] {
			s.nearest()
		}
		return
	}
	lengths := make([]float64, points)
	for i, s := range k.searches[:points] {
		s.found = s.found[:0]
		lengths[i] = squareOf(s.point)
	}
	// The rounding of a product of float32, at most, as a share of both lengths.
	slack := 1.2e-7 * float64(k.columns+8)
	asked := blas32.General{Rows: points, Cols: k.columns, Stride: k.columns, Data: k.points}
	for lo := 0; lo < k.rows(); lo += blockRows {
		rows := min(blockRows, k.rows()-lo)
		dots := blas32.General{Rows: points, Cols: rows, Stride: blockRows, Data: k.dots}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, asked,
			blas32.General{Rows: rows, Cols: k.columns, Stride: k.columns, Data: k.tree.points[lo*k.columns:]}, 0, dots)
		for p, s := range k.searches[:points] {
			limit := s.limit()
			for i, dot := range k.dots[p*blockRows:][:rows] {
				both := lengths[p] + k.norms[lo+i]
				if both-2*float64(dot)-slack*both > limit {
					continue
				}
				s.offer(lo + i)
				limit = s.limit()
			}
		}
	}
}

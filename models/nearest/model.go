package nearest

import (
	"context"
	"math"
	"runtime"

	"labbook/internal/base/notebook"
	"labbook/internal/base/parallel"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// model is the training rows. It is immutable.
type model struct {
	columns, classes int // classes: 0 for a regression
	neighbours       int
	byDistance       bool
	means, scales    []float64
	tree             tree
	targets, weights []float64 // in the tree's order; weights nil: all 1
}

func (m *model) Outputs() int { return max(1, m.classes) }
func (m *model) Columns() int { return m.columns }

// farthest is how far a number counts at most, in units of the columns' spread.
const farthest = 1e15

// standard writes a row as it counts in distances.
func (m *model) standard(dst []float32, row []float64) {
	for j, v := range row {
		dst[j] = float32(max(-farthest, min(farthest, (v-m.means[j])*m.scales[j])))
	}
}

// Predict implements estimator.Model.
func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	blocks := (x.Rows + blockRows - 1) / blockRows
	parallel.With(context.Background(), runtime.GOMAXPROCS(0), blocks, func() *block { return newBlock(&m.tree, min(blockRows, x.Rows), m.neighbours) },
		func(k *block, b int) {
			lo, hi := b*blockRows, min((b+1)*blockRows, x.Rows)
			for i := lo; i < hi; i++ {
				m.standard(k.searches[i-lo].point, x.Row(i))
			}
			k.nearest(hi - lo)
			for i := lo; i < hi; i++ {
				m.answer(dst[i*m.Outputs():(i+1)*m.Outputs()], k.searches[i-lo].found)
			}
		})
}

// answer writes the weighted mean of the targets, or the classes' shares.
func (m *model) answer(dst []float64, rows []found) {
	clear(dst)
	total, exact := 0.0, rows[0].square == 0
	for _, f := range rows {
		w := weight(m.weights, int(f.row))
		switch {
		case !m.byDistance:
		case !exact:
			w /= math.Sqrt(f.square)
		case f.square > 0:
			w = 0
		}
		total += w
		if m.classes > 0 {
			dst[int(m.targets[f.row])] += w
		} else {
			dst[0] += w * m.targets[f.row]
		}
	}
	for k := range dst {
		dst[k] /= total
	}
}

// Summary implements estimator.Summarizer.
func (m *model) Summary() []estimator.Learned {
	return []estimator.Learned{{Name: "training rows", Value: notebook.Count(len(m.targets))}, {Name: "neighbours", Value: notebook.Count(m.neighbours)}}
}

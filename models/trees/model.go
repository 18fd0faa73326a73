package trees

import (
	"context"
	"runtime"

	"labbook/internal/base/notebook"
	"labbook/internal/base/parallel"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// model is the mean of its trees. It is immutable.
type model struct {
	magic   string // begins the encoding: the kind of trees, and the version of the form
	columns int
	classes int // 0 for a regression
	packing packing
	trees   []tree
	gain    []float64 // by column: what its splits bring a tree, on average
}

// numeric is a model of numbers, which can be taken apart.
type numeric struct{ *model }

// public gives the model with the methods that its task allows.
func (m *model) public() estimator.Model {
	if m.classes == 0 {
		return numeric{m}
	}
	return m
}

func (m *model) Outputs() int { return max(1, m.classes) }
func (m *model) Columns() int { return m.columns }

// Rows that go down a tree while it is in the cache: at most, and that are worth
// another core.
const mostRows, coreRows = 4096, 64

// Predict implements estimator.Model.
func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	cores := runtime.GOMAXPROCS(0)
	rows := max(coreRows, min(mostRows, (x.Rows+cores-1)/cores))
	parallel.With(context.Background(), cores, (x.Rows+rows-1)/rows, func() *descent { return new(descent) }, func(d *descent, b int) {
		m.block(d, dst, x, b*rows, min((b+1)*rows, x.Rows))
	})
}

// block predicts the rows from lo to hi.
func (m *model) block(d *descent, dst []float64, x *matrix.Matrix, lo, hi int) {
	outputs := m.Outputs()
	dst = dst[lo*outputs : hi*outputs]
	clear(dst)
	if hi-lo == 1 && x.Cols <= mostAbreast {
		m.one(dst, x.Row(lo))
	} else {
		d.read(x.Dense[lo*x.Cols:hi*x.Cols], hi-lo)
		for k := range m.trees {
			t := &m.trees[k]
			d.down(t, m.packing)
			for i, at := range d.ends {
				m.tally(dst[i*outputs:][:outputs], t, int(at.leaf), int(at.splits))
			}
		}
	}
	for at := range dst {
		dst[at] /= float64(len(m.trees))
	}
}

// tally adds what a tree says at a leaf with so many splits before it.
func (m *model) tally(dst []float64, t *tree, leaf, splits int) {
	if m.classes == 0 {
		dst[0] += float64(t.values[splits+leaf])
		return
	}
	for c, share := range t.values[leaf*m.classes:][:m.classes] {
		dst[c] += float64(share)
	}
}

// Contributions gives a column what the mean changes by at its splits on the
// row's way down each tree (Saabas, "Interpreting random forests", 2014); the
// base value is the mean of the trees' roots.
func (m numeric) Contributions(dst []float64, row []float64) {
	clear(dst)
	share := 1 / float64(len(m.trees))
	for k := range m.trees {
		t := &m.trees[k]
		dst[m.columns] += share * float64(t.values[0])
		t.visit(m.packing, row, func(column int, from, to float32) {
			dst[column] += share * (float64(to) - float64(from))
		})
	}
}

// Importances gives what the splits on each column lower the squared error, or
// the Gini impurity times the rows, by.
func (m *model) Importances() map[string][]float64 {
	return map[string][]float64{"gain": m.gain}
}

// Summary implements estimator.Summarizer.
func (m *model) Summary() []estimator.Learned {
	leaves := 0
	for k := range m.trees {
		leaves += len(m.trees[k].splits) + 1
	}
	return []estimator.Learned{{Name: "trees", Value: notebook.Count(len(m.trees))}, {Name: "leaves of a tree", Value: notebook.Count(leaves / len(m.trees))}}
}

package trees

import (
	"fmt"
	"runtime"
	"sync"

	"labbook/internal/matrix"
	"labbook/internal/metrics"
	"labbook/models/estimator"
)

// model is the mean of its trees. It is immutable.
type model struct {
	columns int
	classes int // 0 for a regression
	trees   []tree
	gain    []float64 // by column: what its splits bring a tree, on average
}

// numeric is a model of numbers, which can be taken apart.
type numeric struct{ *model }

// tree has its nodes in preorder, the root first, a left child right behind
// its parent.
type tree struct {
	nodes  []node
	shares []float32 // of the classes, leaf by leaf; empty for a regression
}

// node is a split, or, unless right is above 0, a leaf. The shares of a leaf
// begin at -1-right.
type node struct {
	threshold float32 // what is below it goes left
	value     float32 // the mean of its rows, of a regression
	column    int32
	right     int32
}

// public gives the model with the methods that its task allows.
func (m *model) public() estimator.Model {
	if m.classes == 0 {
		return numeric{m}
	}
	return m
}

func (m *model) Outputs() int { return max(1, m.classes) }
func (m *model) Columns() int { return m.columns }

// blockRows is how many rows go down a tree while it is in the cache.
const blockRows = 512

// Predict implements estimator.Model.
func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	blocks := (x.Rows + blockRows - 1) / blockRows
	cores := min(runtime.GOMAXPROCS(0), blocks)
	var wait sync.WaitGroup
	for k := range cores {
		work := func() {
			for b := k; b < blocks; b += cores {
				m.block(dst, x, b*blockRows, min((b+1)*blockRows, x.Rows))
			}
		}
		if cores == 1 {
			work()
			continue
		}
		wait.Go(work)
	}
	wait.Wait()
}

// block predicts the rows from lo to hi.
func (m *model) block(dst []float64, x *matrix.Matrix, lo, hi int) {
	outputs := m.Outputs()
	dst = dst[lo*outputs : hi*outputs]
	clear(dst)
	for k := range m.trees {
		t := &m.trees[k]
		for i := lo; i < hi; i++ {
			leaf := t.leaf(x.Row(i))
			if m.classes == 0 {
				dst[i-lo] += float64(leaf.value)
				continue
			}
			shares := t.shares[-1-leaf.right:][:m.classes]
			for c, p := range shares {
				dst[(i-lo)*outputs+c] += float64(p)
			}
		}
	}
	for at := range dst {
		dst[at] /= float64(len(m.trees))
	}
}

func (t *tree) leaf(row []float64) *node {
	at := int32(0)
	for {
		n := &t.nodes[at]
		if n.right <= 0 {
			return n
		}
		at++
		if !(float32(row[n.column]) < n.threshold) {
			at = n.right
		}
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
		n := &t.nodes[0]
		dst[m.columns] += share * float64(n.value)
		for at := int32(0); n.right > 0; {
			next := at + 1
			if !(float32(row[n.column]) < n.threshold) {
				next = n.right
			}
			child := &t.nodes[next]
			dst[n.column] += share * (float64(child.value) - float64(n.value))
			n, at = child, next
		}
	}
}

// Importances gives what the splits on each column lower the squared error, or
// the Gini impurity times the rows, by.
func (m *model) Importances() map[string][]float64 {
	return map[string][]float64{"gain": m.gain}
}

// Summary implements estimator.Summarizer.
func (m *model) Summary() [][2]string {
	nodes := 0
	for k := range m.trees {
		nodes += len(m.trees[k].nodes)
	}
	leaves := (nodes/len(m.trees) + 1) / 2
	return [][2]string{{"trees", metrics.Int(len(m.trees))}, {"leaves of a tree", fmt.Sprintf("%s on average", metrics.Int(leaves))}}
}

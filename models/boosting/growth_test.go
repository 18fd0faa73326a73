package boosting

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
	"labbook/models/estimator"
)

// The root parts {0, 1} from {2, 3}; of its children the left one gains less
// from a split. With three leaves, depth splits the left one, leaf the right.
func TestGrow(t *testing.T) {
	d := &estimator.Data{X: table([]float64{0}, []float64{1}, []float64{2}, []float64{3}), Y: []float64{0, 1, 20, 26}}
	for grow, want := range map[string][]float64{"depth": {0, 1, 23, 23}, "leaf": {0.5, 0.5, 20, 26}} {
		p := oneTree(0)
		p.MaxLeaves, p.Grow = 3, grow
		require.InDeltaSlice(t, want, predictions(fitted(t, p, d, 1), d.X), 1e-5, grow)
	}
}

// By hand: one split, of column 1, parts all four rows and gains 49.
func TestImportances(t *testing.T) {
	d := &estimator.Data{X: table([]float64{0, 1}, []float64{0, 2}, []float64{0, 3}, []float64{0, 4}), Y: []float64{1, 2, 8, 9}}
	got := fitted(t, oneTree(1), d, 1).Importances()
	require.InDeltaSlice(t, []float64{0, 49}, got["gain"], 1e-5)
	require.Equal(t, []float64{0, 4}, got["cover"])
	require.Equal(t, []float64{0, 1}, got["split"])
}

// A tree learns from the share of the rows: the cover of its root is their
// number. Trees differ in what they draw, and fits of one seed do not.
func TestSubsample(t *testing.T) {
	d := noise(51, 5000, 4, 0)
	p := defaults()
	p.Trees, p.Subsample = 10, 0.6
	m := fitted(t, p, d, 1)
	covers := map[float32]bool{}
	for _, tree := range m.trees {
		require.InDelta(t, 3000, tree.Nodes[0].Cover, 150)
		covers[tree.Nodes[0].Cover] = true
	}
	require.Greater(t, len(covers), 5)
	require.Equal(t, predictions(m, d.X), predictions(fitted(t, p, d, 2), d.X))
}

// Trees, levels and nodes use no more columns than their share, and not always
// the same.
func TestColumnSamples(t *testing.T) {
	d := noise(52, 3000, 8, 0)
	used := func(edit func(*Params)) (byTree, byLevel, all map[[2]int]map[int32]bool) {
		p := defaults()
		p.Trees, p.MaxDepth = 20, 5
		edit(p)
		byTree, byLevel, all = map[[2]int]map[int32]bool{}, map[[2]int]map[int32]bool{}, map[[2]int]map[int32]bool{}
		for k, tree := range fitted(t, p, d, 1).trees {
			var visit func(at int32, depth int)
			visit = func(at int32, depth int) {
				n := &tree.Nodes[at]
				if n.Right == 0 {
					return
				}
				for key, in := range map[[2]int]map[[2]int]map[int32]bool{{k}: byTree, {k, depth}: byLevel, {}: all} {
					if in[key] == nil {
						in[key] = map[int32]bool{}
					}
					in[key][n.Column] = true
				}
				visit(at+1, depth+1)
				visit(n.Right, depth+1)
			}
			visit(0, 0)
		}
		return byTree, byLevel, all
	}
	most := func(sets map[[2]int]map[int32]bool) (n int) {
		for _, columns := range sets {
			n = max(n, len(columns))
		}
		return n
	}
	byTree, byLevel, all := used(func(p *Params) { p.ColsampleByTree = 0.5 })
	require.Equal(t, 4, most(byTree))
	require.Equal(t, 4, most(byLevel))
	require.Equal(t, 8, most(all))
	byTree, byLevel, all = used(func(p *Params) { p.ColsampleByLevel = 0.25 })
	require.Greater(t, most(byTree), 4)
	require.Equal(t, 2, most(byLevel))
	require.Equal(t, 8, most(all))
	byTree, byLevel, all = used(func(p *Params) { p.ColsampleByTree, p.ColsampleByNode = 0.5, 0.25 }) // one column a node
	require.Equal(t, 4, most(byTree))
	require.Equal(t, 4, most(byLevel))
	require.Equal(t, 8, most(all))
}

// No leaf keeps fewer rows than asked for, whatever Hessians they have, for
// numbers with gaps, for categories and under constraints; and without that
// limit some do.
func TestMinSamplesLeaf(t *testing.T) {
	testdata.OnlyComputes(t)
	smallest := func(d *estimator.Data, edit func(*Params), least int) int {
		p := defaults()
		p.Trees, p.MinChildWeight, p.MinSamplesLeaf = 20, 0, least
		edit(p)
		fewest := len(d.Y)
		read := newReader(d.X)
		for _, tree := range fitted(t, p, d, 2).trees {
			rows := map[int32]int{}
			for i := range d.Y {
				rows[leafOf(tree, read.row(i))]++
			}
			for _, n := range rows {
				fewest = min(fewest, n)
			}
		}
		return fewest
	}
	numbers, classes, kinds := noise(61, 2000, 6, 0.1), noise(62, 2000, 6, 0.1), noise(63, 2000, 6, 0)
	classes.Classes = []string{"low", "middle", "high"}
	for i, y := range classes.Y {
		classes.Y[i] = min(max(math.Round(y)+1, 0), 2)
	}
	kinds.X.Levels = []int{0, 6, 0, 6, 0, 6}
	for name, c := range map[string]struct {
		data *estimator.Data
		edit func(*Params)
	}{
		"numbers":    {numbers, func(*Params) {}},
		"leaf-wise":  {numbers, func(p *Params) { p.MaxDepth, p.MaxLeaves, p.Grow = 0, 31, "leaf" }},
		"classes":    {classes, func(*Params) {}},
		"categories": {kinds, func(p *Params) { p.CatSmooth = 0 }},
		"monotone":   {numbers, func(p *Params) { p.Monotone = map[string]int{"c0": 1} }},
	} {
		require.GreaterOrEqual(t, smallest(c.data, c.edit, 25), 25, name)
		require.Less(t, smallest(c.data, c.edit, 1), 5, name)
	}
}

// leafOf gives the leaf that a row comes to.
func leafOf(t *Tree, row []float64) int32 {
	at := int32(0)
	for t.Nodes[at].Right != 0 {
		n := &t.Nodes[at]
		v := row[n.Column]
		left := n.MissingLeft
		switch {
		case n.Set > 0:
			left = t.Sets[n.Set-1].has(v)
		case !math.IsNaN(v):
			left = float32(v) < n.Threshold
		}
		if left {
			at++
		} else {
			at = n.Right
		}
	}
	return at
}

package boosting

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/models/estimator"
)

func TestContributions(t *testing.T) {
	d := noise(21, 400, 5, 0.1)
	p := defaults()
	p.Trees, p.MaxDepth = 4, 5
	m := fitted(t, p, d, 1)
	dst := make([]float64, 6)
	for i := range 30 {
		row := d.X.Row(i)
		m.Contributions(dst, row)
		sum := 0.0
		for _, v := range dst {
			sum += v
		}
		out := []float64{0}
		m.PredictRow(out, row)
		require.InDelta(t, out[0], sum, 1e-9)
		for j := range 5 {
			want := 0.0
			for _, tree := range m.trees {
				want += shapley(tree, row, 5, j)
			}
			require.InDelta(t, want, dst[j], 1e-9)
		}
	}
}

// shapley is the definition: the mean of what column j adds over all orders in
// which columns become known, what is unknown being averaged by cover.
func shapley(t *Tree, row []float64, cols, j int) float64 {
	var value func(at int32, known uint) float64
	value = func(at int32, known uint) float64 {
		n := &t.Nodes[at]
		switch {
		case n.Right == 0:
			return float64(n.Value)
		case known>>n.Column&1 == 0:
			l, r := t.shares(n, at)
			return l*value(at+1, known) + r*value(n.Right, known)
		case t.goesLeft(n, row[n.Column]):
			return value(at+1, known)
		}
		return value(n.Right, known)
	}
	sum := 0.0
	for known := range uint(1) << cols {
		if known>>j&1 == 1 {
			continue
		}
		k := bits.OnesCount(known)
		orders := math.Gamma(float64(k+1)) * math.Gamma(float64(cols-k)) / math.Gamma(float64(cols+1))
		sum += orders * (value(0, known|1<<j) - value(0, known))
	}
	return sum
}

func TestContributionsOfClasses(t *testing.T) {
	for _, classes := range []int{2, 3} {
		d := noise(22, 300, 3, 0)
		for i, y := range d.Y {
			d.Y[i] = min(max(math.Floor(y/3+1), 0), float64(classes-1))
		}
		d.Classes = []string{"a", "b", "c"}[:classes]
		p := defaults()
		p.Trees = 5
		m := fitted(t, p, d, 1)
		dst := make([]float64, classes*4)
		m.Contributions(dst, d.X.Row(0))
		out := predictions(m, d.X)[:classes]
		margin := func(k int) (s float64) {
			for _, v := range dst[k*4 : k*4+4] {
				s += v
			}
			return s
		}
		if classes == 2 {
			require.InDelta(t, math.Log(out[1]/out[0]), margin(1), 1e-9)
			require.InDelta(t, -margin(1), margin(0), 1e-12)
		} else {
			require.InDelta(t, math.Log(out[1]/out[2]), margin(1)-margin(2), 1e-9)
		}
	}
}

var _ estimator.Contributions = (*Model)(nil)

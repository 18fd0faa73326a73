package boosting

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/models/estimator"
)

func TestObjectives(t *testing.T) {
	d := noise(9, 2000, 4, 0)
	counts := &estimator.Data{X: d.X}
	for _, y := range d.Y {
		counts.Y = append(counts.Y, math.Floor(math.Exp(min(y/4, 3))))
	}
	for _, c := range []struct {
		objective string
		data      *estimator.Data
	}{{"squared_error", d}, {"absolute_error", d}, {"pseudo_huber", d}, {"quantile", d}, {"poisson", counts}} {
		p := defaults()
		p.Objective, p.Trees = c.objective, 50
		m := fitted(t, p, c.data, 1)
		base := marginsFrom(m.base, d.X.Rows)
		before := m.link.loss(base, c.data.Y, nil)
		for _, tree := range m.trees {
			tree.addTo(base[0], d.X)
		}
		require.Less(t, m.link.loss(base, c.data.Y, nil), before/2+0.5*min(before, 0), c.objective)
	}
	p := defaults()
	p.Objective, p.QuantileAlpha = "quantile", 0.9
	below := 0.0
	for i, v := range predictions(fitted(t, p, d, 1), d.X) {
		if d.Y[i] <= v {
			below++
		}
	}
	require.InDelta(t, 0.9, below/float64(d.X.Rows), 0.05)
}

// The derivatives are those of the loss, by differences; poisson's Hessian is
// damped on purpose, and the pinball loss has none.
func TestGradients(t *testing.T) {
	for _, c := range []struct {
		name    string
		classes int
		scale   float64 // the loss that is differentiated, over loss()
		y       float64
	}{
		{"pseudo_huber", 0, 1, 0.7}, {"poisson", 0, 1, 3}, {"logistic", 2, 1, 1}, {"softmax", 3, 1, 2},
		{"quantile", 0, 0.5, 4}, {"absolute_error", 0, 0.5, -4},
	} {
		o := objectiveNamed(c.name, 0.3, 1.5, c.classes)
		k := o.groups()
		at := planes[float64](k, 1)
		for g := range at {
			at[g][0] = 0.3 * float64(g+1)
		}
		g, h := planes[float64](k, 1), planes[float64](k, 1)
		o.gradients(g, h, at, []float64{c.y}, nil)
		const e = 1e-5
		loss := func(group int, by float64) float64 {
			at[group][0] += by
			defer func() { at[group][0] -= by }()
			return c.scale * o.loss(at, []float64{c.y}, nil)
		}
		for group := range k {
			require.InDelta(t, (loss(group, e)-loss(group, -e))/(2*e), g[group][0], 1e-6, c.name)
			second := (loss(group, e) - 2*loss(group, 0) + loss(group, -e)) / (e * e)
			switch c.name {
			case "pseudo_huber", "logistic":
				require.InDelta(t, second, h[group][0], 1e-4, c.name)
			case "softmax":
				require.InDelta(t, 2*second, h[group][0], 1e-4, c.name)
			}
		}
	}
}

func TestClasses(t *testing.T) {
	for _, classes := range []int{2, 3} {
		d := noise(11, 1500, 4, 0.05)
		for i, y := range d.Y {
			d.Y[i] = min(max(math.Floor(y/3+1), 0), float64(classes-1))
		}
		d.Classes = []string{"a", "b", "c"}[:classes]
		p := defaults()
		p.Trees = 20
		m := fitted(t, p, d, 2)
		out := predictions(m, d.X)
		right := 0
		for i := range d.Y {
			row := out[i*classes : (i+1)*classes]
			sum, best := 0.0, 0
			for k, v := range row {
				sum += v
				if v > row[best] {
					best = k
				}
			}
			require.InDelta(t, 1, sum, 1e-9)
			if best == int(d.Y[i]) {
				right++
			}
		}
		require.Greater(t, right, 1400)
	}
}

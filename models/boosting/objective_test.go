package boosting

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/testdata"
	"labbook/models/estimator"
)

func TestObjectives(t *testing.T) {
	testdata.OnlyComputes(t)
	d := noise(9, 2000, 4, 0)
	counts, positive := &estimator.Data{X: d.X}, &estimator.Data{X: d.X}
	for _, y := range d.Y {
		counts.Y = append(counts.Y, math.Floor(math.Exp(min(y/4, 3))))
		positive.Y = append(positive.Y, math.Exp(min(y/4, 3)))
	}
	for _, c := range []struct {
		objective string
		data      *estimator.Data
	}{{"squared_error", d}, {"absolute_error", d}, {"pseudo_huber", d}, {"quantile", d}, {"poisson", counts}, {"gamma", positive}, {"tweedie", counts}} {
		p := defaults()
		p.Objective, p.Trees = c.objective, 50
		m := fitted(t, p, c.data, 1)
		base := marginsFrom(m.base, d.X.Rows)
		before := m.link.loss(base, c.data.Y, nil)
		for _, tree := range m.trees {
			tree.addTo(base[0], d.X)
		}
		least := 0.0
		if c.objective == "gamma" || c.objective == "tweedie" {
			exact := planes[float64](1, len(c.data.Y))
			for i, y := range c.data.Y {
				exact[0][i] = math.Log(max(y, 1e-9))
			}
			least = m.link.loss(exact, c.data.Y, nil)
		}
		before -= least
		require.Less(t, m.link.loss(base, c.data.Y, nil)-least, before/2+0.5*min(before, 0), c.objective)
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
		{"pseudo_huber", 0, 1, 0.7}, {"poisson", 0, 1, 3}, {"gamma", 0, 1, 2.5}, {"tweedie", 0, 1, 1.7}, {"tweedie", 0, 1, 0}, {"logistic", 2, 1, 1}, {"softmax", 3, 1, 2},
		{"quantile", 0, 0.5, 4}, {"absolute_error", 0, 0.5, -4},
	} {
		o := objectiveNamed(c.name, shape{quantile: 0.3, slope: 1.5, power: 1.3}, c.classes)
		k := o.groups()
		at := planes[float64](k, 1)
		for g := range at {
			at[g][0] = 0.3 * float64(g+1)
		}
		g, h := planes[float64](k, 1), planes[float64](k, 1)
		if l, ok := o.(likelihood); ok {
			odds, values := planes[float64](k, 1), planes[int64](k, 1)
			for g := range at {
				odds[g][0], values[g][0] = 3, int64(math.Float64bits(oddsOf(at[g][0]-math.Log(3))))
			}
			first, second := make([]float64, k), make([]float64, k)
			l.residuals(values, odds, []float64{c.y}, first, second)
			for i := range k {
				spread(g[i], h[i], values[i], l.curvature(), nil)
				require.InDelta(t, math.Abs(g[i][0]), first[i], 1e-12, c.name)
				require.InDelta(t, h[i][0], l.curvature()*second[i], 1e-12, c.name)
				require.InDelta(t, oddsOf(at[i][0]), odds[i][0], 1e-12, c.name)
			}
		} else {
			o.(differentiable).gradients(g, h, at, []float64{c.y}, nil)
		}
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
			case "pseudo_huber", "logistic", "gamma", "tweedie":
				require.InDelta(t, second, h[group][0], 1e-4, c.name)
			case "softmax":
				require.InDelta(t, 1.5*second, h[group][0], 1e-4, c.name) // 3/(3-1)
			}
		}
	}
}

// Odds that leaves drive far apart stay finite, and come back.
func TestFarOdds(t *testing.T) {
	for _, name := range []string{"logistic", "softmax"} {
		o := objectiveNamed(name, usual(), 3).(likelihood)
		k := o.(objective).groups()
		odds, values := planes[float64](k, 1), planes[int64](k, 1)
		g, h := make([]float64, k), make([]float64, k)
		for i := range k {
			odds[i][0] = 1
		}
		for round := range 40 {
			value := 1e9 // of the last class, so away from class 0, then towards it
			if round >= 20 {
				value = -25
			}
			for i := range k {
				values[i][0] = int64(math.Float64bits(1))
			}
			values[k-1][0] = int64(math.Float64bits(oddsOf(value)))
			o.residuals(values, odds, []float64{0}, g, h)
			last := math.Float64frombits(uint64(values[k-1][0]))
			switch {
			case round < 20:
				require.InDelta(t, 1, last, 1e-9, name)
			case round > 36:
				require.InDelta(t, 0, last, 1e-9, name)
			}
			require.InDelta(t, math.Abs(last), g[k-1], 1e-12)
		}
	}
}

// Rows that all weigh 1 have their Hessians beside, and lead to the same trees but
// for what is rounded up.
func TestHessiansOfResiduals(t *testing.T) {
	for _, classes := range []int{2, 3} {
		d := noise(11, 4000, 4, 0.05)
		for i, y := range d.Y {
			d.Y[i] = min(max(math.Floor(y/3+1), 0), float64(classes-1))
		}
		d.Classes = []string{"a", "b", "c"}[:classes]
		p := defaults()
		p.Trees = 20
		weighed := *d
		weighed.Weights = make([]float64, len(d.Y))
		fill(weighed.Weights, 1)
		a, b := predictions(fitted(t, p, d, 1), d.X), predictions(fitted(t, p, &weighed, 2), d.X)
		for i := range a {
			require.InDelta(t, a[i], b[i], 0.05)
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

// Five trees of two levels on twelve rows, beside LightGBM 4.7 and XGBoost 3.4,
// which agree to six digits on tweedie: rate 0.3, lambda 1, no least Hessian, for
// XGBoost base_score the mean. Gamma's are XGBoost's: LightGBM takes other splits.
func TestLogLinks(t *testing.T) {
	y := []float64{0.2, 0, 1.1, 0, 0.7, 3.2, 0, 5.1, 4.4, 0, 9.3, 12.5}
	d, positive := &estimator.Data{Y: y}, &estimator.Data{}
	var rows [][]float64
	for i, v := range y {
		rows = append(rows, []float64{float64(i+1) / 2})
		positive.Y = append(positive.Y, v+0.1)
	}
	d.X, positive.X = table(rows...), table(rows...)
	for _, c := range []struct {
		objective string
		data      *estimator.Data
		want      []float64
	}{
		{"gamma", positive, []float64{0.521599, 0.521599, 0.814881, 0.814881, 0.814881, 1.922111, 1.564085, 3.230904, 3.230904, 3.230904, 6.588617, 6.588617}},
		{"tweedie", d, []float64{0.880597, 0.880597, 0.880597, 0.880597, 1.0173, 1.867821, 1.867821, 3.142496, 3.142496, 3.142496, 8.174009, 9.018589}},
	} {
		p := defaults()
		p.Objective, p.TweediePower = c.objective, 1.3
		p.Trees, p.MaxDepth, p.MinChildWeight = 5, 2, 0
		require.InDeltaSlice(t, c.want, predictions(fitted(t, p, c.data, 1), d.X), 1e-5, c.objective)
	}
}

// What has no likelihood is refused, with the row.
func TestTargetsInDomain(t *testing.T) {
	for _, c := range []struct {
		objective string
		y         float64
		refused   bool
	}{
		{"poisson", -1, true}, {"poisson", 0, false}, {"tweedie", -0.5, true}, {"tweedie", 0, false},
		{"gamma", 0, true}, {"gamma", 0.5, false}, {"squared_error", -1, false},
	} {
		p := defaults()
		p.Objective = c.objective
		_, err := Fit(context.Background(), p, &estimator.Data{X: table([]float64{1}, []float64{2}), Y: []float64{1, c.y}}, estimator.Options{})
		if !c.refused {
			require.NoError(t, err, c.objective)
			continue
		}
		var told *diag.Error
		require.ErrorAs(t, err, &told, c.objective)
		require.ErrorContains(t, err, "row 2")
		require.NotEmpty(t, told.Hint)
	}
}

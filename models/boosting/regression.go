package boosting

import "math"

type squaredError struct{ single }

func (squaredError) flat() bool { return true }

func (squaredError) start(y, w []float64) []float64 {
	return []float64{mean(len(y), w, func(i int) float64 { return y[i] })}
}

func (squaredError) gradients(g, h, margins [][]float64, y, w []float64) {
	d, m := g[0][:len(y)], margins[0][:len(y)]
	if w == nil {
		for i := range d {
			d[i] = m[i] - y[i]
		}
		return
	}
	w, s := w[:len(y)], h[0][:len(y)]
	for i := range d {
		d[i] = w[i] * (m[i] - y[i])
		s[i] = w[i]
	}
}

// residuals advances margins by values, given by their bits, and puts the
// gradients in the values' place, without weights: what fit.differentiate does
// in three passes. It gives the largest absolute gradient's bits.
func (squaredError) residuals(values []int64, margins, y []float64) (most uint64) {
	values, y = values[:len(margins)], y[:len(margins)]
	for i, m := range margins {
		m += math.Float64frombits(uint64(values[i]))
		margins[i] = m
		bits := math.Float64bits(m - y[i])
		values[i] = int64(bits)
		most = max(most, bits&^(1<<63))
	}
	return most
}

func (squaredError) loss(margins [][]float64, y, w []float64) float64 {
	return math.Sqrt(mean(len(y), w, func(i int) float64 { d := margins[0][i] - y[i]; return d * d }))
}

// pseudoHuber is δ²(√(1+(r/δ)²)-1), with XGBoost's derivatives.
type pseudoHuber struct {
	single
	slope float64
}

func (pseudoHuber) flat() bool { return false }

func (pseudoHuber) start(y, w []float64) []float64 { return []float64{weightedQuantile(y, w, 0.5)} }

func (o pseudoHuber) gradients(g, h, margins [][]float64, y, w []float64) {
	for i := range y {
		r := margins[0][i] - y[i]
		scale := 1 + r*r/(o.slope*o.slope)
		root := math.Sqrt(scale)
		g[0][i] = weight(w, i) * r / root
		h[0][i] = weight(w, i) / (scale * root)
	}
}

func (o pseudoHuber) loss(margins [][]float64, y, w []float64) float64 {
	return mean(len(y), w, func(i int) float64 {
		r := (margins[0][i] - y[i]) / o.slope
		return o.slope * o.slope * (math.Sqrt(1+r*r) - 1)
	})
}

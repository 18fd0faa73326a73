package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/parallel"
)

// Bootstrap draws resamples of rows with replacement (Efron 1979). The same
// resamples measure every metric of every model, so that differences are
// paired. Resample b depends on Seed, b and the number of rows or their units
// only: results are the same whatever Cores.
type Bootstrap struct {
	Resamples int     // how many; 0 or less takes none
	Seed      uint64  // of the draws
	Level     float64 // of the intervals; 0 means 0.95
	Cores     int     // at most this many goroutines; 0 means 1
	Units     *Units  // that are drawn; nil draws rows, one by one
}

// Replicates measures each of measures on each resample of that many rows:
// result[m][b] is measure m on resample b.
func (b Bootstrap) Replicates(ctx context.Context, rows int, measures []Measure) ([][]float64, error) {
	out := make([][]float64, len(measures))
	for m := range out {
		out[m] = make([]float64, max(b.Resamples, 0))
	}
	if rows == 0 {
		return make([][]float64, len(measures)), nil
	}
	type room struct{ weights, drawn []float64 }
	own := func() room {
		r := room{weights: make([]float64, rows)}
		if b.Units != nil {
			r.drawn = make([]float64, b.Units.Count)
		}
		return r
	}
	err := parallel.With(ctx, b.Cores, b.Resamples, own, func(r room, i int) {
		if b.Units == nil {
			resample(r.weights, b.Seed, uint64(i))
		} else {
			b.Units.resample(r.weights, r.drawn, b.Seed, uint64(i))
		}
		for m, measure := range measures {
			out[m][i] = measure(r.weights)
		}
	})
	return out, err
}

// resample sets weights to how often each row was drawn. A draw is the high
// half of a 32-bit number times the number of rows: its bias, below rows/2³²,
// is far under the bootstrap's own noise.
func resample(weights []float64, seed, index uint64) {
	clear(weights)
	source := rand.NewPCG(seed, index)
	n := uint64(len(weights))
	for range n / 2 {
		r := source.Uint64()
		weights[(r>>32)*n>>32]++
		weights[(r&0xffffffff)*n>>32]++
	}
	if n%2 == 1 {
		weights[(source.Uint64()>>32)*n>>32]++
	}
}

// Interval gives the percentile interval of replicates; ok is false when fewer
// than 20 of them are defined.
func (b Bootstrap) Interval(replicates []float64) (low, high float64, ok bool) {
	sorted := slices.DeleteFunc(slices.Clone(replicates), math.IsNaN)
	if len(sorted) < 20 {
		return 0, 0, false
	}
	slices.Sort(sorted)
	tail := (1 - b.level()) / 2
	return quantile(sorted, tail), quantile(sorted, 1-tail), true
}

// Value gives the metric's value with its interval.
func (b Bootstrap) Value(m *Metric, value float64, replicates []float64, unit string) Value {
	v := m.Value(value, unit)
	if low, high, ok := b.Interval(replicates); ok {
		v.Low, v.High, v.Level = &low, &high, b.level()
	}
	return v
}

func (b Bootstrap) level() float64 {
	if b.Level == 0 {
		return 0.95
	}
	return b.Level
}

// quantile interpolates linearly between sorted values (type 7 of Hyndman and
// Fan 1996, as numpy does).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

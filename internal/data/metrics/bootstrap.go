package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/parallel"
)

// Bootstrap draws resamples of rows with replacement (Efron 1979). The same
// resamples measure every figure, so that differences are paired. Resample b
// depends on Seed, b and the number of rows or their units only, of many rows also on
// how rare classes are (see parts): results are the same whatever Cores.
type Bootstrap struct {
	Resamples int     // how many; 0 or less takes none
	Seed      uint64  // of the draws
	Level     float64 // of the intervals; 0 means 0.95
	Cores     int     // at most this many goroutines; 0 means 1
	Units     *Units  // that are drawn; nil draws rows, one by one
}

// Figure is what is measured of a sample, and of resamples of it.
type Figure struct {
	Sample  *Sample
	Prepare func(*Sample) Measure
}

// Value gives the figure of the sample as it is.
func (f Figure) Value() float64 { return f.Prepare(f.Sample)(Ones(f.Sample.Rows())) }

// Replicates measures each figure: whole[f] on the sample as it is, and
// replicates[f][b] on resample b. The samples have the same rows, which may be
// none: then there are no replicates.
func (b Bootstrap) Replicates(ctx context.Context, figures []Figure) (whole []float64, replicates [][]float64, err error) {
	whole, replicates = make([]float64, len(figures)), make([][]float64, len(figures))
	if len(figures) == 0 {
		return whole, replicates, nil
	}
	rows := figures[0].Sample.Rows()
	measures, ones := make([]Measure, len(figures)), Ones(rows)
	parallel.Each(b.Cores, len(figures), func(f int) {
		measures[f] = figures[f].Prepare(figures[f].Sample)
		whole[f] = measures[f](ones)
	})
	if rows == 0 {
		return whole, replicates, nil
	}
	for f := range replicates {
		replicates[f] = make([]float64, max(b.Resamples, 0))
	}
	units := b.Units.blocks()
	if parts := b.parts(figures[0].Sample, units); parts != nil {
		return whole, replicates, b.byParts(ctx, parts, units, figures, whole, replicates)
	}
	err = parallel.With(ctx, b.Cores, b.Resamples, func() *draw { return newDraw(rows, b.Units) }, func(d *draw, i int) {
		d.resample(b.Seed, uint64(i))
		for f, measure := range measures {
			replicates[f][i] = measure(d.weights)
		}
	})
	return whole, replicates, err
}

// draw holds the weights of a resample.
type draw struct {
	weights []float64 // of rows
	units   *Units
	drawn   []float64 // of units, where there are some
}

func newDraw(rows int, units *Units) *draw {
	d := &draw{weights: make([]float64, rows), units: units}
	if units != nil {
		d.drawn = make([]float64, units.Count)
	}
	return d
}

func (d *draw) resample(seed, index uint64) {
	if d.units == nil {
		resample(d.weights, seed, index)
		return
	}
	d.units.resample(d.weights, d.drawn, seed, index)
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

package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/parallel"
)

// What a part of the rows has at least, so that it shows how much a figure
// varies: rows, units where rows are not independent, rows of the rarest class.
const (
	partRows  = 10_000
	partUnits = 400
	partRare  = 100
)

// parts divides many rows, or their units, at random into parts that are measured
// in turn, so that replicates cost what partRows rows cost however many there are
// (Kleiner and others, "A scalable bootstrap for massive data", J. R. Stat. Soc. B
// 76, 2014). nil is one part, of all.
func (b Bootstrap) parts(s *Sample, units *Units) [][]int {
	rows := s.Rows()
	most, count, of := rows/partRows, rows, []int(nil)
	if units != nil {
		count, of = units.Count, units.Of
		most = min(most, count/partUnits)
	}
	if most > 1 {
		most = min(most, s.rarest()/partRare)
	}
	if most < 2 {
		return nil
	}
	dealt := make([]int32, count)
	source := rand.New(rand.NewPCG(b.Seed, math.MaxUint64))
	for i := range dealt {
		dealt[i] = int32(source.IntN(most))
	}
	parts := make([][]int, most)
	for row := range rows {
		unit := row
		if of != nil {
			unit = of[row]
		}
		parts[dealt[unit]] = append(parts[dealt[unit]], row)
	}
	return parts
}

// byParts sets replicates: each is what the whole has, and how far a part with
// weights at random deviates from the part. A part stands for the whole: its
// weights are as many as there are rows in all.
func (b Bootstrap) byParts(ctx context.Context, parts [][]int, units *Units, figures []Figure, whole []float64, replicates [][]float64) error {
	return parallel.Until(ctx, b.Cores, min(len(parts), b.Resamples), func(part int) {
		rows := parts[part]
		count := float64(figures[0].Sample.Rows()) / float64(len(rows)) // of each row
		own := units.Take(rows)
		d := newDraw(len(rows), own)
		if own != nil {
			count = float64(units.Count) / float64(own.Count)
		}
		taken, even := map[*Sample]*Sample{}, slices.Repeat([]float64{count}, len(rows))
		measures, as := make([]Measure, len(figures)), make([]float64, len(figures))
		for f, figure := range figures {
			if taken[figure.Sample] == nil {
				taken[figure.Sample] = figure.Sample.Take(rows)
			}
			measures[f] = figure.Prepare(taken[figure.Sample])
			as[f] = measures[f](even)
		}
		for i := part; i < b.Resamples && ctx.Err() == nil; i += len(parts) {
			d.waver(count, b.Seed, uint64(i))
			for f, measure := range measures {
				replicates[f][i] = whole[f] + measure(d.weights) - as[f]
			}
		}
	})
}

// waver sets weights of that mean and variance, as the counts of draws have them,
// of one in two as much above as of the others below (an exchangeably weighted
// bootstrap: Præstgaard and Wellner, Ann. Probab. 21, 1993). count is 1 at least.
func (d *draw) waver(count float64, seed, index uint64) {
	of := d.weights
	if d.units != nil {
		of = d.drawn
	}
	source, sides := rand.NewPCG(seed, index), [2]float64{count - math.Sqrt(count), count + math.Sqrt(count)}
	for from := 0; from < len(of); from += 64 {
		bits := source.Uint64()
		for i := range of[from:min(from+64, len(of))] {
			of[from+i] = sides[bits&1]
			bits >>= 1
		}
	}
	if d.units != nil {
		for row, unit := range d.units.Of {
			d.weights[row] = d.drawn[unit]
		}
	}
}

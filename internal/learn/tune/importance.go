package tune

import (
	"cmp"
	"slices"
)

// Importance gives, for each parameter, the share of the scores' variance that
// it explains by itself: the correlation ratio over its choices, or over bins
// of equally many trials, less what chance would explain (Hays' omega squared,
// "Statistics for Psychologists", 1963). Shares of interactions are in none of
// them. Only complete trials count; with fewer than 10 it is nil.
func Importance(space Space, trials []Trial) []float64 {
	var known []Trial
	for _, t := range trials {
		if t.State == Complete {
			known = append(known, t)
		}
	}
	if len(known) < 10 {
		return nil
	}
	shares := make([]float64, len(space))
	for d := range space {
		shares[d] = omega(groups(&space[d], d, known))
	}
	return shares
}

// groups gives the scores by choice, or by bins of at least eight trials; equal
// values are never parted.
func groups(p *Parameter, d int, trials []Trial) [][]float64 {
	sorted := slices.Clone(trials)
	slices.SortStableFunc(sorted, func(a, b Trial) int { return cmp.Compare(p.unit(a.Point[d]), p.unit(b.Point[d])) })
	least := max(8, len(trials)/8)
	if p.Scale == Choose {
		least = 1
	}
	var out [][]float64
	var group []float64
	for i, t := range sorted {
		if len(group) >= least && t.Point[d] != sorted[i-1].Point[d] {
			out = append(out, group)
			group = nil
		}
		group = append(group, t.Score)
	}
	return append(out, group)
}

func omega(groups [][]float64) float64 {
	var all []float64
	for _, g := range groups {
		all = append(all, g...)
	}
	centre := average(all)
	var within, between float64
	for _, g := range groups {
		mean := average(g)
		between += float64(len(g)) * (mean - centre) * (mean - centre)
		for _, v := range g {
			within += (v - mean) * (v - mean)
		}
	}
	n, k := float64(len(all)), float64(len(groups))
	if n <= k || between+within == 0 {
		return 0
	}
	error := within / (n - k)
	return max(0, (between-(k-1)*error)/(between+within+error))
}

func average(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

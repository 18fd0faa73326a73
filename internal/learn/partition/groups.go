package partition

import (
	"math"
	"math/rand/v2"
	"slices"
)

// tally is how many rows of each stratum every group has, and all rows have.
type tally struct {
	of  [][]float64 // by group, then stratum
	all []float64
}

// tally counts by the strata, which are numbered anew; without strata there is
// one of all rows.
func (l *Layout) tally() tally {
	number, stratum := map[int]int{}, make([]int, l.rows)
	for row := range stratum {
		s := 0
		if l.stratum != nil {
			s = l.stratum[row]
		}
		if _, ok := number[s]; !ok {
			number[s] = len(number)
		}
		stratum[row] = number[s]
	}
	t := tally{of: make([][]float64, l.groups), all: make([]float64, len(number))}
	for g := range t.of {
		t.of[g] = make([]float64, len(number))
	}
	for row, s := range stratum {
		t.of[l.group[row]][s]++
		t.all[s]++
	}
	return t
}

// size gives how many rows a group has.
func (t *tally) size(group int) (n float64) {
	for _, v := range t.of[group] {
		n += v
	}
	return n
}

// shuffledGroups gives the groups in an order of a stream and a seed.
func (l *Layout) shuffledGroups(stream, seed uint64) []int {
	return rand.New(rand.NewPCG(seed, stream)).Perm(l.groups)
}

// drawGroups says which rows are in a part of about that share: groups in this
// order are taken while that brings the part nearer to the share of every
// stratum, or, where each is too large, the smallest of them.
func (l *Layout) drawGroups(order []int, share float64) []bool {
	t := l.tally()
	have, taken, some := make([]float64, len(t.all)), make([]bool, l.groups), false
	for _, g := range order {
		nearer := 0.0 // by the squared distance, in shares of each stratum
		for s, all := range t.all {
			gap := share*all - have[s]
			left := gap - t.of[g][s]
			nearer += (gap*gap - left*left) / (all * all)
		}
		if nearer > 0 {
			for s, v := range t.of[g] {
				have[s] += v
			}
			taken[g], some = true, true
		}
	}
	if !some && l.groups > 0 {
		taken[slices.MinFunc(order, func(a, b int) int { return int(t.size(a) - t.size(b)) })] = true
	}
	held := make([]bool, l.rows)
	for row, g := range l.group {
		held[row] = taken[g]
	}
	return held
}

// dealGroups gives the fold of each row: groups go to the fold that has least of
// their strata yet, the largest groups first, so that folds are as even as groups
// allow.
func (l *Layout) dealGroups(k int, seed uint64, repeat int) []int {
	t := l.tally()
	order := l.shuffledGroups(streamDivide+uint64(repeat), seed)
	slices.SortStableFunc(order, func(a, b int) int { return int(t.size(b) - t.size(a)) })
	have := make([][]float64, k)
	for f := range have {
		have[f] = make([]float64, len(t.all))
	}
	fold := make([]int, l.groups)
	for _, g := range order {
		best, least, rows := 0, math.Inf(1), math.Inf(1)
		for f := range have {
			load, total := 0.0, 0.0
			for s, all := range t.all {
				load += have[f][s] * t.of[g][s] / (all * all)
				total += have[f][s]
			}
			if load < least || load == least && total < rows {
				best, least, rows = f, load, total
			}
		}
		for s, v := range t.of[g] {
			have[best][s] += v
		}
		fold[g] = best
	}
	out := make([]int, l.rows)
	for row, g := range l.group {
		out[row] = fold[g]
	}
	return out
}

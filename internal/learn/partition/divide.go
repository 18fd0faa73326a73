package partition

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/diag"
)

// The streams of random numbers, one for each purpose.
const (
	streamDivide = 0x76616c6964617465
	streamPart   = 0x6c6561726e696e67
)

// Share holds a share of the rows out once: at random, whole groups, or the
// latest rows. Too few rows, groups or moments for it are a *diag.Error.
func (l *Layout) Share(share float64, seed uint64) (*Parts, error) {
	var parts *Parts
	switch {
	case l.time != nil:
		parts = l.latest(share)
	case l.group != nil:
		parts = l.sides(l.drawGroups(l.shuffledGroups(streamDivide, seed), share))
	default:
		parts = &Parts{}
		// Place i is held out when the share's multiples pass a whole number.
		held := make([]bool, l.rows)
		for at, row := range l.order(seed, 0) {
			held[row] = int(float64(at+1)*share) > int(float64(at)*share)
		}
		parts = l.sides(held)
	}
	return parts, l.check(parts)
}

// Folds holds each of k parts out in turn, repeats times over: parts dealt out
// at random, whole groups each. Forward in time there are at most k windows
// one after another, each judged by what is before it, and nothing repeats. Too
// few rows, groups or moments are a *diag.Error.
func (l *Layout) Folds(k, repeats int, seed uint64) ([]*Parts, error) {
	var all []*Parts
	if l.time != nil {
		all, repeats = l.windows(k), 0
		if len(all) == 0 {
			return nil, l.tooFew()
		}
	}
	for repeat := range repeats {
		fold := l.deal(k, seed, repeat)
		for f := range k {
			held := make([]bool, l.rows)
			for row := range held {
				held[row] = fold[row] == f
			}
			all = append(all, l.sides(held))
		}
	}
	for _, parts := range all {
		if err := l.check(parts); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Part gives a share of the rows to learn from, ascending; larger shares hold the
// smaller ones. In time they are the latest ones.
func (l *Layout) Part(share float64, seed uint64) []int {
	n := int(share * float64(l.rows))
	var rows []int
	switch {
	case l.time != nil:
		rows = l.byTime()
		rows = slices.Clone(rows[len(rows)-min(n, len(rows)):])
	case l.group != nil:
		rank := make([]int, l.groups)
		for place, g := range l.shuffledGroups(streamPart, seed) {
			rank[g] = place
		}
		rows = make([]int, l.rows)
		for row := range rows {
			rows[row] = row
		}
		slices.SortStableFunc(rows, func(a, b int) int { return rank[l.group[a]] - rank[l.group[b]] })
		for n > 0 && n < l.rows && l.group[rows[n]] == l.group[rows[n-1]] {
			n--
		}
		rows = rows[:n]
	default:
		rows = rand.New(rand.NewPCG(seed, streamPart)).Perm(l.rows)[:n]
	}
	slices.Sort(rows)
	return rows
}

// sides gives the parts of rows that are held out or not.
func (l *Layout) sides(held []bool) *Parts {
	p := &Parts{}
	for row, is := range held {
		p.add(row, is)
	}
	return p
}

// order shuffles the rows and then brings those of a stratum together.
func (l *Layout) order(seed uint64, repeat int) []int {
	order := rand.New(rand.NewPCG(seed, streamDivide+uint64(repeat))).Perm(l.rows)
	if l.stratum != nil {
		slices.SortStableFunc(order, func(a, b int) int { return l.stratum[a] - l.stratum[b] })
	}
	return order
}

// deal gives the fold of each row, from 0.
func (l *Layout) deal(k int, seed uint64, repeat int) []int {
	if l.group != nil {
		return l.dealGroups(k, seed, repeat)
	}
	fold := make([]int, l.rows)
	for at, row := range l.order(seed, repeat) {
		fold[row] = at % k
	}
	return fold
}

// Deal gives each row one of k parts, from 0, for what is fitted to the others of
// them: dealt out at random, groups whole, or, in time, one run after another.
func (l *Layout) Deal(k int, seed uint64) []int {
	if l.time == nil {
		return l.deal(k, seed, 0)
	}
	part, rows := make([]int, l.rows), l.byTime()
	for place, row := range rows {
		part[row] = place * k / len(rows)
	}
	return part
}

func (l *Layout) check(p *Parts) error {
	if len(p.Train) == 0 || len(p.Test) == 0 {
		return l.tooFew()
	}
	return nil
}

func (l *Layout) tooFew() error {
	found := fmt.Sprintf("%d rows", l.rows)
	if l.group != nil {
		found += fmt.Sprintf(" in %d groups", l.groups)
	}
	return &diag.Error{What: "there are too few training rows to hold some out for validation", Found: found,
		Hint: "use fewer folds, another share, or no validation"}
}

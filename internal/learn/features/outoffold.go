package features

// targetFolds is into how many parts the training rows are dealt: each part gets
// the means of the others. scikit-learn's TargetEncoder has 5.
const targetFolds = 5

// outOfFold gives each of the known rows means of other rows only, shrunk as
// these say, and as the structure has it: groups are in one part; in time a row
// knows what is earlier by the gap, of other groups. Where no row is known, the
// prior stands. The result has a number for each row and column.
func (y *outcomes) outOfFold(level []int, levels int, prior []float64) []float64 {
	out := make([]float64, len(y.values))
	if y.layout.Forward() {
		y.fromThePast(out, level, levels, prior)
		return out
	}
	k := min(targetFolds, y.layout.Free())
	fold := y.layout.Deal(max(k, 1), 0)
	for f := range k {
		others := newTally(levels, len(y.of))
		for at, is := range fold {
			if is != f && level[at] >= 0 {
				others.add(level[at], y.row(at))
			}
		}
		weights := others.weights()
		for at, is := range fold {
			if is == f {
				y.give(out[at*len(y.of):][:len(y.of)], others, level[at], nil, weights, prior)
			}
		}
	}
	return out
}

// fromThePast fills out for rows in time.
func (y *outcomes) fromThePast(out []float64, level []int, levels int, prior []float64) {
	past, width := newTally(levels, len(y.of)), len(y.of)
	groups := y.layout.Groups()
	own := map[[2]int]*tally{} // by group and level; -1 is all of the group's
	ask := func(at int) {
		var less *ownPast
		if groups != nil {
			less = &ownPast{all: own[[2]int{groups[at], -1}], level: own[[2]int{groups[at], level[at]}]}
		}
		y.give(out[at*width:][:width], past, level[at], less, past.weights(), prior)
	}
	learn := func(at int) {
		if level[at] < 0 {
			return
		}
		past.add(level[at], y.row(at))
		if groups == nil {
			return
		}
		for _, of := range []int{-1, level[at]} {
			key := [2]int{groups[at], of}
			if own[key] == nil {
				own[key] = newTally(1, width)
			}
			own[key].add(0, y.row(at))
		}
	}
	y.layout.Unfold(ask, learn)
}

// ownPast is what a row's group had before it, in all and of the row's level;
// each may be nil.
type ownPast struct{ all, level *tally }

// give writes the shrunk means of a level, less what the row's own group has part
// in; a negative level has the mean of all rows, or, of none, the prior.
func (y *outcomes) give(dst []float64, t *tally, level int, less *ownPast, weights, prior []float64) {
	for j := range dst {
		rows, all := t.rows, t.all[j]
		count, sum := 0.0, 0.0
		if level >= 0 {
			count, sum = t.count[level], t.sum[level*t.outputs+j]
		}
		if less != nil && less.all != nil {
			rows, all = rows-less.all.rows, all-less.all.all[j]
		}
		if less != nil && less.level != nil {
			count, sum = count-less.level.rows, sum-less.level.all[j]
		}
		switch {
		case rows > 0:
			dst[j] = y.centre + shrunk(sum, count, all/rows, weights[j])
		case prior != nil:
			dst[j] = prior[j]
		default:
			dst[j] = 0
		}
	}
}

package features

import "math"

// tally is what outcomes of rows add up to, by the level that each row has: for
// means that are shrunk towards that of all rows. There may be several outcomes
// of a row, each counted apart: 0 or 1 for each class.
type tally struct {
	outputs int
	count   []float64 // by level
	sum     []float64 // by level, then outcome

	rows, levels, squares float64   // of count: its sum, how many are above 0, the sum of its squares
	all, within           []float64 // by outcome: the sum, and the sum of squares
	between               []float64 // by outcome: the sum over levels of sum²/count
}

func newTally(levels, outputs int) *tally {
	return &tally{outputs: outputs, count: make([]float64, levels), sum: make([]float64, levels*outputs),
		all: make([]float64, outputs), within: make([]float64, outputs), between: make([]float64, outputs)}
}

// add counts a row.
func (t *tally) add(level int, outcomes []float64) {
	n := t.count[level]
	if n == 0 {
		t.levels++
	}
	t.rows++
	t.count[level]++
	t.squares += 2*n + 1
	sums := t.sum[level*t.outputs:][:t.outputs]
	for j, v := range outcomes {
		if n > 0 {
			t.between[j] -= sums[j] * sums[j] / n
		}
		sums[j] += v
		t.between[j] += sums[j] * sums[j] / (n + 1)
		t.all[j] += v
		t.within[j] += v * v
	}
}

// weight is by how many rows the mean of all rows counts in that of a level:
// the variance within levels over that between them, both estimated as in an
// analysis of variance (empirical Bayes; Micci-Barreca, "A preprocessing scheme
// for high-cardinality categorical attributes in classification and prediction
// problems", SIGKDD Explorations 3, 2001; the estimates are those of one-way
// random effects, Searle, Casella, McCulloch, "Variance Components", 1992). It is
// +Inf where the levels differ no more than chance would have it, or no level has
// two rows.
func (t *tally) weight(j int) float64 {
	if t.levels < 2 || t.rows <= t.levels {
		return math.Inf(1)
	}
	within := max(0, t.within[j]-t.between[j]) / (t.rows - t.levels)
	between := (t.between[j] - t.all[j]*t.all[j]/t.rows) / (t.levels - 1)
	excess := (between - within) * (t.levels - 1) / (t.rows - t.squares/t.rows)
	if !(excess > 0) || math.IsInf(excess, 0) {
		return math.Inf(1)
	}
	return within / excess
}

// weights gives the weight for each outcome.
func (t *tally) weights() []float64 {
	all := make([]float64, t.outputs)
	for j := range all {
		all[j] = t.weight(j)
	}
	return all
}

// shrunk gives the mean of a level's rows, so many with this sum, with the prior
// counting as weight rows more.
func shrunk(sum, count, prior, weight float64) float64 {
	if count == 0 || math.IsInf(weight, 1) {
		return prior
	}
	return (sum + weight*prior) / (count + weight)
}

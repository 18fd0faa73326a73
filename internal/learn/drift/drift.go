// Package drift says whether rows are still like those of before, and what a model is
// worth on them while nobody knows what came true.
package drift

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"

	"labbook/internal/base/ascending"
)

// leastExpected is how many rows of each sample a bin needs for the chi-squared
// distribution to hold, as usual (Cochran, Biometrics 10, 1954).
const leastExpected = 5

// Same tests whether counts are drawn from the distribution that others, of before, are
// drawn from: the p-value of Pearson's chi-squared test of two samples, whose bins are
// joined, the rarest first, until each has leastExpected rows to expect in both. It is 1
// where nothing is left to compare. before and now have a count per bin.
func Same(before, now []float64) float64 {
	n, m := sum(before), sum(now)
	if !(n > 0) || !(m > 0) {
		return 1
	}
	order := make([]int, len(before))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := before[a]+now[a], before[b]+now[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	least := leastExpected * (n + m) / min(n, m) // rows of both together
	var pairs [][2]float64
	var open [2]float64
	for _, i := range order {
		open[0], open[1] = open[0]+before[i], open[1]+now[i]
		if open[0]+open[1] >= least {
			pairs, open = append(pairs, open), [2]float64{}
		}
	}
	if open[0]+open[1] > 0 && len(pairs) > 0 {
		last := &pairs[len(pairs)-1]
		last[0], last[1] = last[0]+open[0], last[1]+open[1]
	}
	if len(pairs) < 2 {
		return 1
	}
	statistic := 0.0
	for _, p := range pairs {
		share := (p[0] + p[1]) / (n + m)
		statistic += (p[0]-n*share)*(p[0]-n*share)/(n*share) + (p[1]-m*share)*(p[1]-m*share)/(m*share)
	}
	return distuv.ChiSquared{K: float64(len(pairs) - 1)}.Survival(statistic)
}

// Together gives one p-value for several that may depend on each other, each of which
// counts as its weight says: the Cauchy combination test (Liu and Xie, Journal of the
// American Statistical Association 115, 2020). It is 1 where nothing has a weight.
func Together(p, weights []float64) float64 {
	total, statistic := sum(weights), 0.0
	if !(total > 0) {
		return 1
	}
	for i, v := range p {
		v = min(max(v, 1e-15), 1-1e-15)
		statistic += weights[i] / total * math.Tan((0.5-v)*math.Pi)
	}
	return min(max(0.5-math.Atan(statistic)/math.Pi, 0), 1)
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// Loss is what a model loses on a row, learned from rows of which the truth is known: by
// what it says of a row, the mean in each of some bins of as many rows. Of classes what it
// says is the probability of the likeliest, and lost is whether it is wrong: then the
// mean is one less the confidence, calibrated (performance estimation by calibrated
// confidence, Guerin and Kuberski, NannyML, 2022). Of numbers it is the prediction, and
// lost is the absolute error: direct loss estimation by the plainest model of it.
type Loss struct {
	edges []float64 // between the bins
	mean  []float64 // of each
	noise []float64 // its variance, of a row
	rows  []float64
}

// lossBins is how many bins there are at most, and binRows how many rows each has at
// least.
const (
	lossBins = 10
	binRows  = 20
)

// NewLoss learns it from what was said of rows and what was lost on them; nil where they
// are too few.
func NewLoss(said, lost []float64) *Loss {
	n := len(said)
	bins := min(lossBins, n/binRows)
	if bins < 1 {
		return nil
	}
	sorted := slices.Clone(said)
	ascending.Floats(sorted)
	l := &Loss{}
	for b := 1; b < bins; b++ {
		if edge := sorted[b*n/bins]; len(l.edges) == 0 || edge > l.edges[len(l.edges)-1] {
			l.edges = append(l.edges, edge)
		}
	}
	l.mean, l.noise, l.rows = make([]float64, len(l.edges)+1), make([]float64, len(l.edges)+1), make([]float64, len(l.edges)+1)
	for i, s := range said {
		b := l.bin(s)
		l.mean[b], l.rows[b] = l.mean[b]+lost[i], l.rows[b]+1
	}
	whole := sum(l.mean) / float64(n)
	for b := range l.mean {
		if l.rows[b] == 0 {
			l.mean[b] = whole
			continue
		}
		l.mean[b] /= l.rows[b]
	}
	for i, s := range said {
		b := l.bin(s)
		d := lost[i] - l.mean[b]
		l.noise[b] += d * d / max(1, l.rows[b]-1)
	}
	return l
}

// bin gives the bin of what is said: the first whose upper edge is above it.
func (l *Loss) bin(said float64) int {
	return sort.Search(len(l.edges), func(i int) bool { return l.edges[i] > said })
}

// Estimate gives the mean loss to expect on rows by what is said of them, and the ends of
// the interval in which the loss that is measured of them later lies in 95 of 100 cases,
// if the model errs as it did where it says the same: by the noise of these rows and of
// those it was learned from.
func (l *Loss) Estimate(said []float64) (mean, low, high float64) {
	n := float64(len(said))
	share := make([]float64, len(l.mean))
	for _, s := range said {
		share[l.bin(s)] += 1 / n
	}
	variance := 0.0
	for b, s := range share {
		mean += s * l.mean[b]
		variance += s * l.noise[b] / n
		if l.rows[b] > 0 {
			variance += s * s * l.noise[b] / l.rows[b]
		}
	}
	reach := 1.96 * math.Sqrt(variance)
	return mean, max(0, mean-reach), mean + reach
}

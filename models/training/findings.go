package training

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"labbook/internal/base/facts"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/tune"
)

// What makes a fold odd.
const (
	fewestFolds = 5
	oddScore    = 3    // robust deviations from the median
	oddChance   = 0.01 // that one of folds that are alike is called so, by one metric
)

// oddFolds says which folds are out of line by a majority of the metrics.
func oddFolds(judged []Judgement, unit string) []notebook.Finding {
	if len(judged) == 0 || len(judged[0].Each) < fewestFolds {
		return nil
	}
	var found []notebook.Finding
	for fold := range judged[0].Each {
		var by []*Judgement
		for i := range judged {
			if outOfLine(facts.Values(judged[i].Each), fold) {
				by = append(by, &judged[i])
			}
		}
		if 2*len(by) <= len(judged) {
			continue
		}
		m, _ := metrics.Lookup(by[0].Metric)
		others := slices.Delete(slices.Clone(facts.Values(by[0].Each)), fold, fold+1)
		slices.Sort(others)
		found = append(found, checks.OddFold.Finding("", 0, "fold %d of %d is out of line: its %s is %s, of the others %s to %s (%d of %d metrics say so)",
			fold+1, len(others)+1, m.Title, m.Format(float64(by[0].Each[fold]), unit), m.Bare(others[0]), m.Bare(others[len(others)-1]), len(by), len(judged)))
	}
	return found
}

// outOfLine says whether a value is far from the others: by more than oddScore
// robust deviations (MAD), and beyond what the mean and deviation of the others
// allow the most extreme of as many (Student's t).
func outOfLine(values []float64, at int) bool {
	n := float64(len(values))
	others := slices.Delete(slices.Clone(values), at, at+1)
	if slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
		return false
	}
	mean, deviation := 0.0, 0.0
	for _, v := range others {
		mean += v / (n - 1)
	}
	for _, v := range others {
		deviation += (v - mean) * (v - mean) / (n - 2)
	}
	t := math.Abs(values[at]-mean) / math.Sqrt(deviation*(1+1/(n-1)))
	limit := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 2}.Quantile(1 - oddChance/(2*n))
	middle := median(values)
	away := make([]float64, len(values))
	for i, v := range values {
		away[i] = math.Abs(v - middle)
	}
	return t > limit && math.Abs(values[at]-middle) > oddScore*1.4826*median(away)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// atEdges says which parameters of a point lie at the edge of what was searched.
func atEdges(space tune.Space, point tune.Point) []notebook.Finding {
	var found []notebook.Finding
	for i, p := range space {
		if edge := p.Edge(point[i]); edge != "" {
			found = append(found, checks.EdgeOfSearch.Finding("", 0, "the best %s, %s, lies at the %s edge of what was searched, %g to %g: the best of all may lie beyond",
				p.Name, point[i], edge, p.Low, p.High))
		}
	}
	return found
}

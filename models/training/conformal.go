package training

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/models/bundle"
)

// reach gives the score that the next row stays within with probability level, as
// scores of rows held out say: conformal prediction (Papadopoulos et al., ECML
// 2002). Where rows are not independent, each of their units counts as much as
// another and as the one to come, whatever rows it has, so that the promise is of
// rows of units never seen (hierarchical conformal prediction: Lee, Barber and
// Willett, "Distribution-free inference with hierarchical data", JRSS-B 2025).
// units may be nil. Too few of them are a *diag.Error.
func reach(scores []float64, units *metrics.Units, level float64) (float64, error) {
	count := len(scores)
	weight := func(int) float64 { return 1 }
	need := math.Ceil(float64(count+1) * level)
	if units != nil {
		rows := make([]float64, units.Count)
		for _, u := range units.Of {
			rows[u]++
		}
		count = units.Count
		weight = func(row int) float64 { return 1 / rows[units.Of[row]] }
		need = float64(count+1)*level - 1e-9 // what sums of shares are off
	}
	order := make([]int, len(scores))
	for row := range order {
		order[row] = row
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	sum := 0.0
	for _, row := range order {
		if sum += weight(row); sum >= need {
			return scores[row], nil
		}
	}
	what := "rows"
	if units != nil {
		what = "groups or moments"
	}
	return 0, &diag.Error{What: fmt.Sprintf("too few %s are held out to promise anything of the next", what), Found: fmt.Sprint(count),
		Wanted: fmt.Sprintf("at least %.0f at level %g", math.Ceil(level/(1-level)-1e-9), level), Hint: "hold out more of them, by folds or a greater share, or lower the level"}
}

// sets gives the prediction sets of a classification: all classes whose
// probability is not below what that of the true class seldom is. They are the
// smallest sets on average that hold what they promise: Sadinle, Lei and Wasserman,
// "Least Ambiguous Set-Valued Classifiers with Bounded Error Levels", JASA 114,
// 2019. (In simulations of 2, 3 and 10 classes, adaptive sets, by Romano, Sesia and
// Candès, were larger throughout, and half as often of one class.)
func (o *IntervalOptions) sets(s *metrics.Sample, units *metrics.Units, folds int) (*bundle.Ranges, error) {
	k, scores := len(s.Classes), make([]float64, s.Rows())
	for i, y := range s.Actual {
		scores[i] = 1 - s.Probabilities[i*k+int(y)]
	}
	v := &bundle.Ranges{Level: o.Level, Rows: s.Rows(), Folds: folds, Abstain: o.Abstain}
	if units != nil {
		v.Units = units.Count
	}
	var err error
	v.Reach, err = reach(scores, units, o.Level)
	return v, err
}

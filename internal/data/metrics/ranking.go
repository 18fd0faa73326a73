package metrics

import (
	"math"

	"labbook/internal/base/ascending"
)

// ranking is the rows by falling score of one class, for ROC and precision
// and recall: thresholds lie between runs of equal scores.
type ranking struct {
	order    []int     // rows, best score first
	score    []float64 // of order's rows
	positive []bool    // order's row is of the class
}

func rank(s *Sample, class int) *ranking {
	k, n := len(s.Classes), s.Rows()
	negated := make([]float64, n)
	for i := range negated {
		negated[i] = -s.Probabilities[i*k+class]
	}
	r := &ranking{order: ascending.Places(negated), score: make([]float64, n), positive: make([]bool, n)}
	for at, i := range r.order {
		r.score[at], r.positive[at] = -negated[i], int(s.Actual[i]) == class
	}
	return r
}

// walk calls at after each run of equal scores with the weight of the true
// and of the false positives so far.
func (r *ranking) walk(weights []float64, at func(score, tp, fp float64)) {
	var tp, fp float64
	for k, i := range r.order {
		if r.positive[k] {
			tp += weights[i]
		} else {
			fp += weights[i]
		}
		if k+1 == len(r.order) || r.score[k+1] != r.score[k] {
			at(r.score[k], tp, fp)
		}
	}
}

// rocAUC is the area under the ROC curve; NaN without rows of both kinds.
func (r *ranking) rocAUC(weights []float64) float64 {
	var area, tp0, fp0 float64
	r.walk(weights, func(_, tp, fp float64) {
		area += (fp - fp0) * (tp + tp0) / 2
		tp0, fp0 = tp, fp
	})
	if tp0 == 0 || fp0 == 0 {
		return math.NaN()
	}
	return area / (tp0 * fp0)
}

// averagePrecision is Σ (Rₙ − Rₙ₋₁) Pₙ, without interpolation; NaN without
// rows of the class.
func (r *ranking) averagePrecision(weights []float64) float64 {
	var area, tp0 float64
	r.walk(weights, func(_, tp, fp float64) {
		if tp > tp0 {
			area += (tp - tp0) * tp / (tp + fp)
			tp0 = tp
		}
	})
	if tp0 == 0 {
		return math.NaN()
	}
	return area / tp0
}

func rocAUC(s *Sample) Measure { return overClasses(s, (*ranking).rocAUC) }
func prAUC(s *Sample) Measure  { return overClasses(s, (*ranking).averagePrecision) }

// overClasses measures the second of two classes, or the plain mean of each
// class against the rest, leaving out classes where it is not defined.
func overClasses(s *Sample, measure func(*ranking, []float64) float64) Measure {
	first := 0
	if len(s.Classes) == 2 {
		first = 1
	}
	var ranks []*ranking
	for c := first; c < len(s.Classes); c++ {
		ranks = append(ranks, rank(s, c))
	}
	return func(weights []float64) float64 {
		var sum, n float64
		for _, r := range ranks {
			if v := measure(r, weights); !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		return sum / n
	}
}

// Point is a point of a curve.
type Point struct{ X, Y float64 }

// ROC gives the curve of a class against the rest: false positive rate (X)
// and true positive rate (Y), from (0, 0) to (1, 1); nil where not defined.
func ROC(s *Sample, class int) []Point {
	points := []Point{{0, 0}}
	rank(s, class).walk(Ones(s.Rows()), func(_, tp, fp float64) { points = append(points, Point{fp, tp}) })
	end := points[len(points)-1]
	if end.X == 0 || end.Y == 0 {
		return nil
	}
	for i := range points {
		points[i] = Point{points[i].X / end.X, points[i].Y / end.Y}
	}
	return points
}

// PrecisionRecall gives the curve of a class against the rest: recall (X,
// rising from 0) and precision (Y); nil without rows of the class. Before the
// first threshold nothing is found and no precision is measured: the curve
// begins level with that threshold's, so that a constant score, which has no
// other, is a level line at the share of the class.
func PrecisionRecall(s *Sample, class int) []Point {
	points := []Point{{}}
	rank(s, class).walk(Ones(s.Rows()), func(_, tp, fp float64) { points = append(points, Point{tp, tp / (tp + fp)}) })
	total := points[len(points)-1].X
	if total == 0 {
		return nil
	}
	points[0].Y = points[1].Y
	for i := range points {
		points[i].X /= total
	}
	return points
}

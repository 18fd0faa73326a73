package features

import (
	"errors"
	"math"
	"slices"
	"sort"

	"labbook/internal/data/table"
)

// ranks gives a number, as number makes it, by its place among the values of
// training: the quantile of a normal distribution that it is, so that far values are
// not far and skewed ones not skewed (the rank-based inverse normal transformation,
// van der Waerden, "Order tests for the two-sample problem and their power", 1952;
// as QuantileTransformer of scikit-learn does with output_distribution: normal).
// Between references it is a line, beyond the outer ones it is level.
type ranks struct {
	number
	Values []float64 `json:"values"` // ascending
	Scores []float64 `json:"scores"`
}

// rankReferences is how many places are told apart at most.
const rankReferences = 200

// fitRanks gives nil where there are no two values.
func fitRanks(c *table.Column, straight *number) *ranks {
	e := &ranks{number: number{Column: straight.Column, Log: straight.Log, Impute: straight.Impute}}
	values := make([]float64, c.Len())
	e.number.bind(c)(values, 1, 0, len(values))
	present := slices.DeleteFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	slices.Sort(present)
	k := min(rankReferences, len(present))
	for i := 0; i < k; {
		at := func(i int) float64 { return present[int(int64(2*i+1)*int64(len(present))/int64(2*k))] }
		j := i + 1
		for j < k && at(j) == at(i) {
			j++ // references of one value stand where their middle does
		}
		e.Values = append(e.Values, at(i))
		e.Scores = append(e.Scores, math.Sqrt2*math.Erfinv(float64(i+j)/float64(k)-1))
		i = j
	}
	if len(e.Values) < 2 {
		return nil
	}
	return e
}

func (e *ranks) kind() string    { return "ranks" }
func (e *ranks) names() []string { return []string{e.number.names()[0] + " quantile"} }
func (e *ranks) describe() string {
	how := "its place among the values of training, as a normal quantile"
	if e.Log || e.Impute != nil {
		how = e.number.describe() + ", " + how
	}
	return how
}

func (e *ranks) valid() error {
	if len(e.Values) < 2 || len(e.Values) != len(e.Scores) || e.Scale != 0 || e.Mean != 0 {
		return errors.New("fewer than two references, or a scale of a straight line")
	}
	for i := range e.Values {
		if math.IsNaN(e.Scores[i]) || math.IsInf(e.Scores[i], 0) || i > 0 && !(e.Values[i] > e.Values[i-1]) {
			return errors.New("references that do not ascend")
		}
	}
	return nil
}

func (e *ranks) bind(c *table.Column) fill {
	straight := e.number.bind(c)
	return func(dst []float64, stride, lo, hi int) error {
		if err := straight(dst, stride, lo, hi); err != nil {
			return err
		}
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			dst[at] = e.score(dst[at])
		}
		return nil
	}
}

// score is NaN of NaN.
func (e *ranks) score(v float64) float64 {
	if math.IsNaN(v) {
		return v
	}
	n := len(e.Values)
	next := sort.SearchFloat64s(e.Values, v)
	switch next {
	case 0:
		return e.Scores[0]
	case n:
		return e.Scores[n-1]
	}
	share := (v - e.Values[next-1]) / (e.Values[next] - e.Values[next-1])
	return e.Scores[next-1] + share*(e.Scores[next]-e.Scores[next-1])
}

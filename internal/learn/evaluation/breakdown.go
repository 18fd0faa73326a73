package evaluation

import (
	"math"
	"slices"

	"labbook/internal/base/ascending"
	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Slice is a part of the test rows and how the leader did on it.
type Slice struct {
	Name  string
	Rows  int
	Error float64 // mean absolute error, or the share of wrong classes
	Bias  float64 // mean of predicted less actual; of numbers only
	Noise float64 // standard error of Error
}

// Breakdown is the error by the levels of a column.
type Breakdown struct {
	Column string
	Slices []Slice
}

// errors gives the leader's error per row: absolute, or 1 for a wrong class.
func (j *Judgement) errors() (errors, signed []float64) {
	s := j.Samples[j.Lead()]
	errors, signed = make([]float64, s.Rows()), make([]float64, s.Rows())
	for i, y := range s.Actual {
		if j.Task == metrics.Regression {
			signed[i] = s.Predicted[i] - y
			errors[i] = math.Abs(signed[i])
		} else if s.Predicted[i] != y {
			errors[i] = 1
		}
	}
	return errors, signed
}

// slice gathers rows into slices by a code per row; negative ones are left
// out.
func (j *Judgement) slice(names []string, code func(row int) int) []Slice {
	errors, signed := j.errors()
	slices, squares := make([]Slice, len(names)), make([]float64, len(names))
	for i := range errors {
		if k := code(i); k >= 0 {
			slices[k].Rows++
			slices[k].Error += errors[i]
			slices[k].Bias += signed[i]
			squares[k] += errors[i] * errors[i]
		}
	}
	for k := range slices {
		s := &slices[k]
		s.Name = names[k]
		n := float64(s.Rows)
		s.Error /= n
		s.Bias /= n
		if n > 1 {
			s.Noise = math.Sqrt(max(squares[k]/n-s.Error*s.Error, 0) / (n - 1))
		}
	}
	return slices
}

// ByCategory gives the error by the levels of each category of the test part,
// those whose levels differ most first.
func (j *Judgement) ByCategory() []Breakdown {
	var all []Breakdown
	var uneven []float64
	for _, c := range j.Table.Columns {
		if c.Type != table.Category || c.Name == j.Target || len(c.Levels) < 2 || len(c.Levels) > 60 {
			continue
		}
		b := Breakdown{Column: c.Name}
		var low, high, most float64 = math.Inf(1), math.Inf(-1), 0
		for _, s := range j.slice(c.Levels, func(i int) int { return int(c.Codes[i]) }) {
			if s.Rows == 0 {
				continue
			}
			b.Slices = append(b.Slices, s)
			if s.Rows >= 10 { // fewer say little
				low, high, most = min(low, s.Error), max(high, s.Error), max(most, s.Noise)
			}
		}
		if len(b.Slices) < 2 {
			continue
		}
		score := (high - low) / (most + 1e-300)
		if math.IsInf(score, -1) || math.IsNaN(score) {
			score = 0
		}
		at, _ := slices.BinarySearchFunc(uneven, score, func(a, b float64) int {
			if a >= b {
				return -1
			}
			return 1
		})
		all, uneven = slices.Insert(all, at, b), slices.Insert(uneven, at, score)
	}
	return all[:min(len(all), j.Options.MaxBreakdowns)]
}

// ByDecile gives the error by tenths of the actual values; equal values stay
// together, so that there may be fewer.
func (j *Judgement) ByDecile() []Slice {
	actual := j.Samples[j.Lead()].Actual
	sorted := slices.Clone(actual)
	ascending.Floats(sorted)
	var from []float64
	var names []string
	for d := range 10 {
		v := sorted[d*len(sorted)/10]
		if len(from) == 0 || v > from[len(from)-1] {
			from, names = append(from, v), append(names, human.Digits(v, 3))
		}
	}
	return j.slice(names, func(i int) int {
		at, found := slices.BinarySearch(from, actual[i])
		if !found {
			at--
		}
		return at
	})
}

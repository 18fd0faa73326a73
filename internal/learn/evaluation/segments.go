package evaluation

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/ascending"
	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Segment is a part of the rows, and how every model did on it by the primary
// metric.
type Segment struct {
	Name   string           `json:"name"`
	Rows   int              `json:"rows"`
	Values []*metrics.Value `json:"values"` // by place; nil where the metric is not defined on these rows
	// Versus says how the model that the segments were asked for does against the
	// one at each place; nil for itself, and where either is not defined.
	Versus []*metrics.Comparison `json:"versus,omitempty"`
}

// The bounds of segments: a column of more values is none of categories, and
// numbers are cut into so many parts of about equal size.
const (
	mostSegments = 60
	numberParts  = 5
)

// Segments judges the models apart on each part of the rows that a column makes:
// its levels, or ranges of its numbers, the largest first, ranges in order. The
// column has a value for each row that was judged on. Comparisons are of the model
// at a place, at a level at which any of all parts differs by chance no more often
// than a single one does at the level of the options (Bonferroni).
func (j *Judgement) Segments(ctx context.Context, column *table.Column, place, cores int) ([]Segment, error) {
	names, code, err := parts(column)
	if err != nil {
		return nil, err
	}
	rows := make([][]int, len(names))
	for i := range column.Len() {
		rows[code(i)] = append(rows[code(i)], i)
	}
	boot := j.bootstrap(cores)
	apart := boot
	apart.Level = 1 - (1-boot.Level)/float64(len(names))
	var all []Segment
	for k, name := range names {
		if len(rows[k]) == 0 {
			continue
		}
		s := Segment{Name: name, Rows: len(rows[k])}
		var figures []metrics.Figure
		for _, sample := range j.Samples {
			figures = append(figures, j.Main.Of(sample.Take(rows[k])))
		}
		boot.Units = j.units.Take(rows[k])
		apart.Units = boot.Units
		values, replicates, err := boot.Replicates(ctx, figures)
		if err != nil {
			return nil, err
		}
		for m, v := range values {
			var value *metrics.Value
			if finite(v) {
				v := boot.Value(j.Main, v, replicates[m], j.Unit)
				value = &v
			}
			s.Values = append(s.Values, value)
		}
		for m := range figures {
			var versus *metrics.Comparison
			if own, other := s.Values[place], s.Values[m]; m != place && own != nil && other != nil {
				c := apart.Compare(j.Main, j.Unit, j.Models[m].Stage, len(rows[k]), own.Value, other.Value, replicates[place], replicates[m])
				versus = &c
			}
			s.Versus = append(s.Versus, versus)
		}
		all = append(all, s)
	}
	if !ranged(column) {
		slices.SortStableFunc(all, func(a, b Segment) int { return cmp.Compare(b.Rows, a.Rows) })
	}
	return all, nil
}

// Compare gives by each metric how the model at one place does against the one at
// another, on the same resamples.
func (j *Judgement) Compare(ctx context.Context, place, with, cores int) ([]metrics.Comparison, error) {
	boot := j.bootstrap(cores)
	var all []metrics.Comparison
	for _, v := range j.Models[place].Metrics {
		other, ok := j.Models[with].Metric(v.Name)
		m, known := metrics.Lookup(v.Name)
		if !ok || !known {
			continue
		}
		_, replicates, err := boot.Replicates(ctx, []metrics.Figure{m.Of(j.Samples[place]), m.Of(j.Samples[with])})
		if err != nil {
			return nil, err
		}
		all = append(all, boot.Compare(m, j.Unit, j.Models[with].Stage, j.Rows, v.Value, other.Value, replicates[0], replicates[1]))
	}
	return all, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// ranged says whether a column is cut into ranges.
func ranged(c *table.Column) bool { return c.Type == table.Number || c.Type == table.Date }

// parts names the parts that a column makes of rows, and gives the part of each
// row.
func parts(c *table.Column) (names []string, code func(row int) int, err error) {
	if ranged(c) {
		if names, code := ranges(c); names != nil {
			return names, code, nil
		}
	}
	at := map[string]int{}
	for i := range c.Len() {
		name := c.String(i)
		if c.IsMissing(i) {
			name = missing
		}
		if _, known := at[name]; !known {
			at[name] = len(names)
			names = append(names, name)
		}
	}
	if len(names) > mostSegments {
		return nil, nil, &diag.Error{What: fmt.Sprintf("%s has %d values, too many to look at each", c.Name, len(names)),
			Wanted: fmt.Sprintf("a column of at most %d values, or of numbers", mostSegments)}
	}
	return names, func(i int) int {
		if c.IsMissing(i) {
			return at[missing]
		}
		return at[c.String(i)]
	}, nil
}

const missing = "(missing)"

// ranges cuts numbers at their quantiles; nil for few different ones.
func ranges(c *table.Column) (names []string, code func(row int) int) {
	sorted := slices.DeleteFunc(slices.Clone(c.Num), math.IsNaN)
	ascending.Floats(sorted)
	if len(slices.Compact(slices.Clone(sorted))) <= 2*numberParts {
		return nil, nil
	}
	var from []float64
	for k := range numberParts {
		if v := sorted[k*len(sorted)/numberParts]; len(from) == 0 || v > from[len(from)-1] {
			from = append(from, v)
		}
	}
	text := func(v float64) string {
		one := *c
		one.Num = []float64{v}
		return one.Shown(0, 4, 0).String()
	}
	for k := range from {
		if k+1 < len(from) {
			names = append(names, text(from[k])+" to below "+text(from[k+1]))
		} else {
			names = append(names, text(from[k])+" to "+text(sorted[len(sorted)-1]))
		}
	}
	names = append(names, missing)
	return names, func(i int) int {
		if c.IsMissing(i) {
			return len(names) - 1
		}
		at, found := slices.BinarySearch(from, c.Num[i])
		if !found {
			at--
		}
		return at
	}
}

package table

import (
	"math"
	"slices"
	"unicode/utf8"
)

// Describe fills Seen of every column from the table's values. The columns are
// replaced, not changed, so tables that share them keep theirs.
func Describe(t *Table) {
	for i, c := range t.Columns {
		d := *c
		d.Seen = Summarize(c)
		t.Columns[i] = &d
	}
}

// Adopt gives every column the Seen of the field of its name: what the test
// part and fresh rows take over from the training part.
func Adopt(t *Table, fields []Field) {
	for i, c := range t.Columns {
		for _, f := range fields {
			if f.Name == c.Name {
				d := *c
				d.Seen = f.Seen
				t.Columns[i] = &d
			}
		}
	}
}

// Observe sets what the values say of themselves: Integer and Missing. Levels
// that no row has are removed unless the levels were declared.
func Observe(c *Column, declaredLevels bool) {
	c.Integer, c.Missing = c.Type == Number, false
	for _, v := range c.Num {
		if v != math.Trunc(v) { // NaN too
			if math.IsNaN(v) {
				c.Missing = true
			} else {
				c.Integer = false
			}
		}
	}
	c.Missing = c.Missing || slices.Contains(c.Texts, "") || slices.Contains(c.Codes, -1)
	if c.Type == Category && !declaredLevels && !c.Ordered {
		trimLevels(c)
	}
}

// Summarize describes the values of a column. The summary of a text is that of
// its length in runes, without quantiles.
func Summarize(c *Column) *Summary {
	switch c.Type {
	case Category:
		s := &Summary{Counts: make([]int, len(c.Levels))}
		for _, code := range c.Codes {
			if code < 0 {
				s.Missing++
			} else {
				s.Counts[code]++
				s.Count++
			}
		}
		return s
	case Text:
		lengths := make([]float64, len(c.Texts))
		for i, text := range c.Texts {
			lengths[i] = float64(utf8.RuneCountInString(text))
			if text == "" {
				lengths[i] = math.NaN()
			}
		}
		s := summarizeNumbers(lengths)
		s.Quantiles = nil
		return s
	}
	return summarizeNumbers(c.Num)
}

func summarizeNumbers(values []float64) *Summary {
	sorted := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			sorted = append(sorted, v)
		}
	}
	s := &Summary{Count: len(sorted), Missing: len(values) - len(sorted)}
	if s.Count == 0 {
		return s
	}
	slices.Sort(sorted)
	s.Min, s.Max = sorted[0], sorted[s.Count-1]
	s.Mean, s.StdDev = meanStdDev(sorted)
	s.Quantiles = make([]float64, 11)
	for d := range s.Quantiles {
		s.Quantiles[d] = quantile(sorted, float64(d)/10)
	}
	return s
}

// meanStdDev takes two passes over values divided by the largest magnitude, so
// that neither cancellation nor overflow spoils the result.
func meanStdDev(values []float64) (mean, stddev float64) {
	unit := 0.0
	for _, v := range values {
		unit = max(unit, math.Abs(v))
	}
	if unit == 0 || math.IsInf(unit, 0) {
		return 0, 0
	}
	if unit < 1e100 {
		unit = 1 // the common case keeps the plain formula's digits
	}
	n := float64(len(values))
	for _, v := range values {
		mean += v / unit
	}
	mean /= n
	squares := 0.0
	for _, v := range values {
		squares += (v/unit - mean) * (v/unit - mean)
	}
	if n > 1 {
		stddev = math.Sqrt(squares / (n - 1))
	}
	return mean * unit, stddev * unit
}

// quantile interpolates linearly between the order statistics: type 7 of
// Hyndman and Fan (1996), the default of R and NumPy.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	low, part := sorted[i], at-float64(i)
	return low*(1-part) + sorted[i+1]*part
}

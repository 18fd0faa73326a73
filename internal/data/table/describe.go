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
	s := Outline(c)
	if s.Count == 0 || c.Type == Category || c.Type == Text {
		return s
	}
	sorted := sortedValues(c.Num, s.Count)
	s.Quantiles = make([]float64, 11)
	for d := range s.Quantiles {
		s.Quantiles[d] = quantile(sorted, float64(d)/10)
	}
	return s
}

// Outline is Summarize without the quantiles: a tenth of the work.
func Outline(c *Column) *Summary {
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
		return outlineNumbers(lengths)
	}
	return outlineNumbers(c.Num)
}

func outlineNumbers(values []float64) *Summary {
	s := &Summary{Min: math.Inf(1), Max: math.Inf(-1)}
	for _, v := range values {
		if math.IsNaN(v) {
			s.Missing++
			continue
		}
		s.Count++
		if v < s.Min {
			s.Min = v
		}
		if v > s.Max {
			s.Max = v
		}
	}
	if s.Count == 0 {
		return &Summary{Missing: s.Missing}
	}
	s.Mean, s.StdDev = meanStdDev(values, s)
	return s
}

// sortedValues gives the values that are not NaN, of which there are n,
// ascending. They are sorted as integers of the same order, twice as fast.
func sortedValues(values []float64, n int) []float64 {
	keys := make([]int64, 0, n)
	for _, v := range values {
		if !math.IsNaN(v) {
			keys = append(keys, sortKey(int64(math.Float64bits(v))))
		}
	}
	slices.Sort(keys)
	sorted := make([]float64, n)
	for i, k := range keys {
		sorted[i] = math.Float64frombits(uint64(sortKey(k)))
	}
	return sorted
}

// sortKey maps the bits of float64 values to integers of their order, and back.
func sortKey(bits int64) int64 { return bits ^ int64(uint64(bits>>63)>>1) }

// meanStdDev takes two passes, so that no digits cancel, over values divided by
// a unit that keeps the squares of huge ones finite. NaN is left out.
func meanStdDev(values []float64, s *Summary) (mean, stddev float64) {
	unit, n := 1.0, float64(s.Count)
	if largest := max(math.Abs(s.Min), math.Abs(s.Max)); largest > 1e100 {
		unit = largest
	}
	if math.IsInf(unit, 0) {
		return 0, 0
	}
	for _, v := range values {
		if !math.IsNaN(v) {
			mean += v / unit
		}
	}
	mean /= n
	squares := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			squares += (v/unit - mean) * (v/unit - mean)
		}
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

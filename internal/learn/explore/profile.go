package explore

import (
	"math"
	"slices"
	"sort"
	"unicode/utf8"

	"labbook/internal/base/ascending"
	"labbook/internal/data/table"
)

// Profile is what one column holds. Of a text, the numbers are those of its
// values' lengths in characters; of a category, they are not set.
type Profile struct {
	table.Field
	Rows, Count int // rows of the table; values present
	Distinct    int // different values present
	Levels      []Level

	Mean, StdDev, Min, Max float64
	Q1, Median, Q3         float64
	Skew                   float64 // adjusted Fisher-Pearson, as pandas' skew; NaN under 3 values
	Zeros                  int
	Tukey                  int  // values beyond 1.5 interquartile ranges of the quartiles
	Far                    int  // values with a robust z score over 6 (see RobustZ)
	Steps                  bool // each value is the one before plus one, in the rows' order
	Next                   int  // values that are another value plus one
}

// Level is a category's value and how often it occurs.
type Level struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Missing gives how many values are missing.
func (p *Profile) Missing() int { return p.Rows - p.Count }

// Constant says that there is just one value, and Empty that there is none.
func (p *Profile) Constant() bool { return p.Count > 0 && p.Distinct == 1 }

// Empty says that every value is missing.
func (p *Profile) Empty() bool { return p.Count == 0 }

// Numeric says that the column's values are numbers or dates.
func (p *Profile) Numeric() bool { return p.Type == table.Number || p.Type == table.Date }

// NewProfile measures a column.
func NewProfile(c *table.Column) *Profile {
	nan := math.NaN()
	p := &Profile{Field: c.Field, Rows: c.Len(), Mean: nan, StdDev: nan, Min: nan, Max: nan, Q1: nan, Median: nan, Q3: nan, Skew: nan}
	switch c.Type {
	case table.Category:
		p.levels(c)
	case table.Text:
		lengths := make([]float64, 0, len(c.Texts))
		seen := make(map[string]struct{}, len(c.Texts))
		for _, s := range c.Texts {
			if s != "" {
				lengths = append(lengths, float64(utf8.RuneCountInString(s)))
				seen[s] = struct{}{}
			}
		}
		p.numbers(lengths)
		p.Distinct = len(seen)
	default:
		p.Steps = steps(c.Num)
		p.numbers(present(c.Num))
	}
	return p
}

func (p *Profile) levels(c *table.Column) {
	p.Levels = make([]Level, len(c.Levels))
	for i, name := range c.Levels {
		p.Levels[i].Name = name
	}
	for _, code := range c.Codes {
		if code >= 0 {
			p.Levels[code].Count++
			p.Count++
		}
	}
	for _, l := range p.Levels {
		if l.Count > 0 {
			p.Distinct++
		}
	}
}

// numbers measures values, which it sorts; none is NaN.
func (p *Profile) numbers(values []float64) {
	ascending.Floats(values)
	n := len(values)
	p.Count = n
	if n == 0 {
		return
	}
	p.Min, p.Max = values[0], values[n-1]
	p.Q1, p.Median, p.Q3 = Quantile(values, .25), Quantile(values, .5), Quantile(values, .75)
	p.Mean, p.StdDev, p.Skew = moments(values)
	p.Distinct = 1
	for i := 1; i < n; i++ {
		if v, before := values[i], values[i-1]; v != before {
			p.Distinct++
			if v == before+1 {
				p.Next++
			}
		}
	}
	before := func(is func(v float64) bool) int { return sort.Search(n, func(i int) bool { return !is(values[i]) }) }
	p.Zeros = before(func(v float64) bool { return v <= 0 }) - before(func(v float64) bool { return v < 0 })
	if reach := 1.5 * (p.Q3 - p.Q1); reach > 0 {
		p.Tukey = before(func(v float64) bool { return v < p.Q1-reach }) + n - before(func(v float64) bool { return v <= p.Q3+reach })
	}
	z := RobustZ(values)
	p.Far = before(func(v float64) bool { return z(v) < -6 }) + n - before(func(v float64) bool { return !(z(v) > 6) })
}

// moments gives mean, standard deviation (n-1) and adjusted skewness.
func moments(values []float64) (mean, deviation, skew float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v
	}
	mean /= n
	var m2, m3 float64
	for _, v := range values {
		d := v - mean
		m2 += d * d
		m3 += d * d * d
	}
	deviation, skew = math.NaN(), math.NaN()
	if n > 1 {
		deviation = math.Sqrt(m2 / (n - 1))
	}
	if n > 2 && m2 > 0 {
		skew = math.Sqrt(n*(n-1)) / (n - 2) * (m3 / n) / math.Pow(m2/n, 1.5)
	}
	return mean, deviation, skew
}

// RobustZ gives the score of a value against sorted ones: its distance from
// their median in median absolute deviations, scaled to standard deviations of
// a normal distribution (Iglewicz and Hoaglin 1993). It is 0 for every value
// when more than half of them are equal.
func RobustZ(sorted []float64) func(v float64) float64 {
	median := Quantile(sorted, .5)
	mad := medianDistance(sorted, median)
	return func(v float64) float64 {
		if !(mad > 0) {
			return 0
		}
		return 0.6745 * (v - median) / mad
	}
}

// medianDistance gives the median of how far sorted values are from one of them, or
// from one between two: distances rise from there to both ends, and half of them are merged.
func medianDistance(sorted []float64, from float64) float64 {
	right, _ := slices.BinarySearch(sorted, from)
	left := right - 1
	var last [2]float64 // the larger last
	for range len(sorted)/2 + 1 {
		last[0] = last[1]
		if right == len(sorted) || left >= 0 && from-sorted[left] < sorted[right]-from {
			last[1] = from - sorted[left]
			left--
		} else {
			last[1] = sorted[right] - from
			right++
		}
	}
	if len(sorted)%2 == 1 {
		return last[1]
	}
	return Quantile(last[:], .5)
}

// Quantile interpolates linearly between sorted values, as numpy does; NaN for
// none.
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// present gives the values that are not missing, in a slice of their own.
func present(values []float64) []float64 {
	kept := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func steps(values []float64) bool {
	for i := 1; i < len(values); i++ {
		if values[i] != values[i-1]+1 {
			return false
		}
	}
	return len(values) > 2
}

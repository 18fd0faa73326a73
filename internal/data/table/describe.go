package table

import (
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"

	"labbook/internal/base/parallel"
)

// Describe fills Seen of every column from the table's values. The columns are
// replaced, not changed, so tables that share them keep theirs.
func Describe(t *Table, cores int) {
	parallel.Each(cores, len(t.Columns), func(i int) {
		d := *t.Columns[i]
		d.Seen = Summarize(t.Columns[i])
		t.Columns[i] = &d
	})
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
	s.Quantiles = deciles(c.Num, s.Count)
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

// deciles gives the deciles 0 to 10 of the values that are not NaN, of which there are n,
// interpolated linearly between order statistics: type 7 of Hyndman and Fan (1996), the
// default of R and NumPy. Values are compared as integers of the same order, and only
// as far as these statistics need it.
func deciles(values []float64, n int) []float64 {
	keys := make([]int64, 0, n)
	for _, v := range values {
		if !math.IsNaN(v) {
			keys = append(keys, sortKey(int64(math.Float64bits(v))))
		}
	}
	var places []int
	at := func(d int) (place int, part float64) {
		exact := float64(d) / 10 * float64(n-1)
		return int(exact), exact - math.Floor(exact)
	}
	for d := range 11 {
		place, _ := at(d)
		places = append(places, place, min(place+1, n-1))
	}
	arrange(keys, 0, slices.Compact(places), 2*bits.Len(uint(n)))
	value := func(place int) float64 { return math.Float64frombits(uint64(sortKey(keys[place]))) }
	out := make([]float64, 11)
	for d := range out {
		place, part := at(d)
		if place+1 >= n {
			out[d] = value(n - 1)
			continue
		}
		low := value(place)
		out[d] = low*(1-part) + value(place+1)*part
	}
	return out
}

// arrange puts at each of the places, ascending, what would be there if keys, of which
// the first is at place first, were sorted: quickselect in three parts (Hoare, 1961), which
// sorts once so many pivots were of no use.
func arrange(keys []int64, first int, places []int, bad int) {
	for ; len(places) > 0; bad-- {
		if len(keys) <= 64 || bad == 0 {
			slices.Sort(keys)
			return
		}
		less, equal := partition(keys, ninther(keys))
		i, _ := slices.BinarySearch(places, first+less)
		j, _ := slices.BinarySearch(places, first+equal)
		arrange(keys[:less], first, places[:i], bad-1)
		keys, first, places = keys[equal:], first+equal, places[j:]
	}
}

// sortKey maps the bits of float64 values to integers of their order, and back.
func sortKey(value int64) int64 { return value ^ int64(uint64(value>>63)>>1) }

// partition puts what is less than the pivot before what is equal and that before what
// is greater, and gives where the second and the third begin.
func partition(keys []int64, pivot int64) (less, equal int) {
	i, greater := 0, len(keys)
	for i < greater {
		switch k := keys[i]; {
		case k < pivot:
			keys[i], keys[less] = keys[less], k
			less++
			i++
		case k == pivot:
			i++
		default:
			greater--
			keys[i], keys[greater] = keys[greater], k
		}
	}
	return less, greater
}

// ninther is about the middle of some keys: the median of three medians of three.
func ninther(keys []int64) int64 {
	step := len(keys) / 9
	of := func(i int) int64 {
		three := []int64{keys[i*step], keys[(i+1)*step], keys[(i+2)*step]}
		slices.Sort(three)
		return three[1]
	}
	three := []int64{of(0), of(3), of(6)}
	slices.Sort(three)
	return three[1]
}

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

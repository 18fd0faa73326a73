package explore

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"

	"labbook/internal/base/ascending"
	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
)

// Confounding is a column that goes with the target in another way among rows that are
// alike in a third column than among all rows: Simpson's paradox (Yule 1903; Simpson
// 1951).
//
// Both effects are slopes of the target over the column's score, by least squares: over
// all rows, and over the same rows with a mean of its own for each stratum of the third
// column, which compares rows of one stratum only. Scores are the ranks of the levels of an
// ordered category or of one with two levels, and standard deviations of a number or date.
// The levels of other categories have no order: their scores are the means of the target
// in one half of the rows, and the slopes are those of the other half, so that what is
// left of 1 is what is left of the differences. Of a target whose logarithm is taken the
// slopes are of that; of one of two classes, of the share of the second.
type Confounding struct {
	Column   string `json:"column"`
	Within   string `json:"within"`        // the third column
	Reverses bool   `json:"reverses"`      // else the relation mostly vanishes
	Log      bool   `json:"log,omitempty"` // slopes are of the target's logarithm
	Crude    Slope  `json:"crude"`
	Adjusted Slope  `json:"adjusted"`
	// Along is the correlation of the score with the third column, 0 where that is a
	// category.
	Along float64 `json:"along,omitempty"`
	Rows  int     `json:"rows"` // that the slopes are of
}

// Slope is an effect with its 95 % interval (White 1980, so whatever the variances).
type Slope struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// How confounding is searched for. What it costs is bounded by the products of these.
const (
	confoundedRows    = 20_000 // evenly spread over the table
	confoundedColumns = 40     // that may be confounded, the most telling first
	confounders       = 5      // third columns, the most telling first
	confoundedTold    = 6      // findings

	// strongThird is from which association with the target on a column is a third one.
	strongThird = .3
	// An effect that is smaller than these, as a correlation, is none worth a word.
	leastReversed, leastVanished = .05, .1
	// mostLeft is which part of an effect at most is left where it mostly vanishes.
	mostLeft = .25
	// leastApart is which part of the score's variance at least lies within strata:
	// below, the two columns say the same, and nothing can be compared.
	leastApart = .1
	// confoundedAlarm bounds the probability that anything is found where nothing is,
	// shared by all pairs (Bonferroni).
	confoundedAlarm = .01
)

// confounded finds columns whose relation with the target reverses or mostly vanishes
// within strata of a column that tells more of the target. A reversal is told where both
// slopes are beyond doubt and of opposite signs; that an effect mostly vanishes, where it
// is beyond doubt among all rows, and beyond doubt that at most mostLeft of it, in either
// direction, is left within strata.
func (f *Facts) confounded(ctx context.Context, cores int) ([]Confounding, error) {
	if f.Target == nil {
		return nil, nil
	}
	t := spread(f.Sample, confoundedRows)
	y, log := f.outcome(t)
	if y == nil || t.Rows() < 100 {
		return nil, nil
	}
	relations := f.Relations()
	var thirds []third
	for _, r := range relations {
		if link := math.Abs(r.Link); link >= strongThird && link <= .995 && len(thirds) < confounders {
			thirds = append(thirds, third{r, strata(t.Column(r.Name))})
		}
	}
	relations = relations[:min(len(relations), confoundedColumns)]
	type pair struct {
		column Relation
		thirds []third
	}
	var pairs []pair
	tests := 0
	for _, r := range relations {
		p := pair{column: r}
		for _, other := range thirds {
			if other.Name != r.Name && math.Abs(other.Link) > math.Abs(r.Link) {
				p.thirds = append(p.thirds, other)
			}
		}
		if tests += len(p.thirds); len(p.thirds) > 0 {
			pairs = append(pairs, p)
		}
	}
	if tests == 0 {
		return nil, nil
	}
	critical := distuv.UnitNormal.Quantile(1 - confoundedAlarm/float64(2*tests))
	found := make([]*Confounding, len(pairs))
	err := parallel.Until(ctx, cores, len(pairs), func(i int) {
		p := pairs[i]
		scores := score(t.Column(p.column.Name), y)
		for _, other := range p.thirds {
			s := compareSlopes(y, scores, other.strata)
			reverses, vanishes := s.judge(critical)
			if !reverses && !vanishes || found[i] != nil && (found[i].Reverses || !reverses) {
				continue
			}
			c := Confounding{Column: p.column.Name, Within: other.Name, Reverses: reverses, Log: log, Rows: s.rows,
				Crude: slope(s.crude, s.crudeVar), Adjusted: slope(s.adjusted, s.adjustedVar)}
			if z := t.Column(other.Name); z.Type != table.Category {
				if r := pearson(scores, z.Num); !math.IsNaN(r) {
					c.Along = r
				}
			}
			found[i] = &c
		}
	})
	var told []Confounding
	for _, reverses := range []bool{true, false} {
		for _, c := range found {
			if c != nil && c.Reverses == reverses && len(told) < confoundedTold {
				told = append(told, *c)
			}
		}
	}
	return told, err
}

// third is a column within whose strata others are looked at.
type third struct {
	Relation
	strata []int32
}

// outcome gives the target as numbers, and whether these are logarithms: of what is
// skewed to the right and above 0. It is nil for texts, dates, and more than two classes.
func (f *Facts) outcome(t *table.Table) (y []float64, log bool) {
	c := t.Column(f.Target.Name)
	switch {
	case f.Target.Type == table.Number:
		log = f.Target.Skew > 1 && f.Target.Min > 0
		y = slices.Clone(c.Num)
		for i := range y {
			if log {
				y[i] = math.Log(y[i])
			}
			if math.IsInf(y[i], 0) {
				y[i] = math.NaN()
			}
		}
	case f.Target.Type == table.Category && f.Target.Distinct == 2:
		y = ranks(c)
	}
	return y, log
}

// ranks gives codes counted over the levels that occur; NaN for none.
func ranks(c *table.Column) []float64 {
	rank := make([]float64, len(c.Levels))
	for _, code := range c.Codes {
		if code >= 0 {
			rank[code] = 1
		}
	}
	next := 0.0
	for l, used := range rank {
		rank[l] = next
		next += used
	}
	out := make([]float64, len(c.Codes))
	for i, code := range c.Codes {
		out[i] = math.NaN()
		if code >= 0 {
			out[i] = rank[code]
		}
	}
	return out
}

// score gives the numbers over which slopes of a column are taken, as Confounding says;
// NaN leaves a row out.
func score(c *table.Column, y []float64) []float64 {
	if c.Type != table.Category {
		scores, _ := standardise(present(c.Num))
		out, next := make([]float64, len(c.Num)), 0
		scale := math.Sqrt(float64(len(scores)))
		for i, v := range c.Num {
			if out[i] = math.NaN(); !math.IsNaN(v) {
				out[i] = scores[next] * scale
				next++
			}
		}
		return out
	}
	out := ranks(c)
	if c.Ordered || slices.Max(append(out, 0)) <= 1 {
		return out
	}
	// The halves are drawn, for rows may alternate.
	order := rand.New(rand.NewPCG(1, uint64(len(y)))).Perm(len(y))
	learn, measure := order[:len(order)/2], order[len(order)/2:]
	sums, counts := make([]float64, len(c.Levels)), make([]float64, len(c.Levels))
	for _, i := range learn {
		out[i] = math.NaN()
		if code := c.Codes[i]; code >= 0 && !math.IsNaN(y[i]) {
			sums[code] += y[i]
			counts[code]++
		}
	}
	for _, i := range measure {
		out[i] = math.NaN()
		if code := c.Codes[i]; code >= 0 && counts[code] >= 5 {
			out[i] = sums[code] / counts[code]
		}
	}
	return out
}

// strata divides rows by a column: by its levels, or by up to 20 classes of as many rows.
// Rows without a value have -1. Twenty classes leave about a hundredth of what a column
// confounds (Cochran 1968 has a tenth for five).
func strata(c *table.Column) []int32 {
	if c.Type == table.Category {
		return c.Codes
	}
	sorted := present(c.Num)
	ascending.Floats(sorted)
	edges := edges(sorted, max(5, min(20, len(sorted)/25)))
	out := make([]int32, len(c.Num))
	for i, v := range c.Num {
		if out[i] = -1; !math.IsNaN(v) {
			out[i] = int32(classOf(edges, v))
		}
	}
	return out
}

// edges gives where the second and each later of so many classes of as many values
// begin; equal values are in one class.
func edges(sorted []float64, classes int) []float64 {
	var edges []float64
	for k := 1; k < classes && len(sorted) > 0; k++ {
		if e := sorted[k*len(sorted)/classes]; e > sorted[0] && (len(edges) == 0 || e > edges[len(edges)-1]) {
			edges = append(edges, e)
		}
	}
	return edges
}

func classOf(edges []float64, v float64) int {
	return sort.Search(len(edges), func(k int) bool { return edges[k] > v })
}

// slopes are the two slopes of a pair of columns, with their sandwich variances and
// covariance; as correlations; and how much of the score varies within strata.
type slopes struct {
	rows                          int
	crude, adjusted               float64
	crudeVar, adjustedVar, shared float64
	crudeR, adjustedR             float64
	apart                         float64
}

// compareSlopes measures the slope of y over u with one mean, and with one for each stratum,
// over the rows that have all three.
func compareSlopes(y, u []float64, strata []int32) slopes {
	type sum struct{ n, y, u float64 }
	var all sum
	within := make([]sum, 1+int(slices.Max(append([]int32{0}, strata...))))
	has := func(i int) bool { return strata[i] >= 0 && !math.IsNaN(y[i]+u[i]) }
	for i := range y {
		if has(i) {
			s := &within[strata[i]]
			s.n, s.y, s.u = s.n+1, s.y+y[i], s.u+u[i]
			all.n, all.y, all.u = all.n+1, all.y+y[i], all.u+u[i]
		}
	}
	means := 0.0
	for k := range within {
		if s := &within[k]; s.n > 0 {
			s.y, s.u = s.y/s.n, s.u/s.n
			means++
		}
	}
	all.y, all.u = all.y/all.n, all.u/all.n
	var uu, uy, yy, wuu, wuy, wyy float64
	for i := range y {
		if has(i) {
			a, b, s := u[i]-all.u, y[i]-all.y, within[strata[i]]
			uu, uy, yy = uu+a*a, uy+a*b, yy+b*b
			a, b = u[i]-s.u, y[i]-s.y
			wuu, wuy, wyy = wuu+a*a, wuy+a*b, wyy+b*b
		}
	}
	out := slopes{rows: int(all.n), crude: uy / uu, adjusted: wuy / wuu, crudeR: uy / math.Sqrt(uu*yy), adjustedR: wuy / math.Sqrt(wuu*wyy), apart: wuu / uu}
	for i := range y {
		if has(i) {
			a, b, s := u[i]-all.u, y[i]-all.y, within[strata[i]]
			c := a * (b - out.crude*a) / uu
			a, b = u[i]-s.u, y[i]-s.y
			w := a * (b - out.adjusted*a) / wuu
			out.crudeVar, out.adjustedVar, out.shared = out.crudeVar+c*c, out.adjustedVar+w*w, out.shared+c*w
		}
	}
	// HC1: by the degrees of freedom.
	c, w := all.n/(all.n-2), all.n/(all.n-means-1)
	out.crudeVar, out.adjustedVar, out.shared = out.crudeVar*c, out.adjustedVar*w, out.shared*math.Sqrt(c*w)
	if !(c > 0 && w > 0) {
		out.rows = 0
	}
	return out
}

// judge says what is beyond doubt of two slopes, where a normal deviate beyond critical is
// none.
func (s *slopes) judge(critical float64) (reverses, vanishes bool) {
	sure := func(v, variance float64) bool { return v > critical*math.Sqrt(math.Max(0, variance)) }
	sign := math.Copysign(1, s.crude)
	crude, adjusted := sign*s.crude, sign*s.adjusted
	if s.rows < 100 || !(s.apart >= leastApart) || !sure(crude, s.crudeVar) {
		return false, false
	}
	reverses = math.Abs(s.crudeR) >= leastReversed && math.Abs(s.adjustedR) >= leastReversed && sure(-adjusted, s.adjustedVar)
	// mostLeft of the one less and more the other: both are above 0.
	part, square := mostLeft*crude, mostLeft*mostLeft*s.crudeVar+s.adjustedVar
	vanishes = math.Abs(s.crudeR) >= leastVanished && sure(part-adjusted, square-2*mostLeft*s.shared) && sure(part+adjusted, square+2*mostLeft*s.shared)
	return reverses, vanishes && !reverses
}

func slope(v, variance float64) Slope {
	reach := distuv.UnitNormal.Quantile(.975) * math.Sqrt(variance)
	return Slope{v, v - reach, v + reach}
}

// Classes divides the rows by the third column into few classes that can be shown side
// by side, with their names, and gives the class of each row, -1 for none: five of as
// many rows of a number, the most frequent levels of a category.
func (f *Facts) Classes(within string) (names []string, of []int) {
	p, c := f.Profiles[f.Index(within)], f.Sample.Column(within)
	of = make([]int, c.Len())
	if c.Type == table.Category {
		place := make([]int, len(p.Levels))
		order := make([]int, len(p.Levels))
		for l := range order {
			order[l], place[l] = l, -1
		}
		slices.SortStableFunc(order, func(a, b int) int { return p.Levels[b].Count - p.Levels[a].Count })
		order = order[:min(len(order), shownClasses)]
		slices.Sort(order)
		for i, l := range order {
			names, place[l] = append(names, p.Levels[l].Name), i
		}
		for i, code := range c.Codes {
			if of[i] = -1; code >= 0 {
				of[i] = place[code]
			}
		}
		return names, of
	}
	sorted := present(c.Num)
	ascending.Floats(sorted)
	edges := edges(sorted, shownClasses)
	for k := range len(edges) + 1 {
		low, high := p.Min, p.Max
		if k > 0 {
			low = edges[k-1]
		}
		if k < len(edges) {
			high = edges[k]
		}
		names = append(names, fmt.Sprintf("%s %s to %s", p.Name, p.Write(low), p.Write(high)))
	}
	for i, v := range c.Num {
		if of[i] = -1; !math.IsNaN(v) {
			of[i] = classOf(edges, v)
		}
	}
	return names, of
}

// shownClasses is into how many classes rows are divided at most to be shown.
const shownClasses = 5

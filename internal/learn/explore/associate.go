package explore

import (
	"context"
	"math"

	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
)

// Associate gives how strongly each two columns go together, as a symmetric
// matrix: Pearson's r between numbers and dates (-1 to 1), the correlation
// ratio η between a category and a number (0 to 1), Cramér's V with Bergsma's
// correction between categories (0 to 1). Rows that lack either value are left
// out. It is NaN where not defined: for texts, constants, and categories of
// more than 100 levels.
func Associate(ctx context.Context, t *table.Table, cores int) ([][]float64, error) {
	n := len(t.Columns)
	links := make([][]float64, n)
	numbers := make([][]float64, n) // standardised; nil for other types
	complete := make([]bool, n)
	if err := parallel.Until(ctx, cores, n, func(i int) {
		links[i] = make([]float64, n)
		if c := t.Columns[i]; c.Type == table.Number || c.Type == table.Date {
			numbers[i], complete[i] = standardise(c.Num)
		}
	}); err != nil {
		return nil, err
	}
	err := parallel.Until(ctx, cores, n, func(i int) {
		for j := range i {
			a, b := t.Columns[i], t.Columns[j]
			v := math.NaN()
			switch {
			case numbers[i] != nil && numbers[j] != nil && complete[i] && complete[j]:
				v = dot(numbers[i], numbers[j])
			case numbers[i] != nil && numbers[j] != nil:
				v = pearson(a.Num, b.Num)
			case a.Type == table.Category && numbers[j] != nil:
				v = correlationRatio(a, b.Num)
			case b.Type == table.Category && numbers[i] != nil:
				v = correlationRatio(b, a.Num)
			case a.Type == table.Category && b.Type == table.Category:
				v = cramersV(a, b)
			}
			links[i][j] = v
		}
		links[i][i] = 1
	})
	for i := range links {
		for j := range i {
			links[j][i] = links[i][j]
		}
	}
	return links, err
}

// standardise gives values with mean 0 and sum of squares 1, and whether none
// was missing; constants give NaN.
func standardise(values []float64) ([]float64, bool) {
	out := make([]float64, len(values))
	var mean, squares float64
	for _, v := range values {
		if math.IsNaN(v) {
			return out, false
		}
		mean += v / float64(len(values))
	}
	for i, v := range values {
		out[i] = v - mean
		squares += out[i] * out[i]
	}
	// Values that differ only by rounding are one value.
	if scale := math.Sqrt(squares); scale > 1e-12*math.Abs(mean)*math.Sqrt(float64(len(values))) {
		for i := range out {
			out[i] /= scale
		}
	} else {
		for i := range out {
			out[i] = math.NaN()
		}
	}
	return out, true
}

func dot(a, b []float64) float64 {
	if len(a) < 2 {
		return math.NaN()
	}
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return math.Max(-1, math.Min(1, sum))
}

// pearson is the correlation over the rows that have both values.
func pearson(a, b []float64) float64 {
	var x, y []float64
	for i := range a {
		if !math.IsNaN(a[i]) && !math.IsNaN(b[i]) {
			x, y = append(x, a[i]), append(y, b[i])
		}
	}
	x, _ = standardise(x)
	y, _ = standardise(y)
	return dot(x, y)
}

const manyLevels = 100

// correlationRatio is η: the root of the share of the number's variance that
// lies between the categories (Fisher 1925).
func correlationRatio(c *table.Column, values []float64) float64 {
	k := len(c.Levels)
	if k > manyLevels {
		return math.NaN()
	}
	sums, counts := make([]float64, k), make([]float64, k)
	var n, mean float64
	for i, code := range c.Codes {
		if v := values[i]; code >= 0 && !math.IsNaN(v) {
			sums[code] += v
			counts[code]++
			mean += v
			n++
		}
	}
	mean /= n
	var between, total float64
	for i, code := range c.Codes {
		if v := values[i]; code >= 0 && !math.IsNaN(v) {
			total += (v - mean) * (v - mean)
		}
	}
	levels := 0
	for l := range sums {
		if counts[l] > 0 {
			d := sums[l]/counts[l] - mean
			between += counts[l] * d * d
			levels++
		}
	}
	if total <= 0 || levels < 2 || n <= float64(levels) {
		return math.NaN()
	}
	return math.Sqrt(math.Min(1, between/total))
}

// cramersV is Cramér's V, corrected for the bias of small samples (Bergsma
// 2013, J. Korean Stat. Soc. 42).
func cramersV(a, b *table.Column) float64 {
	r, k := len(a.Levels), len(b.Levels)
	if r > manyLevels || k > manyLevels {
		return math.NaN()
	}
	counts, rows, columns := make([]float64, r*k), make([]float64, r), make([]float64, k)
	var n float64
	for i, x := range a.Codes {
		if y := b.Codes[i]; x >= 0 && y >= 0 {
			counts[int(x)*k+int(y)]++
			rows[x]++
			columns[y]++
			n++
		}
	}
	used := func(totals []float64) (m float64) {
		for _, t := range totals {
			if t > 0 {
				m++
			}
		}
		return m
	}
	fr, fk := used(rows), used(columns)
	if fr < 2 || fk < 2 || n < 2 {
		return math.NaN()
	}
	var phi float64
	for x := range r {
		for y := range k {
			if expected := rows[x] * columns[y] / n; expected > 0 {
				d := counts[x*k+y] - expected
				phi += d * d / expected
			}
		}
	}
	phi = math.Max(0, phi/n-(fr-1)*(fk-1)/(n-1))
	fr -= (fr - 1) * (fr - 1) / (n - 1)
	fk -= (fk - 1) * (fk - 1) / (n - 1)
	if least := math.Min(fr, fk) - 1; least > 0 {
		return math.Sqrt(math.Min(1, phi/least))
	}
	return math.NaN()
}

package leaks

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// What makes a target computed from columns, judged on test rows.
const (
	almostAll    = 0.9999 // R² of at most fewTerms columns
	fewTerms     = 3
	mostTerms    = 6    // of which a sum is exact
	exactShare   = 0.98 // of the rows where it is
	fitRows      = 5_000
	columnsTried = 300
)

// computed looks for a target that is a sum, a difference or a mean of columns,
// or a product or ratio of them. Columns are added one by one, each time that
// which goes most with what is left (orthogonal matching pursuit).
func (c *court) computed() ([]notebook.Finding, string) {
	if c.train.column.Type != table.Number {
		return nil, "the target is no number"
	}
	columns := c.inputs(table.Number)
	if len(columns) == 0 {
		return nil, "no model reads a number"
	}
	columns = columns[:min(len(columns), columnsTried)]
	for _, scale := range []scale{plain, logarithm} {
		if f := c.pursue(columns, scale); f != nil {
			text := "%s is computed from columns: %s in %s of the test rows"
			if f.share < exactShare {
				text = "%s is all but computed from columns: about %s (R² %.5f on %s)"
				return []notebook.Finding{checks.ComputedTarget.Finding(f.main, 0, text, c.Target, f.formula, f.r2, human.Count(f.rows, "test row"))}, ""
			}
			return []notebook.Finding{checks.ComputedTarget.Finding(f.main, 0, text, c.Target, f.formula, share(f.share))}, ""
		}
	}
	return nil, ""
}

// scale is in what sums are looked for: sums of logarithms are products.
type scale struct {
	of, back func(float64) float64
	product  bool
}

var (
	plain     = scale{of: func(x float64) float64 { return x }, back: func(x float64) float64 { return x }}
	logarithm = scale{of: func(x float64) float64 {
		if x > 0 {
			return math.Log(x)
		}
		return math.NaN()
	}, back: math.Exp, product: true}
)

// formula is what a target was found to be.
type formula struct {
	formula string
	main    string  // the column with the largest part in it
	share   float64 // of the test rows in which it is exact to rounding
	r2      float64 // on the test rows
	rows    int     // of the test part that have all of its columns
}

// pursue adds columns until the target is computed; nil when it never is.
func (c *court) pursue(columns []*table.Column, in scale) *formula {
	rows := spread(all(c.train.Rows()), fitRows)
	y := scaled(c.train.column.Num, rows, in)
	xs := make([][]float64, len(columns))
	for j, column := range columns {
		xs[j] = scaled(column.Num, rows, in)
	}
	if !mostly(y) {
		return nil
	}
	rest := slices.Clone(y)
	var chosen []int
	for len(chosen) < mostTerms {
		next, most := -1, 0.0
		for j := range xs {
			if r := math.Abs(correlation(xs[j], rest)); r > most && !slices.Contains(chosen, j) && mostly(xs[j]) {
				next, most = j, r
			}
		}
		if next < 0 {
			return nil
		}
		chosen = append(chosen, next)
		terms := make([][]float64, len(chosen))
		for i, j := range chosen {
			terms[i] = xs[j]
		}
		weights := leastSquares(terms, y)
		if weights == nil {
			return nil
		}
		for i := range rest {
			rest[i] = y[i] - apply(weights, terms, i)
		}
		if f := c.judge(columns, chosen, weights, in); f != nil {
			return f
		}
	}
	return nil
}

// judge says what a fitted formula is worth on the test rows; nil where the
// target is not computed by it.
func (c *court) judge(columns []*table.Column, chosen []int, weights []float64, in scale) *formula {
	if in.product && (len(chosen) < 2 && near(weights[1], 1) || !halves(weights[1:])) {
		return nil // a line, or no product that anybody would write down
	}
	rows := spread(all(c.test.Rows()), fitRows)
	terms := make([][]float64, len(chosen))
	for i, j := range chosen {
		terms[i] = scaled(c.test.Column(columns[j].Name).Num, rows, in)
	}
	grain := grainOf(c.train.column.Num)
	var exact, mean, squares, errors float64
	var ys, said []float64
	for i, row := range rows {
		if v := in.back(apply(weights, terms, i)); !math.IsNaN(v) {
			ys, said = append(ys, c.test.column.Num[row]), append(said, v)
		}
	}
	n := float64(len(ys))
	if len(ys) < leastRows || 2*len(ys) < len(rows) {
		return nil
	}
	for _, y := range ys {
		mean += y / n
	}
	for i, y := range ys {
		d := math.Abs(y - said[i])
		if d <= .51*grain+1e-9*math.Abs(y) {
			exact++
		}
		errors += d * d
		squares += (y - mean) * (y - mean)
	}
	f := &formula{share: exact / n, r2: 1 - errors/squares, rows: len(ys)}
	fine := 400*grain*grain < squares/n // rounding is small beside how the target varies
	if !(fine && f.share >= exactShare) && !(f.r2 >= almostAll && len(chosen) <= fewTerms) || squares == 0 {
		return nil
	}
	f.formula, f.main = write(columns, chosen, weights, terms, in)
	return f
}

// write gives the formula in words, what is added first, and the column whose
// part varies most.
func write(columns []*table.Column, chosen []int, weights []float64, terms [][]float64, in scale) (text, main string) {
	plus, minus := " + ", " - "
	if in.product {
		plus, minus = " × ", " / "
	}
	var b strings.Builder
	add := func(negative bool, words string) {
		switch {
		case b.Len() > 0 && negative:
			b.WriteString(minus)
		case b.Len() > 0:
			b.WriteString(plus)
		case negative && in.product:
			b.WriteString("1 / ")
		case negative:
			b.WriteString("-")
		}
		b.WriteString(words)
	}
	if factor := math.Exp(weights[0]); in.product && !near(factor, 1) {
		add(false, short(factor))
	}
	most := -1.0
	for _, negative := range []bool{false, true} {
		for i, j := range chosen {
			w, name := weights[i+1], columns[j].Name
			if w < 0 != negative {
				continue
			}
			if part := math.Abs(w) * deviation(terms[i]); part > most {
				most, main = part, name
			}
			switch size := math.Abs(w); {
			case near(size, 1):
				add(negative, name)
			case in.product:
				add(negative, name+"^"+short(math.Round(2*size)/2))
			default:
				add(negative, short(size)+" × "+name)
			}
		}
	}
	if offset := weights[0]; !in.product && math.Abs(offset) > 1e-6*most {
		add(offset < 0, short(math.Abs(offset)))
	}
	return b.String(), main
}

func short(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }

func near(x, y float64) bool { return math.Abs(x-y) < .005 }

// halves says whether exponents are multiples of a half, and none is 0.
func halves(weights []float64) bool {
	return !slices.ContainsFunc(weights, func(w float64) bool {
		return math.Abs(2*w-math.Round(2*w)) > .02 || math.Round(2*w) == 0
	})
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func scaled(values []float64, rows []int, in scale) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = in.of(values[row])
	}
	return out
}

// mostly says whether at least half of the values are there.
func mostly(values []float64) bool {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n >= leastRows && 2*n >= len(values)
}

// grainOf is the unit to which values are rounded: a power of ten, from 1 down to
// a millionth.
func grainOf(values []float64) float64 {
	grain := 1.0
	for _, v := range values {
		for grain > 1e-6 && math.Abs(v/grain-math.Round(v/grain)) > 1e-6*max(1, math.Abs(v/grain)) {
			grain /= 10
		}
	}
	return grain
}

package features

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/lazy"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
)

// The bounds of what generate looks at, so that its work does not grow with the
// table.
const (
	generateRows  = 10_000 // drawn evenly
	generateFrom  = 6      // the strongest numbers, that columns are made of
	generateMost  = 5      // columns that are kept
	generateFolds = 3
	generateBins  = 20  // of a number, to tell what the outcome is like along it
	gridBins      = 4   // of each of two numbers
	leastGain     = .01 // of what the strongest numbers leave unexplained
	leastErrors   = 4.0 // standard errors that a gain is above 0: dozens are compared
)

// generate gives the formulas of columns that tell more of the outcome together
// than apart: sums, differences, products and ratios of the strongest numbers. The
// judge knows rows of the training part only, and scores each column on those that
// it did not learn from: what the numbers themselves leave unexplained, each
// smoothed by its bins, has to be explained better with the bins of the new column
// than with a grid of the two that it is made of, which a tree would find by itself.
func (f *Features) generate(t *table.Table, with *fitting) (params.Map[string], error) {
	y, err := f.outcomesOf(t, with.layout)
	if err != nil {
		return nil, err
	}
	j := newJudge(y)
	if j == nil {
		return nil, nil
	}
	strong := j.strongest(t, func(c *table.Column) bool { return with.options.uses(c.Name) && c.Name != f.Target.Name })
	j.explain(strong)
	var chosen params.Map[string]
	for _, made := range j.choose(pairs(strong)) {
		if t.Column(made.name) == nil {
			chosen = append(chosen, params.Entry[string]{Key: made.name, Value: made.formula})
		}
	}
	return chosen, nil
}

// addGenerated adds the generated columns to those that are derived, and gives the
// table with them.
func (f *Features) addGenerated(t *table.Table, with *fitting) (*table.Table, error) {
	chosen, err := f.generate(t, with)
	if err != nil {
		return nil, err
	}
	added, t, err := deriveAll(t, chosen, f.Target.Name)
	for i := range added {
		added[i].Generated = true
	}
	f.derived = append(f.derived, added...)
	return t, err
}

// generated says whether a column was generated.
func (f *Features) generated(name string) bool {
	return slices.ContainsFunc(f.derived, func(d derived) bool { return d.Generated && d.Field.Name == name })
}

// Generated gives the columns that were generated, as formulas that may be
// declared under derive.
func (f *Features) Generated() params.Map[string] {
	var all params.Map[string]
	for _, d := range f.derived {
		if d.Generated {
			all = append(all, params.Entry[string]{Key: d.Field.Name, Value: d.Expr})
		}
	}
	return all
}

// uses says whether a column of that name is turned into features.
func (o *Options) uses(name string) bool {
	return !slices.Contains(o.Drop, name) && (len(o.Select) == 0 || slices.Contains(o.Select, name))
}

// strongNumber is a number and what it tells.
type strongNumber struct {
	name   string
	values []float64 // of the judge's rows
	fine   binning
	coarse binning // for grids
	tells  float64 // the share of the outcome's variance between its fine bins
}

// pair is a column made of two numbers; name is for people, formula for package
// expression.
type pair struct {
	name, formula string
	a, b          *strongNumber
	by            []binning // its own, and those of the two numbers: these explain another thing once it is there
}

var plainWord = lazy.Regexp(`^[A-Za-z_][A-Za-z0-9_]*$`)

// pairs gives all columns that are made of two of the numbers.
func pairs(of []*strongNumber) []*pair {
	quoted := func(n *strongNumber) string {
		if plainWord().MatchString(n.name) {
			return n.name
		}
		return fmt.Sprintf("column(%q)", n.name)
	}
	var all []*pair
	for i, a := range of {
		for _, b := range of[i+1:] {
			for _, by := range []struct {
				sign string
				of   func(x, y float64) float64
			}{
				{"+", func(x, y float64) float64 { return x + y }}, {"-", func(x, y float64) float64 { return x - y }},
				{"*", func(x, y float64) float64 { return x * y }}, {"/", func(x, y float64) float64 { return x / y }},
			} {
				values := make([]float64, len(a.values))
				for row, v := range a.values {
					if values[row] = by.of(v, b.values[row]); math.IsInf(values[row], 0) {
						values[row] = math.NaN()
					}
				}
				p := &pair{name: a.name + " " + by.sign + " " + b.name, formula: quoted(a) + " " + by.sign + " " + quoted(b), a: a, b: b,
					by: []binning{binned(values, generateBins), a.fine, b.fine}}
				all = append(all, p)
			}
		}
	}
	return all
}

// judge has what the numbers have not explained yet of the outcome, in each of
// some divisions of its rows.
type judge struct {
	rows    []int // of the table
	outputs int
	values  []float64 // the outcome: for each row, a number for each output
	held    [][]bool  // by fold: the rows that are not learned from
	left    [][]float64
}

// newJudge gives nil where there are too few rows to judge by.
func newJudge(y *outcomes) *judge {
	n := min(len(y.known), generateRows/max(1, len(y.of)/8)) // of many classes fewer rows
	at := make([]int, n)
	j := &judge{rows: make([]int, n), outputs: len(y.of)}
	for i := range at {
		at[i] = int(int64(i) * int64(len(y.known)) / int64(n))
		j.rows[i] = y.known[at[i]]
		j.values = append(j.values, y.row(at[i])...)
	}
	layout := y.layout.Take(at)
	if n < 100 || layout.Free() < 2*generateFolds {
		return nil
	}
	folds, err := layout.Folds(generateFolds, 1, 0)
	if err != nil {
		return nil // too few groups or moments
	}
	for _, fold := range folds {
		use := make([]bool, n)
		left := slices.Clone(j.values)
		// Rows that a fold passes over, as those later than its window, have no part in it.
		for i := range left {
			left[i] = math.NaN()
		}
		for _, row := range fold.Train {
			copy(left[row*j.outputs:][:j.outputs], j.values[row*j.outputs:])
		}
		for _, row := range fold.Test {
			use[row] = true
			copy(left[row*j.outputs:][:j.outputs], j.values[row*j.outputs:])
		}
		j.held, j.left = append(j.held, use), append(j.left, left)
	}
	return j
}

// strongest gives the numbers that tell most of the outcome, the first of equal
// ones first.
func (j *judge) strongest(t *table.Table, wanted func(*table.Column) bool) []*strongNumber {
	var all []*strongNumber
	for _, c := range t.Columns {
		if c.Type != table.Number || !wanted(c) {
			continue
		}
		n := &strongNumber{name: c.Name, values: make([]float64, len(j.rows))}
		for i, row := range j.rows {
			n.values[i] = c.Num[row]
		}
		if n.fine, n.coarse = binned(n.values, generateBins), binned(n.values, gridBins); n.fine.bins < 5 {
			continue
		}
		of := newTally(n.fine.bins, j.outputs)
		for i, b := range n.fine.of {
			of.add(b, j.values[i*j.outputs:][:j.outputs])
		}
		for k := range j.outputs {
			middle := of.all[k] * of.all[k] / of.rows
			if whole := of.within[k] - middle; whole > 0 {
				n.tells += (of.between[k] - middle) / whole
			}
		}
		all = append(all, n)
	}
	slices.SortStableFunc(all, func(a, b *strongNumber) int { return cmp.Compare(b.tells, a.tells) })
	return all[:min(len(all), generateFrom)]
}

// binning is the bin of each row.
type binning struct {
	of   []int
	bins int
}

// binned gives the bin of each value, by quantiles, the last for what is missing.
func binned(values []float64, most int) binning {
	sorted := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	slices.Sort(sorted)
	var cuts []float64
	for i := 1; i < most && len(sorted) > 0; i++ {
		cuts = append(cuts, sorted[i*len(sorted)/most])
	}
	cuts = slices.Compact(cuts)
	bin := make([]int, len(values))
	for i, v := range values {
		if bin[i] = len(cuts) + 1; !math.IsNaN(v) {
			at, same := slices.BinarySearch(cuts, v)
			if bin[i] = at; same {
				bin[i]++ // a cut begins its bin
			}
		}
	}
	return binning{bin, len(cuts) + 2}
}

// grid is the binning by two numbers at once.
func grid(a, b *strongNumber) binning {
	both := binning{make([]int, len(a.values)), a.coarse.bins * b.coarse.bins}
	for i := range both.of {
		both.of[i] = a.coarse.of[i]*b.coarse.bins + b.coarse.of[i]
	}
	return both
}

// explain takes away what the numbers explain: an additive model of their bins, by
// backfitting.
func (j *judge) explain(numbers []*strongNumber) {
	var by []binning
	for _, n := range numbers {
		by = append(by, n.fine)
	}
	for fold := range j.held {
		j.take(fold, j.left[fold], by...)
	}
}

// sweeps is how often backfitting goes through its columns.
const sweeps = 3

// take takes away from what is left what an additive model of the bins explains,
// as the rows that a fold learns from have it.
func (j *judge) take(fold int, left []float64, by ...binning) {
	for range sweeps {
		for _, b := range by {
			mean := j.means(fold, left, b)
			for i, bin := range b.of {
				for k := range j.outputs {
					left[i*j.outputs+k] -= mean[bin*j.outputs+k]
				}
			}
		}
	}
}

// means gives the shrunk means by bin of the rows that a fold learns from.
func (j *judge) means(fold int, left []float64, by binning) []float64 {
	t := newTally(by.bins, j.outputs)
	for i, b := range by.of {
		if v := left[i*j.outputs:][:j.outputs]; !j.held[fold][i] && !math.IsNaN(v[0]) {
			t.add(b, v)
		}
	}
	weights, mean := t.weights(), make([]float64, by.bins*j.outputs)
	for k, w := range weights {
		prior := t.all[k] / max(1, t.rows)
		for b := range by.bins {
			mean[b*j.outputs+k] = shrunk(t.sum[b*j.outputs+k], t.count[b], prior, w)
		}
	}
	return mean
}

// gains gives for each row held out by how much its squared error falls when
// what the bins explain is taken away too; and what the errors come to.
func (j *judge) gains(by ...binning) (each []float64, whole float64) {
	for fold := range j.held {
		before, after := j.left[fold], slices.Clone(j.left[fold])
		j.take(fold, after, by...)
		for i, held := range j.held[fold] {
			if !held {
				continue
			}
			gain := 0.0
			for k := i * j.outputs; k < (i+1)*j.outputs; k++ {
				gain += before[k]*before[k] - after[k]*after[k]
				whole += before[k] * before[k]
			}
			each = append(each, gain)
		}
	}
	return each, whole
}

// choose gives the columns that are worth it, the best first; each is judged by
// what those before it leave.
func (j *judge) choose(from []*pair) []*pair {
	var chosen []*pair
	for len(chosen) < generateMost {
		var best *pair
		var most float64
		var left []*pair
		for _, p := range from {
			gain, worth := j.worth(p)
			if !worth {
				continue
			}
			left = append(left, p)
			if gain > most {
				best, most = p, gain
			}
		}
		if best == nil {
			break
		}
		chosen = append(chosen, best)
		for fold := range j.held {
			j.take(fold, j.left[fold], best.by...)
		}
		from = slices.DeleteFunc(left, func(p *pair) bool { return p == best })
	}
	return chosen
}

// worth gives the share of what is left that a column explains of rows held out,
// and whether that is beyond chance, and more than a grid of its two numbers
// explains, which a tree would find by itself.
func (j *judge) worth(p *pair) (gain float64, worth bool) {
	each, whole := j.gains(p.by...)
	sum, above := beyond(each)
	if gain = sum / whole; !(gain > leastGain) || above < leastErrors {
		return 0, false
	}
	apart, _ := j.gains(grid(p.a, p.b), p.a.fine, p.b.fine)
	for i := range each {
		each[i] -= apart[i]
	}
	sum, _ = beyond(each)
	return gain, sum > 0
}

// beyond gives the sum of values, and how many of its standard errors it is
// above 0.
func beyond(values []float64) (sum, above float64) {
	var squares float64
	for _, v := range values {
		sum += v
		squares += v * v
	}
	n := float64(len(values))
	deviation := math.Sqrt(max(0, squares-sum*sum/n))
	if deviation == 0 {
		return sum, 0
	}
	return sum, sum / deviation
}

package leaks

import (
	"fmt"
	"math"

	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// How strongly the outcome goes with a column's being filled, at least, to be a
// leak beyond doubt, and to be told at all.
const (
	surelyFilled  = 0.9
	maybeFilled   = 0.6
	repeatedShare = 0.85 // of it that the test part has to show
)

// presence looks for columns of which that they are filled, or hold the one value
// that stands for none, tells the outcome: they are filled in after it.
func (c *court) presence() ([]notebook.Finding, string) {
	var all []notebook.Finding
	looked := false
	for _, column := range c.inputs(table.Number, table.Category, table.Date, table.Text) {
		for _, blank := range blanks(column) {
			looked = true
			if f := c.filled(column, blank); f != nil {
				all = append(all, *f)
				break
			}
		}
	}
	if !looked {
		return nil, "no column lacks values in enough rows, or has a value that may stand for none"
	}
	return all, ""
}

// blank is a value that may stand for none.
type blank struct {
	value float64 // NaN: missing
	words string  // "is missing"
}

func (b blank) in(c *table.Column, row int) bool {
	if math.IsNaN(b.value) {
		return c.IsMissing(row)
	}
	return c.Num[row] == b.value
}

// fewestBlank bounds how often a blank occurs, and does not, from below: in rows,
// and as a share.
const (
	fewestBlank = 20
	blankShare  = 0.02
)

// blanks gives the values of a column that may stand for none: missing, and of a
// number the one at the end of its range that is far more common than any other.
func blanks(c *table.Column) []blank {
	n := c.Len()
	often := func(count int) bool {
		return min(count, n-count) >= max(fewestBlank, int(blankShare*float64(n)))
	}
	missing := 0
	for i := range n {
		if c.IsMissing(i) {
			missing++
		}
	}
	var all []blank
	if often(missing) {
		all = append(all, blank{math.NaN(), "is missing"})
	}
	if c.Type != table.Number {
		return all
	}
	counts := map[float64]int{}
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range c.Num {
		if !math.IsNaN(v) {
			counts[v]++
			least, most = min(least, v), max(most, v)
		}
	}
	for _, v := range []float64{least, most} {
		const others = 10 // different values, so that it is not one code among a few
		if count := counts[v]; len(counts) > others && often(count) && count > 3*(n-missing-count)/(len(counts)-1) {
			all = append(all, blank{v, fmt.Sprintf("is %g", v)})
		}
	}
	return all
}

// filled makes the finding that a blank tells the outcome; nil where it does not.
func (c *court) filled(column *table.Column, b blank) *notebook.Finding {
	mask := func(p part) []bool {
		inside := make([]bool, p.Rows())
		other := p.Column(column.Name)
		for i := range inside {
			inside[i] = b.in(other, i)
		}
		return inside
	}
	learned, low := c.train.link(mask(c.train))
	tested, _ := c.test.link(mask(c.test))
	if !(low >= maybeFilled) || !(tested >= repeatedShare*learned) {
		return nil
	}
	check := checks.MaybeFilledAfterwards
	if low >= surelyFilled {
		check = checks.FilledAfterwards
	}
	f := check.Finding(column.Name, 0, "whether %s %s tells %s almost by itself (%.2f, in the test part %.2f): it may be filled in after the outcome",
		column.Name, b.words, c.Target, learned, tested)
	return &f
}

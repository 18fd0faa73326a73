package question

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
)

// column is what was found in one that is not the target.
type column struct {
	*table.Column
	present  int
	distinct int    // levels of a category; 0 of other columns
	constant bool   // there is one value, in every row that has any
	names    string // why it names rows; "" where it does not
	copied   string // the first column that has the same values
	speaks   bool   // its texts have some words each
	orders   bool   // the rows stand in its order, from least to greatest or the other way
}

// lookAt looks at the columns besides the target.
func lookAt(t *table.Table, w Wishes) []*column {
	var all []*column
	for _, c := range t.Columns {
		if c.Name != w.Target {
			all = append(all, &column{Column: c})
		}
	}
	parallel.Each(2, len(all), func(i int) { all[i].look() })
	findCopies(all)
	return all
}

func (c *column) look() {
	first := -1
	c.constant = true
	for i := range c.Len() {
		if c.IsMissing(i) {
			continue
		}
		if c.present++; first < 0 {
			first = i
		} else if c.constant && !equal(c.Column, i, first) {
			c.constant = false
		}
	}
	switch c.Type {
	case table.Category:
		c.distinct = len(c.Levels)
	case table.Text:
		c.speaks = speaks(c.Column)
	default:
		c.orders = ordered(c.Num)
	}
	if c.present == c.Len() && !c.repeats() {
		c.names = explore.NewProfile(c.Column).NamesRows()
	}
}

// repeats says that a value stands twice among the first rows: then it is seen
// without a look at all of them that it names no row.
func (c *column) repeats() bool {
	const looked = 1000
	n := min(c.Len(), looked)
	switch c.Type {
	case table.Category:
		return len(c.Levels) < c.Len()
	case table.Text:
		return twice(c.Texts[:n])
	}
	return twice(c.Num[:n])
}

func twice[T comparable](values []T) bool {
	seen := make(map[T]bool, len(values))
	for _, v := range values {
		if seen[v] {
			return true
		}
		seen[v] = true
	}
	return false
}

// ordered says that nearly all rows have a value that is not below the one
// before, or nearly all none above it, also of rows that are far apart, and that
// there are some different ones.
func ordered(values []float64) bool {
	return steady(values) && steady(spread(values, 100))
}

// spread gives at most so many of the values, from all over them.
func spread(values []float64, most int) []float64 {
	out := make([]float64, 0, most)
	for i := range min(most, len(values)) {
		out = append(out, values[i*len(values)/min(most, len(values))])
	}
	return out
}

func steady(values []float64) bool {
	up, down, same := 0, 0, 0
	before := math.NaN()
	for _, v := range values {
		switch {
		case v != v:
			continue
		case v > before:
			up++
		case v < before:
			down++
		case v == before:
			same++
		}
		before = v
	}
	const steps = 5
	all := up + down + same
	return up >= steps && 50*down <= all && 50*down <= up || down >= steps && 50*up <= all && 50*up <= down
}

// findCopies names, of columns that have the same values in all rows, the first.
func findCopies(all []*column) {
	begin := map[string][]*column{}
	for _, c := range all {
		if c.constant || c.present == 0 {
			continue
		}
		var key strings.Builder
		key.WriteString(string(c.Type))
		for i := range min(c.Len(), 20) {
			key.WriteString("\x00" + c.String(i))
		}
		for _, other := range begin[key.String()] {
			if c.same(other) {
				c.copied = other.Name
				break
			}
		}
		if c.copied == "" {
			begin[key.String()] = append(begin[key.String()], c)
		}
	}
}

// same says whether two columns of a type have the same values.
func (c *column) same(other *column) bool {
	switch c.Type {
	case table.Category:
		return slices.Equal(c.Levels, other.Levels) && slices.Equal(c.Codes, other.Codes)
	case table.Text:
		return slices.Equal(c.Texts, other.Texts)
	}
	return slices.EqualFunc(c.Num, other.Num, func(a, b float64) bool { return a == b || a != a && b != b })
}

// rare says of a category that its levels have too few rows each for a weight
// of their own.
func (c *column) rare() bool {
	const levels, rows = 20, 10
	return c.Type == table.Category && c.distinct > levels && c.present < rows*c.distinct
}

// speaks tells texts that say something from names and numbers of things: they
// have some words each.
func speaks(c *table.Column) bool {
	const looked = 10_000
	texts, words := 0, 0
	for i := range c.Len() {
		if !c.IsMissing(i) && texts < looked {
			texts++
			words += len(strings.Fields(c.Texts[i]))
		}
	}
	return words > 3*texts
}

// divide says of each column what becomes of it where that is not as usual.
func (q *Question) divide(columns []*column, w Wishes) {
	var rare []*column
	for _, c := range columns {
		example := ""
		if c.Type != table.Number {
			example = ", such as " + strconv.Quote(human.Clip(firstValue(c.Column), 40))
		}
		switch {
		case is(c.Name, w.Drop):
			q.decide(c.Name, Dropped, "is dropped, as --drop says")
		case is(c.Name, w.Text):
			q.decide(c.Name, Words, "is a text, as --text says")
		case c.present == 0:
			q.decide(c.Name, Dropped, "is empty")
		case c.names != "":
			q.decide(c.Name, Dropped, "%s%s", c.names, example)
		case c.constant && c.present == c.Len():
			q.decide(c.Name, Dropped, "is %q in every row", human.Clip(firstValue(c.Column), 40))
		case c.copied != "":
			q.decide(c.Name, Dropped, "has the values of %s in every row", c.copied)
		case c.Type == table.Text && !c.speaks:
			q.decide(c.Name, Dropped, "is read as a text of too few words to learn from%s", example)
		case c.Type == table.Text:
			q.decide(c.Name, Words, "is a text of some words")
		case c.rare():
			rare = append(rare, c)
			q.decide(c.Name, Trees, "has %d levels of few rows each, which they would learn by heart", c.distinct)
		default:
			q.Plain = true
		}
	}
	if len(rare) > 0 && !q.Plain { // they are all there is
		q.Columns = slices.DeleteFunc(q.Columns, func(d Decision) bool { return d.Role == Trees })
		q.Plain = true
	}
}

// found says what was found.
func (c *column) found() string {
	parts := []string{string(c.Type)}
	missing := c.Len() - c.present
	switch {
	case c.present == 0:
		return "no value in any row"
	case c.Type == table.Category:
		shown := c.Levels[:min(len(c.Levels), 5)]
		more := ""
		if len(c.Levels) > len(shown) {
			more = ", …"
		}
		parts = append(parts, human.Clip(fmt.Sprintf("%s: %s%s", human.Count(len(c.Levels), "level"), strings.Join(shown, ", "), more), 80))
	case c.Type == table.Text:
		parts = append(parts, fmt.Sprintf("such as %q", human.Clip(firstValue(c.Column), 40)))
	default:
		least, most := table.Column{Field: c.Field, Num: []float64{math.Inf(1)}}, table.Column{Field: c.Field, Num: []float64{math.Inf(-1)}}
		for _, v := range c.Num {
			if v == v {
				least.Num[0], most.Num[0] = min(least.Num[0], v), max(most.Num[0], v)
			}
		}
		parts = append(parts, least.String(0)+" to "+most.String(0))
	}
	if missing > 0 {
		parts = append(parts, fmt.Sprintf("%s missing", human.Percent(missing, c.Len())))
	}
	if c.orders {
		parts = append(parts, "the rows stand in its order")
	}
	return strings.Join(parts, ", ")
}

// Package leaks looks for what gives a target away that will not be known, or
// not hold, when a prediction is asked for: a target that is computed from
// columns, columns that are filled in after the outcome, rows of one thing on
// both sides of the split, neighbours in time.
//
// It looks at rows only, and knows no model. What it claims of the training part
// has to hold in the test part too, so that a search over many columns does not
// find what is not there.
package leaks

import (
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// Question is what is predicted from what, and how that is tested.
type Question struct {
	Train, Test *table.Table
	Target      string
	Inputs      []string // the columns that a model reads
	ByTime      bool     // the test part is later than the training part
}

// mostRows is on how many rows of each part a question is looked at.
const mostRows = 25_000

// leastRows is from how many rows of each part anything is said.
const leastRows = 30

// Find looks for all leaks. Those that could not be looked for are in skipped,
// with the reason.
func Find(q Question) (found []notebook.Finding, skipped []checks.Skipped) {
	c := newCourt(q)
	for _, look := range []struct {
		check *checks.Check
		for_  func() ([]notebook.Finding, string)
	}{
		{checks.ComputedTarget, c.computed},
		{checks.FilledAfterwards, c.presence},
		{checks.RepeatedKey, c.keys},
		{checks.Neighbours, c.neighbours},
	} {
		why := c.unfit
		var some []notebook.Finding
		if why == "" {
			some, why = look.for_()
		}
		found = append(found, some...)
		if why != "" {
			skipped = append(skipped, checks.Skipped{Code: look.check.Code, Why: why})
		}
	}
	return found, skipped
}

// court is a question on the rows that are looked at.
type court struct {
	Question
	train, test part
	unfit       string // why nothing can be looked for; "" where it can
}

// part is one part with the outcome of its rows, which all have one.
type part struct {
	*table.Table
	outcome
}

func newCourt(q Question) *court {
	c := &court{Question: q, train: sampled(q.Train, q.Target), test: sampled(q.Test, q.Target)}
	switch {
	case c.train.column == nil:
		c.unfit = "the table has no column " + q.Target
	case c.train.column.Type != table.Number && c.train.column.Type != table.Category:
		c.unfit = "the target is neither a number nor a category"
	case c.train.Rows() < leastRows || c.test.Rows() < leastRows:
		c.unfit = fmt.Sprintf("fewer than %d rows of a part have a known outcome", leastRows)
	}
	return c
}

// sampled gives the rows of a part whose outcome is known, at most mostRows of
// them, evenly spread.
func sampled(t *table.Table, target string) part {
	y := t.Column(target)
	if y == nil {
		return part{Table: t}
	}
	var rows []int
	for i := range t.Rows() {
		if !y.IsMissing(i) {
			rows = append(rows, i)
		}
	}
	rows = spread(rows, mostRows)
	if len(rows) != t.Rows() {
		t = t.Take(rows)
	}
	return part{Table: t, outcome: outcome{t.Column(target)}}
}

// spread gives at most n of the rows, evenly.
func spread(rows []int, n int) []int {
	if len(rows) <= n {
		return rows
	}
	out := make([]int, n)
	for i := range out {
		out[i] = rows[int(int64(i)*int64(len(rows))/int64(n))]
	}
	return out
}

// inputs gives the columns of the training part that models read, of these
// types.
func (c *court) inputs(types ...table.Type) []*table.Column {
	var all []*table.Column
	for _, name := range c.Inputs {
		column := c.train.Column(name)
		if column == nil || name == c.Target || c.test.Column(name) == nil {
			continue
		}
		for _, t := range types {
			if column.Type == t {
				all = append(all, column)
			}
		}
	}
	return all
}

func share(x float64) string { return human.Digits(100*x, 3) + " %" }

package partition

import (
	"fmt"
	"math"

	"labbook/internal/data/table"
)

// Balance says how far the parts differ in a column.
type Balance struct {
	Column      string
	Train, Test string // the mean of a number, the share of the level that differs most
	// Gap is the difference: of means in standard deviations of the training
	// part, of shares as such.
	Gap float64
	// Unseen counts the test rows whose level no training row has.
	Unseen int
}

// Balances compares the parts column by column; texts and dates are left out.
func Balances(train, test *table.Table) []Balance {
	var all []Balance
	for i, c := range train.Columns {
		a, b := table.Outline(c), table.Outline(test.Columns[i])
		if a.Count == 0 || b.Count == 0 {
			continue
		}
		switch c.Type {
		case table.Number:
			all = append(all, Balance{Column: c.Name, Train: fmt.Sprintf("mean %.4g", a.Mean), Test: fmt.Sprintf("mean %.4g", b.Mean),
				Gap: standardised(b.Mean-a.Mean, a.StdDev)})
		case table.Category:
			all = append(all, ofLevels(c, a, b))
		}
	}
	return all
}

func standardised(difference, stddev float64) float64 {
	if stddev == 0 {
		return 0
	}
	return difference / stddev
}

func ofLevels(c *table.Column, a, b *table.Summary) Balance {
	out := Balance{Column: c.Name}
	for i, level := range c.Levels {
		x, y := float64(a.Counts[i])/float64(a.Count), float64(b.Counts[i])/float64(b.Count)
		if i == 0 || math.Abs(y-x) > math.Abs(out.Gap) {
			out.Gap = y - x
			out.Train, out.Test = fmt.Sprintf("%s %.1f %%", level, 100*x), fmt.Sprintf("%s %.1f %%", level, 100*y)
		}
		if a.Counts[i] == 0 {
			out.Unseen += b.Counts[i]
		}
	}
	return out
}

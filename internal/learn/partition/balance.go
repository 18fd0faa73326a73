package partition

import (
	"math"

	"labbook/internal/base/facts"
	"labbook/internal/data/table"
)

// Balance says how far the parts differ in a column.
type Balance struct {
	Column string  `json:"column"`
	Level  *string `json:"level,omitempty"` // of a category, the one that differs most; nil of a number
	// Train and Test are the mean of a number, the share of the level.
	Train facts.Number `json:"train"`
	Test  facts.Number `json:"test"`
	// Gap is the difference: of means in standard deviations of the training
	// part, of shares as such.
	Gap facts.Number `json:"gap"`
	// Unseen counts the test rows whose level no training row has.
	Unseen int `json:"unseen,omitempty"`
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
			all = append(all, Balance{Column: c.Name, Train: facts.Number(a.Mean), Test: facts.Number(b.Mean),
				Gap: facts.Number(standardised(b.Mean-a.Mean, a.StdDev))})
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
		if i == 0 || math.Abs(y-x) > math.Abs(float64(out.Gap)) {
			out.Level, out.Train, out.Test, out.Gap = &level, facts.Number(x), facts.Number(y), facts.Number(y-x)
		}
		if a.Counts[i] == 0 {
			out.Unseen += b.Counts[i]
		}
	}
	return out
}

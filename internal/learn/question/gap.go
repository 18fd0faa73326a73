package question

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/data/table"
)

// gap gives how long the target goes on repeating itself along a time: until its
// correlation with itself has fallen to half of that between neighbours. "" where
// it does not repeat itself, or still does after a twentieth of the whole: that is
// a trend, which no gap takes away. Rows of one moment count as one, by their mean.
func gap(c *table.Column, outcomes [][]float64) string {
	const fewest = 30 // moments
	longest := 0.
	for _, y := range outcomes {
		at, means := moments(c.Num, y)
		if len(at) < fewest {
			return ""
		}
		rows := make([]int, len(at))
		for i := range rows {
			rows[i] = i
		}
		first := lagged(rows, means, 1)
		if first < .3 {
			continue
		}
		lag := 1
		for lag < len(at)/20 && lagged(rows, means, lag+1) > first/2 {
			lag++
		}
		if lag >= len(at)/20 {
			continue
		}
		steps := make([]float64, 0, len(at))
		for i := lag; i < len(at); i++ {
			steps = append(steps, at[i]-at[i-lag])
		}
		slices.Sort(steps)
		longest = max(longest, min(steps[len(steps)/2], (at[len(at)-1]-at[0])/20))
	}
	switch {
	case longest == 0:
		return ""
	case c.Type != table.Date:
		return fmt.Sprint(math.Ceil(longest))
	case longest >= day:
		return fmt.Sprintf("%.0fd", math.Ceil(longest/day))
	}
	return fmt.Sprintf("%.0fh", math.Ceil(longest/3600))
}

// moments gives the different times in order, and the mean outcome at each.
func moments(at, y []float64) (times, means []float64) {
	n := 0.
	for _, row := range inOrder(at) {
		switch last := len(times) - 1; {
		case y[row] != y[row]:
		case last >= 0 && times[last] == at[row]:
			n++
			means[last] += (y[row] - means[last]) / n
		default:
			times, means, n = append(times, at[row]), append(means, y[row]), 1
		}
	}
	return times, means
}

package question

import (
	"fmt"
	"math"

	"labbook/internal/base/human"
	"labbook/internal/data/table"
)

// What makes a number that the rows stand in the order of the time at which they
// came about. A table may as well be sorted by an age or a dose: but then the steps
// from one value to the next are seldom even, the greatest have few rows, or the
// rows of each value are as many as a draw from a smooth curve would give it.
const (
	fewestSteps  = 15
	rowsOfAStep  = 3    // on the mean, at least
	evenSteps    = .95  // of the steps are of one length, at least
	lastStepsMin = .5   // of an even share of the rows has the last tenth of the steps
	uneven       = 2.75 // times as far from their neighbours as draws would be
	tooEven      = .25  // times as far
	driftBeyond  = 5    // variance between tenths of the steps over that within them
)

// counts says why a number, in whose order the rows stand, counts the steps of
// time; "" where that is not sure enough. Something has to drift along it: the
// target, or one of the other columns.
func (c *column) counts(target *table.Column, columns []*column) string {
	value, rows := stepsOf(c.Num)
	if len(value) < fewestSteps || c.present < c.Len() || c.Len() < rowsOfAStep*len(value) || !even(value) {
		return ""
	}
	last := 0.
	tenth := max(1, len(rows)/10)
	for _, n := range rows[len(rows)-tenth:] {
		last += n
	}
	share := last / float64(c.Len()) * float64(len(rows)) / float64(tenth)
	scatter := scattered(rows)
	if share < lastStepsMin || scatter > tooEven && scatter < uneven {
		return ""
	}
	drifting := c.drifting(value, target, columns)
	if drifting == "" {
		return ""
	}
	how := "as many rows in each"
	if scatter >= uneven {
		how = "sometimes more and sometimes fewer rows in one, to the last"
	}
	return fmt.Sprintf("the rows stand in its order, it has %s even steps with %s, and %s drifts along it", human.Int(len(value)), how, drifting)
}

// drifting gives the first column that drifts along c: the target, or another
// that is not ordered itself; "" for none.
func (c *column) drifting(steps []float64, target *table.Column, columns []*column) string {
	if drifts(c.Num, steps, outcomes(target)) {
		return target.Name
	}
	for _, other := range columns {
		if other.orders || other.constant || other.names != "" || other.Type == table.Text {
			continue
		}
		if drifts(c.Num, steps, outcomes(other.Column)) {
			return other.Name
		}
	}
	return ""
}

// stepsOf gives the different values of rows that stand in their order, without an
// exception, and how many rows have each; nil where one is out of order.
func stepsOf(values []float64) (value, rows []float64) {
	for _, v := range values {
		n := len(value)
		switch {
		case n > 0 && v == value[n-1]:
			rows[n-1]++
		case n == 0 || v > value[n-1]:
			value, rows = append(value, v), append(rows, 1)
		default:
			return nil, nil
		}
	}
	return value, rows
}

// even says that nearly all values are the same step from the one before.
func even(values []float64) bool {
	least, equal := math.Inf(1), 0.
	for i := 1; i < len(values); i++ {
		least = min(least, values[i]-values[i-1])
	}
	for i := 1; i < len(values); i++ {
		if values[i]-values[i-1] < least*1.001+1e-9*math.Abs(values[i]) {
			equal++
		}
	}
	return equal >= evenSteps*float64(len(values)-1)
}

// scattered gives how far the numbers of rows lie from the mean of their two
// neighbours, squared, over what it would be if each were drawn by a smooth curve:
// about 1 then.
func scattered(rows []float64) float64 {
	var found, drawn float64
	for i := 1; i+1 < len(rows); i++ {
		off := rows[i] - (rows[i-1]+rows[i+1])/2
		found += off * off
		drawn += rows[i] + (rows[i-1]+rows[i+1])/4
	}
	return found / drawn
}

// drifts says that an outcome is another in some tenths of the steps than in
// others, far beyond chance.
func drifts(at, steps []float64, outcomes [][]float64) bool {
	const parts = 10
	number := make(map[float64]int, len(steps))
	for i, v := range steps {
		number[v] = i * parts / len(steps)
	}
	for _, y := range outcomes {
		var n, sum, squares [parts]float64
		var all, total, known float64
		for i, v := range y {
			if v == v {
				p := number[at[i]]
				n[p], sum[p], squares[p] = n[p]+1, sum[p]+v, squares[p]+v*v
				all, total, known = all+v*v, total+v, known+1
			}
		}
		within := 0.
		for p := range parts {
			if n[p] > 0 {
				within += squares[p] - sum[p]*sum[p]/n[p]
			}
		}
		between := all - total*total/known - within
		if known > parts && between/(parts-1) > driftBeyond*within/(known-parts) {
			return true
		}
	}
	return false
}

// counted gives the number that counts the steps of time, and why; nil where none
// does.
func counted(columns []*column, keys []*key, target *table.Column, dropped []string) (*column, string) {
	c := finest(columns, keys)
	if c == nil || ordered(target.Num) || is(c.Name, dropped) {
		return nil, ""
	}
	if why := c.counts(target, columns); why != "" {
		return c, why
	}
	return nil, ""
}

package leaks

import (
	"math"

	"labbook/internal/data/table"
)

// outcome is a target's column without gaps, which can be compared with a
// division of its rows into groups.
type outcome struct{ column *table.Column }

// told says how much of the outcome a division of the rows tells: of classes the
// share of the mistakes of guessing that are spared by knowing the group, of
// numbers the share of the variance that lies between groups. group has a number
// below groups for each row, or -1 for a row that does not count. It is
// corrected for the number of groups, so that 0 is what chance tells, and NaN
// where not defined.
func (o outcome) told(group []int, groups int) float64 {
	if o.column.Type == table.Category {
		return o.spared(group, groups)
	}
	sums, counts := make([]float64, groups), make([]float64, groups)
	var n, mean float64
	for i, g := range group {
		if g >= 0 {
			sums[g] += o.column.Num[i]
			counts[g]++
			mean += o.column.Num[i]
			n++
		}
	}
	mean /= n
	var total, within, used float64
	for g := range sums {
		if counts[g] > 0 {
			used++
		}
	}
	for i, g := range group {
		if g >= 0 {
			y := o.column.Num[i]
			total += (y - mean) * (y - mean)
			d := y - sums[g]/counts[g]
			within += d * d
		}
	}
	if total == 0 || n <= used || used < 2 {
		return math.NaN()
	}
	return 1 - within/(n-used)/(total/(n-1))
}

// spared is told for classes: Goodman and Kruskal's lambda, each row's group
// without the row itself, for otherwise small groups tell of themselves.
func (o outcome) spared(group []int, groups int) float64 {
	k := len(o.column.Levels)
	counts := make([]int32, groups*k)
	all := make([]int32, k)
	var n int
	for i, g := range group {
		if g >= 0 {
			counts[g*k+int(o.column.Codes[i])]++
			all[o.column.Codes[i]]++
			n++
		}
	}
	var most int32
	for _, c := range all {
		most = max(most, c)
	}
	if int(most) == n {
		return math.NaN()
	}
	wrong := 0
	for i, g := range group {
		if g < 0 {
			continue
		}
		own := o.column.Codes[i]
		in := counts[g*k : (g+1)*k]
		for class, count := range in {
			if int32(class) != own && count >= in[own] { // own counts the row itself: a tie without it is no knowledge
				wrong++
				break
			}
		}
	}
	return 1 - float64(wrong)/float64(n-int(most))
}

// link says how strongly two groups of rows differ in the outcome, from 0 to 1,
// as a correlation: Cramér's V of classes, η of a number. low is the lower end of
// its interval at 95 % (Fisher's z). NaN where not defined.
func (o outcome) link(inside []bool) (value, low float64) {
	n := float64(len(inside))
	if o.column.Type == table.Category {
		value = o.cramer(inside)
	} else {
		var count, sum, all, squares float64
		for i, in := range inside {
			y := o.column.Num[i]
			all += y
			if in {
				count++
				sum += y
			}
		}
		mean := all / n
		for _, y := range o.column.Num {
			squares += (y - mean) * (y - mean)
		}
		between := count*math.Pow(sum/count-mean, 2) + (n-count)*math.Pow((all-sum)/(n-count)-mean, 2)
		value = math.Sqrt(between / squares)
	}
	if math.IsNaN(value) || n < 5 {
		return math.NaN(), math.NaN()
	}
	return value, math.Tanh(math.Atanh(min(value, 1-1e-9)) - 1.959964/math.Sqrt(n-3))
}

// cramer is V between two groups and the classes.
func (o outcome) cramer(inside []bool) float64 {
	k := len(o.column.Levels)
	counts := [2][]float64{make([]float64, k), make([]float64, k)}
	var sizes [2]float64
	for i, in := range inside {
		side := 0
		if in {
			side = 1
		}
		counts[side][o.column.Codes[i]]++
		sizes[side]++
	}
	n := sizes[0] + sizes[1]
	if sizes[0] == 0 || sizes[1] == 0 {
		return math.NaN()
	}
	var square float64
	classes := 0
	for class := range k {
		total := counts[0][class] + counts[1][class]
		if total == 0 {
			continue
		}
		classes++
		for side := range 2 {
			expected := total * sizes[side] / n
			d := counts[side][class] - expected
			square += d * d / expected
		}
	}
	if classes < 2 {
		return math.NaN()
	}
	return math.Sqrt(square / n)
}

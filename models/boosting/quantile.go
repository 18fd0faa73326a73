package boosting

import (
	"math"

	"labbook/internal/base/ascending"
)

// sketchRows is how many rows the bins of a column are found from at most.
const sketchRows = 200_000

// sketchColumns is of how many columns such rows are held at a time.
const sketchColumns = 16

// quantileCuts finds at most bins-1 ascending cuts that part the values into
// bins of about equal counts; a cut c sends v < c below it. values are finite
// or infinite, never NaN, and are sorted in place.
//
// With few enough distinct values every one has a bin, and cuts lie midway
// between neighbours: unlike XGBoost's, which lie on values, they part unseen
// values fairly. Otherwise a bin is closed when it holds its share of what is
// left, so that a value heavier than a share has a bin of its own and the rest
// share evenly.
func quantileCuts(values []float32, bins int) []float32 {
	if len(values) == 0 || bins < 2 {
		return nil
	}
	ascending.Float32s(values)
	distinct := 1
	for i := 1; i < len(values); i++ {
		if values[i] != values[i-1] {
			distinct++
		}
	}
	var cuts []float32
	if distinct <= bins {
		for i := 1; i < len(values); i++ {
			if values[i] != values[i-1] {
				cuts = append(cuts, between(values[i-1], values[i]))
			}
		}
		return cuts
	}
	left, room, held := len(values), bins, 0
	for i := 1; i < len(values) && room > 1; i++ {
		held++
		if values[i] == values[i-1] {
			continue
		}
		if held*room >= left {
			cuts = append(cuts, between(values[i-1], values[i]))
			left, room, held = left-held, room-1, 0
		}
	}
	return cuts
}

// between gives a cut c with a < c <= b, midway if it can be said in a
// float32, and finite.
func between(a, b float32) float32 {
	mid := a/2 + b/2
	if !(mid > a && mid <= b) {
		mid = b
	}
	return min(mid, math.MaxFloat32)
}

// binOf gives the number of cuts that are not above v: its bin. It searches
// without branches that would be mispredicted.
func binOf(cuts []float32, v float32) int {
	of := order(v + 0) // -0 is 0
	lo, n := 0, len(cuts)
	for n > 1 {
		half := n >> 1
		lo += half & notAbove(cuts[lo+half-1], of)
		n -= half
	}
	if n == 1 {
		lo -= notAbove(cuts[lo], of)
	}
	return lo
}

// order gives integers the order of numbers.
func order(v float32) int {
	b := int32(math.Float32bits(v))
	return int(b ^ b>>31&math.MaxInt32)
}

// notAbove is -1 where a cut is not above what has this order, else 0. Half the
// branches of a search would be mispredicted.
func notAbove(cut float32, of int) int { return (order(cut) - of - 1) >> 63 }

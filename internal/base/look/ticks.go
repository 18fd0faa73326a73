package look

import (
	"math"
	"strconv"
)

// Ticks gives at most about n round numbers that span low to high.
func Ticks(low, high float64, n int) []float64 {
	raw := (high - low) / float64(n-1)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * unit
	for _, m := range []float64{1, 2, 2.5, 5} {
		if raw <= m*unit*1.0000001 {
			step = m * unit
			break
		}
	}
	var ticks []float64
	for k := math.Floor(low / step); ; k++ {
		ticks = append(ticks, k*step)
		if k*step >= high-step*1e-9 || len(ticks) > 2*n {
			return ticks
		}
	}
}

// Px writes a length of a drawing.
func Px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

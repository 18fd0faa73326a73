package look

import (
	"math"
	"strconv"
)

// Px writes a length of a drawing.
func Px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

package human

import (
	"math"
	"strconv"
	"strings"
)

// Digits writes a number with that many significant digits and no exponent
// where it can be read without one, with thousands apart: "53,940", "0.00123",
// "1.2e+09". Whole numbers keep all their digits.
func Digits(v float64, significant int) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v == 0:
		return "0"
	case size >= 1e12 || size < 1e-5:
		return strconv.FormatFloat(v, 'e', max(significant-1, 0), 64)
	case v == math.Trunc(v):
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	default:
		before := int(math.Floor(math.Log10(size))) + 1
		return thousands(strconv.FormatFloat(v, 'f', max(significant-before, 0), 64))
	}
}

// Int writes a count with thousands apart.
func Int(n int) string { return thousands(strconv.Itoa(n)) }

func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, dot := strings.Cut(s, ".")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if dot {
		b.WriteString("." + rest)
	}
	return sign + b.String()
}

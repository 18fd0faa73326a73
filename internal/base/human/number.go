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
		return unknown
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

// Trimmed is Digits without the zeros at the end: of what was measured they say
// how exactly, of a quartile or a bound they say nothing.
func Trimmed(v float64, significant int) string {
	text := Digits(v, significant)
	if strings.Contains(text, ".") && !strings.Contains(text, "e") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Apart is Trimmed with as many digits as it takes to tell v from another number.
func Apart(v, other float64, significant int) string {
	text := Trimmed(v, significant)
	for ; significant < 17 && v != other && text == Trimmed(other, significant); significant++ {
		text = Trimmed(v, significant+1)
	}
	return text
}

// Fixed writes a number with that many decimals, with thousands apart. What
// rounds to nothing has no sign.
func Fixed(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return unknown
	}
	text := thousands(strconv.FormatFloat(v, 'f', decimals, 64))
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return text
}

// Exact writes a number with all digits that tell it apart, as a file of data
// has it: without marks between thousands, for it may be a year.
func Exact(v float64) string {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return unknown
	case size >= 1e15 || size != 0 && size < 1e-6:
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// unknown stands for a number that is none.
const unknown = "–"

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

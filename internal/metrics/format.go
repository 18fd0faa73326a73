package metrics

import (
	"math"
	"strconv"
	"strings"
)

// Format writes a value of the metric as people read it: "263.4 USD",
// "7.84 %", "0.9856". unit is the target's.
func (m *Metric) Format(v float64, unit string) string {
	switch text := m.Bare(v); {
	case m.Scale == Share:
		return text + " %"
	case m.Scale == OfTarget && unit != "":
		return text + " " + unit
	default:
		return text
	}
}

// Bare is Format without the unit, for tables whose heading names it.
func (m *Metric) Bare(v float64) string {
	switch m.Scale {
	case Share:
		return Digits(100*v, 3)
	case OfTarget:
		return Digits(v, 4)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

// Format writes a measured value with its interval, if it has one:
// "263.4 USD [258.9, 268.1]". A metric that the catalog does not hold is
// written as a plain number.
func (v Value) Format() string {
	m, ok := Lookup(v.Name)
	if !ok {
		m = &Metric{Scale: Plain}
		if v.Unit != "" {
			m.Scale = OfTarget
		}
	}
	text := m.Format(v.Value, v.Unit)
	if v.Low != nil && v.High != nil {
		text += " [" + m.Bare(*v.Low) + ", " + m.Bare(*v.High) + "]"
	}
	return text
}

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

func join(names []string) string { return strings.Join(names, ", ") }

package metrics

import (
	"strconv"
	"strings"

	"labbook/internal/base/human"
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
		return human.Digits(100*v, 3)
	case OfTarget:
		return human.Digits(v, 4)
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

func join(names []string) string { return strings.Join(names, ", ") }

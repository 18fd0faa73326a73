package metrics

import (
	"strings"

	"labbook/internal/base/notebook"
)

// Shown gives a value of the metric to a table: "263.4 USD", "7.84 %", "0.9856".
// unit is the target's.
func (m *Metric) Shown(v float64, unit string) notebook.Value {
	switch m.Scale {
	case Share:
		return notebook.Measure(100*v, 3).In("%")
	case OfTarget:
		return notebook.Measure(v, 4).In(unit)
	}
	return notebook.Fixed(v, 4)
}

// Within is Shown for a value with an interval.
func (m *Metric) Within(v, low, high float64, unit string) notebook.Value {
	if m.Scale == Share {
		low, high = 100*low, 100*high
	}
	return m.Shown(v, unit).Within(low, high)
}

// PlusMinus is Shown for a mean over folds, with its standard deviation.
func (m *Metric) PlusMinus(mean, deviation float64, unit string) notebook.Value {
	if m.Scale == Share {
		deviation *= 100
	}
	return m.Shown(mean, unit).Spread(deviation)
}

// Column is the heading of such values, which says their unit.
func (m *Metric) Column(unit string) notebook.Column {
	return notebook.Column{Name: m.Title, Unit: m.unit(unit)}
}

// unit gives what stands behind a value; unit is the target's.
func (m *Metric) unit(unit string) string {
	switch m.Scale {
	case Share:
		return "%"
	case OfTarget:
		return unit
	}
	return ""
}

// Axis is how values of a metric stand on the axis of a figure: shares in per
// cent.
type Axis struct {
	Name  string // with the unit
	scale float64
}

// Axis gives the axis of the metric; unit is the target's.
func (m *Metric) Axis(unit string) Axis {
	a := Axis{m.Title, 1}
	if unit := m.unit(unit); unit != "" {
		a.Name += " (" + unit + ")"
	}
	if m.Scale == Share {
		a.scale = 100
	}
	return a
}

// At gives where a value stands.
func (a Axis) At(v float64) float64 { return a.scale * v }

// Axis gives the axis of such values, also of a metric that the catalog does not
// hold.
func (v Value) Axis() Axis {
	m, ok := Lookup(v.Name)
	if !ok {
		m = &Metric{Title: v.Name, Scale: OfTarget}
	}
	return m.Axis(v.Unit)
}

// Ends gives the ends of a value's interval, the value itself where none was
// taken.
func (v Value) Ends() (low, high float64) {
	if v.Low == nil || v.High == nil {
		return v.Value, v.Value
	}
	return *v.Low, *v.High
}

// Format writes a value of the metric as people read it.
func (m *Metric) Format(v float64, unit string) string { return m.Shown(v, unit).String() }

// Bare is Format without the unit, for tables whose heading names it.
func (m *Metric) Bare(v float64) string { return m.Column("").Under(m.Shown(v, "")) }

// Shown gives a measured value, with its interval if it has one, to a table. A
// metric that the catalog does not hold is a number in its own unit.
func (v Value) Shown() notebook.Value {
	m, ok := Lookup(v.Name)
	if !ok {
		m = &Metric{Scale: OfTarget}
	}
	if v.Low == nil || v.High == nil {
		return m.Shown(v.Value, v.Unit)
	}
	return m.Within(v.Value, *v.Low, *v.High, v.Unit)
}

// Format writes a measured value with its interval, if it has one:
// "263.4 USD [258.9, 268.1]".
func (v Value) Format() string { return v.Shown().String() }

func join(names []string) string { return strings.Join(names, ", ") }

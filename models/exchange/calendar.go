package exchange

import (
	"math"

	"labbook/internal/learn/features"
	"labbook/models/exchange/onnx"
)

// The lengths of days and weeks in seconds and days.
const (
	secondsADay = 24 * 60 * 60
	daysAWeek   = 7
)

// calendar has what is asked of dates, of seconds since 1970 in UTC: the algorithm
// is Howard Hinnant's civil_from_days ("chrono-compatible low-level date
// algorithms"), whose years begin in March.
type calendar struct {
	*translation
	seconds, days onnx.Value
}

func (t *translation) calendar(seconds onnx.Value) *calendar {
	return &calendar{t, seconds, t.floorDiv(seconds, secondsADay)}
}

func (t *translation) floorDiv(x onnx.Value, by float64) onnx.Value {
	return t.g.Op("Floor", t.g.Op("Div", x, t.g.Number(by)))
}

// plus and times are arithmetic with a number.
func (t *translation) plus(x onnx.Value, v float64) onnx.Value {
	return t.g.Op("Add", x, t.g.Number(v))
}

func (t *translation) times(x onnx.Value, v float64) onnx.Value {
	return t.g.Op("Mul", x, t.g.Number(v))
}

// mod is what is left of x by whole multiples, from 0.
func (t *translation) mod(x onnx.Value, by float64) onnx.Value {
	return t.g.Op("Sub", x, t.times(t.floorDiv(x, by), by))
}

// civil gives the year, the month and the day of the month.
func (c *calendar) civil() (year, month, day onnx.Value) {
	g := c.g
	const era = 146097 // days in 400 years
	z := c.plus(c.days, 719468)
	ofEra := c.mod(z, era)
	years := g.Op("Sub", ofEra, c.floorDiv(ofEra, 1460))
	years = g.Op("Add", years, c.floorDiv(ofEra, 36524))
	years = c.floorDiv(g.Op("Sub", years, c.floorDiv(ofEra, 146096)), 365)
	before := g.Op("Sub", g.Op("Add", c.times(years, 365), c.floorDiv(years, 4)), c.floorDiv(years, 100))
	ofYear := g.Op("Sub", ofEra, before)
	fromMarch := c.floorDiv(c.plus(c.times(ofYear, 5), 2), 153)
	day = c.plus(g.Op("Sub", ofYear, c.floorDiv(c.plus(c.times(fromMarch, 153), 2), 5)), 1)
	late := g.Op("Less", fromMarch, g.Number(10)) // from March to December
	month = g.Op("Where", late, c.plus(fromMarch, 3), c.plus(fromMarch, -9))
	year = g.Op("Add", years, c.times(c.floorDiv(z, era), 400))
	return g.Op("Where", late, year, c.plus(year, 1)), month, day
}

// yearday counts the days of the year from 1: up to the first of each month, and in
// a leap year one more from March on.
func (c *calendar) yearday() onnx.Value {
	g := c.g
	year, month, day := c.civil()
	is := func(by float64) onnx.Value { return g.Op("Equal", c.mod(year, by), g.Number(0)) }
	leap := g.Op("Or", g.Op("And", is(4), g.Op("Not", is(100))), is(400))
	starts := []float64{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
	known := g.Op("Where", g.Op("IsNaN", month), g.Number(1), month)
	start := g.OpIn("", "Gather", []onnx.Attr{onnx.Int("axis", 0)}, g.Const(onnx.Doubles(starts, 12)), g.CastInt(c.plus(known, -1)))
	more := g.Cast(g.Op("And", leap, g.Op("Greater", month, g.Number(2))))
	return g.Op("Add", g.Op("Add", start, more), day)
}

// weekday is 1 for Monday to 7 for Sunday: the first of 1970 was a Thursday.
func (c *calendar) weekday() onnx.Value { return c.plus(c.mod(c.plus(c.days, 3), daysAWeek), 1) }

func (c *calendar) hour() onnx.Value { return c.floorDiv(c.mod(c.seconds, secondsADay), 3600) }

// part gives a part of the names that package features has.
func (c *calendar) part(name string) onnx.Value {
	year, month, _ := c.civil()
	ofDay := func() onnx.Value { return c.times(c.mod(c.seconds, secondsADay), 2*math.Pi/secondsADay) }
	ofWeek := func() onnx.Value {
		return c.times(c.g.Op("Add", c.times(c.plus(c.weekday(), -1), 2*math.Pi), ofDay()), 1.0/daysAWeek)
	}
	ofYear := func() onnx.Value { return c.times(c.plus(c.yearday(), -1), 2*math.Pi/365.2425) }
	switch name {
	case "year":
		return year
	case "month":
		return month
	case "quarter":
		return c.floorDiv(c.plus(month, 2), 3)
	case "weekday":
		return c.weekday()
	case "yearday":
		return c.yearday()
	case "hour":
		return c.hour()
	case "time":
		return c.times(c.seconds, 1.0/secondsADay)
	case "day sin":
		return c.g.Op("Sin", ofDay())
	case "day cos":
		return c.g.Op("Cos", ofDay())
	case "week sin":
		return c.g.Op("Sin", ofWeek())
	case "week cos":
		return c.g.Op("Cos", ofWeek())
	case "year sin":
		return c.g.Op("Sin", ofYear())
	case "year cos":
		return c.g.Op("Cos", ofYear())
	}
	panic("exchange: a date has no part " + name)
}

// date gives the parts of a date.
func (t *translation) date(p *features.DatePart) onnx.Value {
	g, seconds := t.g, t.columns[p.Column]
	if p.Impute != nil {
		seconds = t.orElse(seconds, g.Number(*p.Impute))
	}
	// What is less than a second is cut off, towards 1970.
	whole := g.Op("Mul", g.Op("Sign", seconds), g.Op("Floor", g.Op("Abs", seconds)))
	c := t.calendar(whole)
	parts := make([]onnx.Value, len(p.Parts))
	for i, name := range p.Parts {
		parts[i] = g.Op("Where", g.Op("IsNaN", whole), g.NaN(), c.part(name))
	}
	x, n := g.Concat(parts), len(parts)
	if p.Scales == nil {
		return x
	}
	return g.Op("Div", g.Op("Sub", x, g.Const(onnx.Doubles(p.Means, 1, n))), g.Const(onnx.Doubles(p.Scales, 1, n)))
}

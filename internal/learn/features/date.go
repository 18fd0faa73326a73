package features

import (
	"errors"
	"fmt"
	"math"
	"time"

	"labbook/internal/data/table"
)

// date expands a date into parts of the calendar, in UTC, and standardises
// each as numbers are.
type date struct {
	Column string   `json:"column"`
	Parts  []string `json:"parts"`
	Impute *float64 `json:"impute,omitempty"` // seconds since 1970; nil keeps what is missing
	// Means and Scales have, for each part, what is subtracted and what is
	// divided by; nil leaves the parts as they are.
	Means  []float64 `json:"means,omitempty"`
	Scales []float64 `json:"scales,omitempty"`
}

// dateParts are the parts a date has, as functions of it.
var dateParts = []struct {
	name string
	of   func(time.Time) float64
}{
	{"year", func(t time.Time) float64 { return float64(t.Year()) }},
	{"month", func(t time.Time) float64 { return float64(t.Month()) }},
	{"weekday", func(t time.Time) float64 { return float64((t.Weekday()+6)%7 + 1) }}, // ISO 8601: Monday is 1
	{"yearday", func(t time.Time) float64 { return float64(t.YearDay()) }},
	{"time", func(t time.Time) float64 { return float64(t.Unix()) / 86400 }},
	{"hour", func(t time.Time) float64 { return float64(t.Hour()) }},
	{"quarter", func(t time.Time) float64 { return float64((t.Month() + 2) / 3) }},
	{"day sin", func(t time.Time) float64 { return math.Sin(ofDay(t)) }},
	{"day cos", func(t time.Time) float64 { return math.Cos(ofDay(t)) }},
	{"week sin", func(t time.Time) float64 { return math.Sin(ofWeek(t)) }},
	{"week cos", func(t time.Time) float64 { return math.Cos(ofWeek(t)) }},
	{"year sin", func(t time.Time) float64 { return math.Sin(ofYear(t)) }},
	{"year cos", func(t time.Time) float64 { return math.Cos(ofYear(t)) }},
}

// cycles are the options that stand for two parts: a place on a circle, so that
// midnight is as near to 23 o'clock as to 1.
var cycles = map[string][]string{
	"day_cycle": {"day sin", "day cos"}, "week_cycle": {"week sin", "week cos"}, "year_cycle": {"year sin", "year cos"},
}

// ofDay, ofWeek and ofYear give how much of it is over, as an angle.
func ofDay(t time.Time) float64 {
	return 2 * math.Pi * float64(3600*t.Hour()+60*t.Minute()+t.Second()) / (24 * 3600)
}

func ofWeek(t time.Time) float64 {
	return (2*math.Pi*float64((t.Weekday()+6)%7) + ofDay(t)) / 7
}

func ofYear(t time.Time) float64 {
	const days = 365.2425
	return 2 * math.Pi * float64(t.YearDay()-1) / days
}

// isDatePart says whether a date can be expanded into it.
func isDatePart(name string) bool {
	for _, p := range dateParts {
		if p.name == name {
			return true
		}
	}
	return false
}

// partsOf gives the parts that the options stand for.
func partsOf(options []string) []string {
	parts := make([]string, 0, len(options))
	for _, option := range options {
		if both, ok := cycles[option]; ok {
			parts = append(parts, both...)
		} else {
			parts = append(parts, option)
		}
	}
	return parts
}

func fitDate(c *table.Column, o Column) *date {
	e := &date{Column: c.Name, Parts: partsOf(o.Dates), Impute: typical(c.Num, o.Impute)}
	if o.Scale != "standardise" || len(e.Parts) == 0 {
		return e
	}
	rows, parts := c.Len(), e.functions()
	values := make([]float64, rows)
	means, scales := make([]float64, len(parts)), make([]float64, len(parts))
	for j, part := range parts {
		for i, seconds := range c.Num {
			values[i] = e.part(part, seconds)
		}
		means[j], scales[j] = momentsOf(values, nil)
	}
	e.Means, e.Scales = means, scales
	return e
}

func (e *date) kind() string      { return "date" }
func (e *date) source() string    { return e.Column }
func (e *date) reads() table.Type { return table.Date }

func (e *date) names() []string {
	var names []string
	for _, part := range e.Parts {
		names = append(names, e.Column+" "+part)
	}
	return names
}

func (e *date) valid() error {
	for _, part := range e.Parts {
		if !isDatePart(part) {
			return fmt.Errorf("a date has no part %q", part)
		}
	}
	return validScales(e.Means, e.Scales, len(e.Parts))
}

// validScales says what is wrong with what is subtracted from so many decoded
// columns, and what is divided by; nil with both nil.
func validScales(means, scales []float64, columns int) error {
	if means == nil && scales == nil {
		return nil
	}
	if len(means) != columns || len(scales) != columns {
		return errors.New("not as many means and scales as parts")
	}
	for _, scale := range scales {
		if !(scale > 0) {
			return errors.New("a scale that is not positive")
		}
	}
	return nil
}

// functions gives the functions of the parts, in order.
func (e *date) functions() []func(time.Time) float64 {
	functions := make([]func(time.Time) float64, len(e.Parts))
	for j, name := range e.Parts {
		for _, p := range dateParts {
			if p.name == name {
				functions[j] = p.of
			}
		}
	}
	return functions
}

// part gives a part of a moment, NaN where the moment is missing.
func (e *date) part(of func(time.Time) float64, seconds float64) float64 {
	if math.IsNaN(seconds) {
		if e.Impute == nil {
			return math.NaN()
		}
		seconds = *e.Impute
	}
	return of(time.Unix(int64(seconds), 0).UTC())
}

func (e *date) bind(c *table.Column) fill {
	parts := e.functions()
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			for j, part := range parts {
				v := e.part(part, c.Num[i])
				if e.Scales != nil {
					v = (v - e.Means[j]) / e.Scales[j]
				}
				dst[at+j] = v
			}
		}
		return nil
	}
}

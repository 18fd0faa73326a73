package features

import (
	"fmt"
	"math"
	"slices"
	"time"

	"labbook/internal/table"
)

// date expands a date into parts of the calendar, in UTC.
type date struct {
	Column string   `json:"column"`
	Parts  []string `json:"parts"`
	Impute *float64 `json:"impute,omitempty"` // seconds since 1970; nil keeps what is missing
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
}

// DateParts gives the names of the parts that a date can be expanded into.
func DateParts() []string {
	var names []string
	for _, p := range dateParts {
		names = append(names, p.name)
	}
	return names
}

func fitDate(c *table.Column, o Column) *date {
	return &date{Column: c.Name, Parts: o.Dates, Impute: typical(c.Num, o.Impute)}
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
		if !slices.Contains(DateParts(), part) {
			return fmt.Errorf("a date has no part %q", part)
		}
	}
	return nil
}

func (e *date) bind(c *table.Column) fill {
	parts := make([]func(time.Time) float64, len(e.Parts))
	for j, name := range e.Parts {
		for _, p := range dateParts {
			if p.name == name {
				parts[j] = p.of
			}
		}
	}
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			seconds := c.Num[i]
			if e.Impute != nil && math.IsNaN(seconds) {
				seconds = *e.Impute
			}
			moment := time.Unix(int64(seconds), 0).UTC()
			for j, part := range parts {
				dst[at+j] = math.NaN()
				if !math.IsNaN(seconds) {
					dst[at+j] = part(moment)
				}
			}
		}
		return nil
	}
}

package question

import (
	"time"

	"labbook/internal/data/table"
)

// Calendar are the parts that a date is expanded into: those that differ between
// rows, and for trees the time that they are parts of, where there are years: what
// changes once, at a moment, is one threshold there, and several of the parts.
// Linear models see a year, a week and a day as circles.
type Calendar struct {
	Column        string
	Trees, Linear []string
}

// calendars gives the parts of each date that is not dropped.
func (q *Question) calendars(columns []*column) {
	for _, c := range columns {
		if c.Type == table.Date && !is(c.Name, q.Of(Dropped)) {
			q.Dates = append(q.Dates, calendarOf(c.Column))
		}
	}
}

func calendarOf(c *table.Column) Calendar {
	const year, month, weekday, day, minute = 0, 1, 2, 3, 4
	var first, before [5]int
	var varies [5]bool
	seen := false
	for _, seconds := range c.Num {
		if seconds != seconds {
			continue
		}
		t := time.Unix(int64(seconds), 0).UTC()
		parts := [5]int{t.Year(), int(t.Month()), int(t.Weekday()), t.Day(), 60*t.Hour() + t.Minute()}
		if !seen {
			first, seen = parts, true
		}
		if parts == before {
			continue
		}
		before = parts
		for i := range parts {
			varies[i] = varies[i] || parts[i] != first[i]
		}
	}
	out := Calendar{Column: c.Name}
	for _, part := range []struct {
		varies        bool
		trees, linear string
	}{
		{varies[year], "time", ""},
		{varies[year], "year", "year"},
		{varies[month], "month", "year_cycle"},
		{varies[day] && varies[weekday], "weekday", "week_cycle"},
		{varies[day] && varies[month], "yearday", ""},
		{varies[minute], "hour", "day_cycle"},
	} {
		if part.varies {
			out.Trees = append(out.Trees, part.trees)
			if part.linear != "" {
				out.Linear = append(out.Linear, part.linear)
			}
		}
	}
	if out.Trees == nil { // all at one moment, or within a minute
		out.Trees, out.Linear = []string{"time"}, []string{"time"}
	}
	return out
}

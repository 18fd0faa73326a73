package csvfile

import (
	"time"
)

// Layouts are the forms of dates that are recognised without being declared,
// in the order in which they are tried.
var Layouts = []string{
	time.DateOnly,
	time.DateTime,
	"2006-01-02T15:04:05",
	time.RFC3339,
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006/01/02",
}

// parseDate gives the seconds since 1970 in UTC; a time without a zone is
// taken as UTC.
func parseDate(b []byte, layout string) (float64, bool) {
	if layout == time.DateOnly && len(b) == len(layout) {
		return parseDay(b)
	}
	t, err := time.Parse(layout, string(b))
	if err != nil {
		return 0, false
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9, true
}

// parseDay is parseDate for 2006-01-02, which most dates are.
func parseDay(b []byte) (float64, bool) {
	if b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	number := func(digits []byte) (v int) {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return -1 << 20
			}
			v = 10*v + int(c-'0')
		}
		return v
	}
	year, month, day := number(b[:4]), number(b[5:7]), number(b[8:])
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 0 || int(t.Month()) != month || t.Day() != day {
		return 0, false // also the 30th of February
	}
	return float64(t.Unix()), true
}

// layoutOf gives the first of Layouts that fits, or "".
func layoutOf(b []byte) string {
	if len(b) < 8 || len(b) > 40 {
		return ""
	}
	for _, l := range Layouts {
		if _, ok := parseDate(b, l); ok {
			return l
		}
	}
	return ""
}

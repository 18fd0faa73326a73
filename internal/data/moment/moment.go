// Package moment reads and writes dates and times in the forms that files have
// them in, and finds the form of values of which nothing is known.
//
// A form is a layout of package time, 2 January 2006, 15:04:05 written in it,
// or one of those that no layout can say: Unix and UnixMilli, and the layouts
// with W01 or Q1, the week of ISO 8601 and the quarter. A moment is the seconds
// since 1970 in UTC. What has no zone is taken as UTC, what has no date is on
// 1 January 1970, and two digits are a year from 1969 to 2068.
package moment

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// The forms that count from the beginning of 1970, in UTC.
const (
	Unix      = "unix"    // seconds
	UnixMilli = "unix-ms" // milliseconds
)

// Counts says that values of the form are numbers.
func Counts(form string) bool { return form == Unix || form == UnixMilli }

// Parse gives the seconds since 1970; ok is false where the text does not have
// the form, or is no moment, as the 30th of February.
func Parse(form, text string) (seconds float64, ok bool) {
	switch {
	case form == time.DateOnly && len(text) == len(form):
		return parseDay(text)
	case Counts(form):
		return parseCount(form, text)
	case periodOf(form) != nil:
		return periodOf(form).parse(form, text)
	}
	t, err := time.Parse(form, text)
	if err != nil || strings.Contains(form, "MST") && !isUTC(t) {
		return 0, false
	}
	if t.Year() == 0 && !strings.Contains(form, "06") { // a time of day
		t = t.AddDate(1970, 0, 0)
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9, true
}

// isUTC says that the zone's name says which it is: of others, such as CST,
// nobody knows whose they are, and package time takes them as no shift.
func isUTC(t time.Time) bool {
	name, _ := t.Zone()
	return name == "UTC" || name == "GMT" || name == "UT"
}

// Format writes a moment in the form.
func Format(form string, seconds float64) string {
	switch {
	case form == Unix:
		return strconv.FormatFloat(seconds, 'f', -1, 64)
	case form == UnixMilli:
		return strconv.FormatFloat(math.Round(seconds*1e3), 'f', -1, 64)
	}
	whole, part := math.Modf(seconds)
	t := time.Unix(int64(whole), int64(math.Round(part*1e9))).UTC()
	if p := periodOf(form); p != nil {
		return p.format(form, t)
	}
	return t.Format(form)
}

// Like gives a moment in the form, for messages.
func Like(form string) string {
	switch form {
	case Unix:
		return "1136214245, the seconds since 1970"
	case UnixMilli:
		return "1136214245000, the milliseconds since 1970"
	}
	return form
}

// Valid says that the form has enough in it to tell one moment from another: a
// year, or a time of day.
func Valid(form string) bool {
	return Counts(form) || strings.Contains(form, "06") || clock(form)
}

// clock says that the form has a time of day.
func clock(form string) bool { return strings.Contains(form, "04") }

// parseDay is Parse for 2006-01-02, which most dates are.
func parseDay(text string) (float64, bool) {
	if text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	year, month, day := digits(text[:4]), digits(text[5:7]), digits(text[8:])
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 0 || int(t.Month()) != month || t.Day() != day {
		return 0, false // also the 30th of February
	}
	return float64(t.Unix()), true
}

// digits gives the number, far below 0 where there is something else.
func digits(text string) (v int) {
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return -1 << 20
		}
		v = 10*v + int(c-'0')
	}
	return v
}

func parseCount(form, text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e15 {
		return 0, false
	}
	if form == UnixMilli {
		v /= 1e3
	}
	return v, true
}

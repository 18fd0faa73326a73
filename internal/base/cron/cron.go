// Package cron reads the five fields of crontab(5), minute, hour, day of the month,
// month and day of the week, and says when they next hold on a zone's clock. A
// field is *, a number, a range, or several with commas, each with a step:
// "*/15 6-18 * * 1-5". Where both days are restricted either suffices, as in cron.
package cron

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Times are the minutes at which something is due.
type Times struct {
	minute, hour, day, month, weekday uint64 // bits
	either                            bool   // both days are restricted
	zone                              *time.Location
}

var fields = []struct {
	name        string
	first, last int
}{{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 7}}

// Parse reads five fields, of the clock of a zone.
func Parse(text string, zone *time.Location) (*Times, error) {
	words := strings.Fields(text)
	if len(words) != len(fields) {
		return nil, fmt.Errorf("%q has %d fields, not minute, hour, day, month and day of the week", text, len(words))
	}
	t := &Times{zone: zone}
	for i, to := range []*uint64{&t.minute, &t.hour, &t.day, &t.month, &t.weekday} {
		for part := range strings.SplitSeq(words[i], ",") {
			bits, ok := parse(part, fields[i].first, fields[i].last)
			if !ok {
				return nil, fmt.Errorf("%q is no %s from %d to %d", part, fields[i].name, fields[i].first, fields[i].last)
			}
			*to |= bits
		}
	}
	t.weekday |= t.weekday >> 7 & 1 // 7 is Sunday too
	t.either = words[2][0] != '*' && words[4][0] != '*'
	if t.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("%q is never", text)
	}
	return t, nil
}

// parse reads *, 5, 1-5, */2 or 1-9/2 as bits.
func parse(part string, first, last int) (bits uint64, ok bool) {
	span, by, stepped := strings.Cut(part, "/")
	step, low, high := 1, first, last
	var err error
	if stepped {
		if step, err = strconv.Atoi(by); err != nil || step < 1 {
			return 0, false
		}
	}
	if span != "*" {
		from, to, ranged := strings.Cut(span, "-")
		if low, err = strconv.Atoi(from); err != nil {
			return 0, false
		}
		if high = low; ranged {
			if high, err = strconv.Atoi(to); err != nil {
				return 0, false
			}
		} else if stepped {
			return 0, false
		}
	}
	if low < first || high > last || low > high {
		return 0, false
	}
	for ; low <= high; low += step {
		bits |= 1 << low
	}
	return bits, true
}

// Next gives the first time after that one, the zero time if there is none within
// 28 years, after which the calendar repeats but for centuries. What the clock
// leaves out in spring is due as far after the change; what it shows twice in
// autumn is due once.
func (t *Times) Next(after time.Time) time.Time {
	after = after.In(t.zone)
	y, mo, d := after.Date()
	for ahead := -1; ahead < 28*366; ahead++ {
		day := time.Date(y, mo, d+ahead, 12, 0, 0, 0, time.UTC)
		if !t.on(day) {
			continue
		}
		var first time.Time
		for h := range 24 {
			for m := range 60 {
				if t.hour>>h&1 == 0 || t.minute>>m&1 == 0 {
					continue
				}
				at := time.Date(day.Year(), day.Month(), day.Day(), h, m, 0, 0, t.zone)
				for _, back := range []time.Duration{time.Hour, 30 * time.Minute} {
					if e := at.Add(-back); e.Hour() == h && e.Minute() == m {
						at = e // the clock shows it twice
					}
				}
				if at.After(after) && (first.IsZero() || at.Before(first)) {
					first = at
				}
			}
		}
		if !first.IsZero() {
			return first
		}
	}
	return time.Time{}
}

func (t *Times) on(day time.Time) bool {
	inMonth, inWeek := t.day>>day.Day()&1 == 1, t.weekday>>int(day.Weekday())&1 == 1
	if t.month>>int(day.Month())&1 == 0 {
		return false
	}
	if t.either {
		return inMonth || inWeek
	}
	return inMonth && inWeek
}

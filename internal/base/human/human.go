// Package human writes times, sizes and counts the way people read them, on
// the command line and in the report alike, and reads sizes. Nothing written
// here is parsed again or hashed. (Package metrics writes what was measured.)
package human

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration writes d with the precision that matters at its size: 850 µs, 4 ms,
// 1.3 s, 2 min 5 s, 3 h 20 min.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d == 0:
		return "0 ms"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", math.Floor(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// Age writes how old something is, in its largest unit: 9 days, 3 h, 12 min.
func Age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return Count(int(d.Hours()/24), "day")
}

// Bytes writes a size in powers of 1000, as disks and networks are sold:
// 812 B, 4.2 kB, 1.3 GB.
func Bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		if v /= 1000; v < 999.5 {
			break
		}
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.0f %s", v, unit)
}

// ParseBytes reads a size as people write it: a number with B, kB, MB, GB or TB,
// powers of 1000, or without a unit; and whether it is one, from 0 to 10^18.
func ParseBytes(text string) (n int64, ok bool) {
	number, factor := strings.TrimSpace(text), 1.0
	for _, unit := range []struct {
		suffix string
		factor float64
	}{{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}} {
		if rest, ok := strings.CutSuffix(number, unit.suffix); ok {
			number, factor = strings.TrimSpace(rest), unit.factor
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0) || v*factor > 1e18 {
		return 0, false
	}
	return int64(v * factor), true
}

// Count writes a count with its noun: 1 stage, 12 stages, 53,940 rows. The
// plural is the noun with an s.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Int(n) + " " + noun + "s"
}

// Verb gives the form of a verb that fits a count: 1 row has, 2 rows have.
func Verb(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}

// Time writes a moment in UTC, to the second.
func Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2 January 2006, 15:04:05") + " UTC"
}

// Short cuts a digest to what people compare by eye.
func Short(digest string) string {
	if len(digest) > 12 {
		return digest[:12]
	}
	return digest
}

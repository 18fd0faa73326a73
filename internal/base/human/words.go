package human

import (
	"fmt"
	"strings"
)

// Percent writes a share of a whole: "7.8%"; "–" where the whole is nothing.
func Percent(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	share := 100 * float64(part) / float64(whole)
	switch {
	case part > 0 && share < 0.1:
		return "under 0.1%"
	case share < 10 && part > 0:
		return fmt.Sprintf("%.1f%%", share)
	}
	return fmt.Sprintf("%.0f%%", share)
}

// List names at most eight things.
func List(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}

// And joins a few things as people do: "a, b and c". Of many it is a List.
func And(parts []string) string {
	if len(parts) > 9 {
		return List(parts)
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// Clip cuts a text to that many letters, the last of them then being "…".
func Clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

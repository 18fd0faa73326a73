package explore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/data/table"
)

func count(n int, noun string) string { return human.Count(n, noun) }

func areColumns(n int) string {
	if n == 1 {
		return "1 column is"
	}
	return fmt.Sprintf("%d columns are", n)
}

func percent(part, whole int) string {
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

// list names at most eight things.
func list(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}

func and(parts []string) string {
	if len(parts) > 9 {
		return list(parts)
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

func only(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return ""
}

func quoted(s string) string { return strconv.Quote(cut(s, 40)) }

func cut(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}

// value writes a number of a column as its type is read.
func (p *Profile) value(v float64) string {
	if p.Type == table.Date && v == v {
		return time.Unix(int64(v), 0).UTC().Format("2006-01-02")
	}
	text := human.Digits(v, 4)
	if strings.Contains(text, ".") && !strings.Contains(text, "e") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// title is the column's name with its unit.
func (p *Profile) title() string {
	if p.Unit != "" {
		return p.Name + " (" + p.Unit + ")"
	}
	return p.Name
}

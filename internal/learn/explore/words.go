package explore

import (
	"fmt"
	"strconv"
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

func only(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return ""
}

func quoted(s string) string { return strconv.Quote(human.Clip(s, 40)) }

// Write writes a number of the column as its type is read.
func (p *Profile) Write(v float64) string {
	if p.Type == table.Date && v == v {
		return time.Unix(int64(v), 0).UTC().Format("2006-01-02")
	}
	return human.Trimmed(v, 4)
}

// Title is the column's name with its unit.
func (p *Profile) Title() string {
	if p.Unit != "" {
		return p.Name + " (" + p.Unit + ")"
	}
	return p.Name
}

package question

import (
	"strings"

	"labbook/internal/data/table"
)

// Alike are levels of a category that differ by case or blanks only, and may be
// meant as one.
type Alike struct {
	Column string
	Levels [][]string // of each that may be meant, the ways in which it is written; the most frequent first
	Rest   []string   // the other levels
}

// alike gives the levels of a category that may be meant as one, nil for none.
func (c *column) alike() *Alike {
	if c.Type != table.Category {
		return nil
	}
	ways := map[string][]string{}
	var order []string
	for _, class := range classesOf(c.Column) {
		plain := strings.ToLower(strings.Join(strings.Fields(class.Name), " "))
		if ways[plain] == nil {
			order = append(order, plain)
		}
		ways[plain] = append(ways[plain], class.Name)
	}
	out := &Alike{Column: c.Name}
	for _, plain := range order {
		if len(ways[plain]) > 1 {
			out.Levels = append(out.Levels, ways[plain])
		} else {
			out.Rest = append(out.Rest, ways[plain][0])
		}
	}
	if out.Levels == nil {
		return nil
	}
	return out
}

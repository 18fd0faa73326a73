package csvfile

import (
	"slices"

	"labbook/internal/data/table"
)

// parseOpen reads a file that may have no header: then the first line looks like
// the others.
func parseOpen(data []byte, o Options) (*File, Options, error) {
	f, err := Parse(data, o)
	if err == nil && !headless(f.Table) {
		return f, o, nil
	}
	bare := o
	bare.Bare = true
	g, bareErr := Parse(data, bare)
	if bareErr != nil || err != nil && !rowLike(g) {
		return f, o, err
	}
	return g, bare, nil
}

// headless says that the names of the columns look like values: numbers above
// numbers, which do not count on as years do, and levels above the same levels.
func headless(t *table.Table) bool {
	fits, numbers := 0, []float64(nil)
	for _, c := range t.Columns {
		switch {
		case c.Name == Unnamed: // it may be a gap
		case c.Type == table.Number:
			v, form := parseNumber([]byte(c.Name), '.')
			if !form.isNumber() {
				return false
			}
			numbers = append(numbers, v)
			fits++
		case c.Type == table.Category:
			if !slices.Contains(c.Levels, c.Name) {
				return false
			}
			fits++
		}
	}
	return 2*fits > len(t.Columns) && !countsOn(numbers)
}

// countsOn says that each number is as far from the one before, as years are;
// of two that they follow one another.
func countsOn(numbers []float64) bool {
	for i := 2; i < len(numbers); i++ {
		if numbers[i]-numbers[i-1] != numbers[1]-numbers[0] {
			return false
		}
	}
	return len(numbers) > 2 || len(numbers) == 2 && numbers[1] == numbers[0]+1
}

// rowLike says that a file that was read without a header has its first row like
// the others: it has numbers where they have.
func rowLike(f *File) bool {
	return f.Line(0) == 1 && slices.ContainsFunc(f.Table.Columns, func(c *table.Column) bool { return c.Type == table.Number && !c.IsMissing(0) })
}

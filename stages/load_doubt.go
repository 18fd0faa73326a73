package stages

import (
	"fmt"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/dataset"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/runner/stage"
)

// doubtful warns of columns from which nothing can be learned, which are more
// often a slip than meant.
func doubtful(c *stage.Context, t *table.Table, p *loadParams) {
	formula := map[string]string{}
	for _, derived := range p.Derive {
		formula[derived.Key] = derived.Value
	}
	warn := func(column string, count int, format string, args ...any) {
		c.Warn(notebook.Finding{Column: column, Count: count, Text: column + " " + fmt.Sprintf(format, args...)})
	}
	for _, column := range t.Columns {
		s := table.Outline(column)
		source, derived := formula[column.Name]
		if derived {
			source = ": " + source
		}
		switch {
		case s.Count == 0 && derived:
			warn(column.Name, t.Rows(), "is missing in every row%s", source)
		case s.Count == 0:
			warn(column.Name, t.Rows(), "has no value in any row")
		case t.Rows() > 1 && constant(column):
			warn(column.Name, t.Rows(), "is %s in every row%s: nothing can be learned from it", human.Clip(column.String(0), 40), source)
		}
	}
}

// constant says whether all rows have the same value, and none lacks it.
func constant(c *table.Column) bool {
	first := c.String(0)
	for row := range c.Len() {
		if c.String(row) != first {
			return false
		}
	}
	return first != ""
}

// unlikeOthers warns of files that are unlike the others: they may be of another kind.
func unlikeOthers(c *stage.Context, files []dataset.Unlike) {
	for _, u := range files {
		c.Warn(checks.UnlikeOthers.Finding("", u.Rows, "%s is unlike the other files: %s", u.File, strings.Join(u.Reasons, "; ")))
	}
}

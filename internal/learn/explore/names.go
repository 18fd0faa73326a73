package explore

import (
	"strings"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// NamesRows says why a column names rows rather than says something about them;
// "" where it does not. A model that learns from it learns the rows by heart.
//
// Values that are never equal are no proof: a measure may be fine enough. But
// whole numbers that were measured are equal about as often as they are next to
// each other. Where many are next to each other and none equal, somebody dealt
// them out.
func (p *Profile) NamesRows() string {
	const (
		row = "looks like a row number"
		own = "has a value of its own in every row, as an identifier has"
	)
	unique := p.Distinct == p.Rows && p.Rows > 1
	switch {
	case p.Name == csvfile.Unnamed && (p.Steps || unique):
		return "has no name in the header and a value of its own in every row, as names of rows have"
	case p.Rows < 10 || !unique:
		return ""
	case p.Type == table.Number && p.calendar():
		return ""
	case p.Type == table.Number && p.Steps:
		return row
	case p.Type == table.Number && p.Integer && (p.Next >= 10 || p.Rows >= 100 && idName(p.Name)),
		p.Type == table.Category,
		p.Type == table.Text && p.Max <= 40 && p.Max-p.Min <= 8:
		return own
	}
	return ""
}

// calendar says that the numbers can be years: a row for each is a series, and
// its years say something.
func (p *Profile) calendar() bool { return p.Integer && p.Min >= 1500 && p.Max <= 2200 }

func idName(name string) bool {
	low := strings.ToLower(name)
	return low == "id" || strings.HasSuffix(low, "_id") || strings.HasSuffix(low, " id") || low == "index" || low == "unnamed: 0"
}

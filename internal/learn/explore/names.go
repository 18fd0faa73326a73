package explore

import (
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// NamesRows says why a column names rows rather than says something about them;
// "" where it does not. A model that learns from it learns the rows by heart.
//
// Values that are never equal are no proof: a measure may be fine enough. But
// whole numbers that were measured are equal about as often as they are next to
// each other, and some of many within a narrow range are. Where none are,
// somebody dealt them out.
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
	case p.Type == table.Number && p.Integer && (p.Next >= 10 || p.ties() >= 10),
		p.Type == table.Category,
		p.Type == table.Text && p.Max <= 40 && p.Max-p.Min <= 8:
		return own
	}
	return ""
}

// calendar says that the numbers can be years: a row for each is a series, and
// its years say something.
func (p *Profile) calendar() bool { return p.Integer && p.Min >= 1500 && p.Max <= 2200 }

// ties gives how many pairs of whole numbers would be equal at least if they fell
// at random between the least and the greatest of them.
func (p *Profile) ties() float64 {
	n := float64(p.Count)
	return n * (n - 1) / 2 / (p.Max - p.Min + 1)
}

// Package question makes a question of a table: what is predicted, from which
// columns, and judged on which rows. It decides by what the columns hold, never
// by what they are called, and gives for each decision the reason and what says
// otherwise. Where the evidence is thin nothing is decided, and an Offer says
// which flag would.
package question

import (
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Wishes are what a person decided beforehand; what they leave out, the columns
// decide.
type Wishes struct {
	Target string
	Task   metrics.Task
	Time   string   // the column that orders the rows
	Group  []string // whose equal values stay on one side
	Drop   []string // what nothing is learned from
	Text   []string // what is learned from word by word; they are read as texts
}

// Question is what was decided.
type Question struct {
	Target  Target
	Columns []Decision // about the other columns, in the table's order; none about what is as usual
	Split   Split
	Dates   []Calendar // of the dates that are learned from
	Alike   []Alike    // categories with levels that may be meant as one
	Offers  []Offer    // what was seen and not decided
	Seen    []Seen     // all that was looked at, in the table's order
	// Evidence is what was found on the way to the split, a line each.
	Evidence []string
	Plain    bool // whether there are numbers, categories or dates to learn from
	Rows     int
}

// Role is what becomes of a column.
type Role string

// The roles that a column has for a reason.
const (
	Dropped Role = "dropped" // no feature is made of it
	Words   Role = "text"    // it is learned from word by word
	Trees   Role = "trees"   // linear models do not read it
)

// Decision is what becomes of a column.
type Decision struct {
	Column string
	Role   Role
	Why    string // "has a value of its own in every row"
}

// Offer is something that may be so, and the flag that says it is.
type Offer struct{ What, Flag string }

// Seen is what was found in a column.
type Seen struct{ Column, What string }

// Ask looks at the table. Its errors are *diag.Error.
func Ask(t *table.Table, w Wishes) (*Question, error) {
	if err := w.check(t); err != nil {
		return nil, err
	}
	target := t.Column(w.Target)
	q := &Question{Rows: t.Rows()}
	var err error
	if q.Target, err = targetOf(target, w.Task); err != nil {
		return nil, err
	}
	columns := lookAt(t, w)
	for _, c := range columns {
		q.Seen = append(q.Seen, Seen{c.Name, c.found()})
	}
	q.divide(columns, w)
	if err := q.answerable(target); err != nil {
		return nil, err
	}
	q.split(t, columns, w)
	q.calendars(columns)
	for _, c := range columns {
		if a := c.alike(); a != nil && !is(c.Name, q.Of(Dropped)) {
			q.Alike = append(q.Alike, *a)
		}
	}
	return q, nil
}

// check refuses wishes that name what there is not, or contradict each other.
func (w *Wishes) check(t *table.Table) error {
	for _, flag := range []struct {
		name    string
		columns []string
	}{{"target", []string{w.Target}}, {"time", optional(w.Time)}, {"group", w.Group}, {"drop", w.Drop}, {"text", w.Text}} {
		for _, name := range flag.columns {
			if t.Column(name) == nil {
				return &diag.Error{What: fmt.Sprintf("--%s names a column that there is not", flag.name), Found: fmt.Sprintf("%q", name),
					Hint: diag.DidYouMean(name, t.Names())}
			}
			if name == w.Target && flag.name != "target" {
				return &diag.Error{What: fmt.Sprintf("--%s names the target", flag.name), Found: fmt.Sprintf("%q", name), Wanted: "another column",
					Hint: "name another column, or another --target"}
			}
		}
	}
	if c := t.Column(w.Time); w.Time != "" && c.Type != table.Date && c.Type != table.Number {
		return &diag.Error{What: "--time names a column that is no time", Found: fmt.Sprintf("%q, a %s", w.Time, c.Type), Wanted: "a date or a number",
			Hint: "declare its type: date with its layout in a load stage, or choose another column"}
	}
	return nil
}

func optional(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// Of gives the columns that have a role.
func (q *Question) Of(role Role) (names []string) {
	for _, d := range q.Columns {
		if d.Role == role {
			names = append(names, d.Column)
		}
	}
	return names
}

func (q *Question) decide(column string, role Role, format string, args ...any) {
	q.Columns = append(q.Columns, Decision{column, role, fmt.Sprintf(format, args...)})
}

// answerable refuses what no pipeline could learn from.
func (q *Question) answerable(target *table.Column) error {
	if q.Plain || len(q.Of(Words)) > 0 {
		return nil
	}
	return &diag.Error{What: fmt.Sprintf("there is nothing to predict %q from", target.Name),
		Found: "no other column of numbers, categories, dates or texts of some words", Hint: "add columns to the file"}
}

// is says whether a name is among some.
func is(name string, among []string) bool { return slices.Contains(among, name) }

// Package partition divides the rows of a table into a training and a test
// part.
package partition

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
)

// The ways to divide. Any other By is the name of a column that says train or
// test.
const (
	Hash       = "hash"
	Stratified = "stratified"
	Time       = "time"
	Given      = "column"
)

// Options says how to divide.
type Options struct {
	By     string
	Column string   // the strata, the time or the given parts
	Test   float64  // share of the rows, within (0, 1)
	Seed   uint64   // of the hash
	Group  []string // columns; rows with equal values in them stay together
	// Gap is how long before the test part training ends, by Time: a duration
	// such as 7d where the column is a date, else a number; "" is none.
	Gap string
	// Folds and Repeats are passed on to the Structure.
	Folds, Repeats int
	// Together lists rows that are to stay together besides.
	Together [][]int
	Cores    int // at most this many goroutines; 0 means 1
}

// Parts are the row numbers of each part, ascending.
type Parts struct {
	Train, Test []int
	Undated     int // rows without a time, which are in Train
	// Rows in neither part: Close to the test part, within the gap, or Known, of
	// a group that begins before the test part does.
	Close, Known int
}

// Divide divides the rows. What is wrong is a *diag.Error.
func Divide(t *table.Table, o Options) (*Parts, error) {
	if err := o.CheckColumns(t.Names()); err != nil {
		return nil, err
	}
	s, err := o.Structure(t)
	if err != nil {
		return nil, err
	}
	var parts *Parts
	switch o.By {
	case Hash:
		parts = byHash(t, s, o)
	case Stratified:
		parts, err = byStrata(t, s, o)
	case Time:
		parts, err = byTime(t, s, o)
	default:
		parts, err = byColumn(t.Column(o.column()))
	}
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name string
		rows []int
	}{{"training", parts.Train}, {"test", parts.Test}} {
		if len(part.rows) == 0 {
			return nil, &diag.Error{What: "the " + part.name + " part is empty", Found: parts.found(t.Rows()), Hint: parts.hint()}
		}
	}
	return parts, nil
}

// CheckColumns says which options name a column that is none of these, as
// errors of package params.
func (o Options) CheckColumns(columns []string) error {
	option := "column"
	if o.column() == o.By {
		option = "by"
	}
	return errors.Join(params.NoColumn(option, o.column(), columns), params.NoColumns("group", o.Group, columns))
}

// column gives the name of the column that By needs, or "".
func (o Options) column() string {
	switch o.By {
	case Hash:
		return ""
	case Stratified, Time, Given:
		return o.Column
	}
	return o.By
}

// Consumes gives the name of the column that has served its purpose once the
// rows are divided, or "".
func (o Options) Consumes() string {
	if o.By == Stratified || o.By == Time {
		return ""
	}
	return o.column()
}

// Structure gives what the options say of how the rows of t belong together; the
// rows of Together are those of t.
func (o Options) Structure(t *table.Table) (*Structure, error) {
	s := &Structure{Groups: o.Group, Folds: o.Folds, Repeats: o.Repeats, Together: o.Together}
	var err error
	switch o.By {
	case Stratified:
		s.Strata = o.Column
	case Time:
		s.Time = o.Column
		s.Gap, err = gapOf(o.Gap, t.Column(o.Column))
	}
	return s, err
}

// byHash puts a row into the test part when its hash is below the share. That
// depends on nothing but the row (or its group) and the seed, so no row changes
// sides when others come or go, and equal rows are on the same side. A row
// without a group stands for itself.
func byHash(t *table.Table, s *Structure, o Options) *Parts {
	digests := groupDigests(t, o.Group, o.Cores)
	p := &Parts{}
	for row, first := range s.first(t) {
		p.add(row, digests[first].Uniform(o.Seed) < o.Test)
	}
	return p
}

// groupDigests gives the digest of each row's group, or of the row where it has
// none.
func groupDigests(t *table.Table, group []string, cores int) []table.Digest {
	digests := table.Digests(t, cores)
	if len(group) > 0 {
		for row, d := range table.Digests(t.Select(group...), cores) {
			if d != (table.Digest{}) {
				digests[row] = d
			}
		}
	}
	return digests
}

// together gives every row the side of the first of its group.
func (p *Parts) together(first []int) *Parts {
	test := make([]bool, len(first))
	for _, row := range p.Test {
		test[row] = true
	}
	out := &Parts{Undated: p.Undated}
	for row, f := range first {
		out.add(row, test[f])
	}
	return out
}

// found says what became of all the rows where a part is empty.
func (p *Parts) found(rows int) string {
	said := human.Count(rows, "row") + " in all"
	if p.Known > 0 {
		said += ", " + human.Int(p.Known) + " of them after the cut and of groups with rows before it"
	}
	if p.Close > 0 {
		said += ", " + human.Int(p.Close) + " of them within the gap"
	}
	return said
}

// hint says what to do about an empty part.
func (p *Parts) hint() string {
	switch {
	case len(p.Test) == 0 && p.Known > 0:
		return "after the cut there are only groups with earlier rows: leave group out, or split by hash with group"
	case len(p.Train) == 0 && p.Close > 0:
		return "make the gap shorter, or the share of test smaller"
	}
	return "change the share of test, the seed or the column, or load more rows"
}

func (p *Parts) add(row int, test bool) {
	if test {
		p.Test = append(p.Test, row)
	} else {
		p.Train = append(p.Train, row)
	}
}

// strata is into how many quantiles a number is cut to stratify by it.
const strata = 10

// byStrata puts the share of every stratum with the lowest hashes into the
// test part, so that the parts are alike in the column. Equal rows stay
// together, but a row may change sides when others join. Groups are drawn whole,
// in the order of their hashes, as they suit the share of every stratum.
func byStrata(t *table.Table, s *Structure, o Options) (*Parts, error) {
	if len(o.Group) > 0 {
		l, err := s.Layout(t)
		if err != nil {
			return nil, err
		}
		return l.sides(l.drawGroups(l.hashedGroups(groupDigests(t, o.Group, o.Cores), o.Seed), o.Test)), nil
	}
	stratum, err := strataOf(t.Column(o.Column))
	if err != nil {
		return nil, err
	}
	members := map[int][]int{}
	for row, s := range stratum {
		members[s] = append(members[s], row)
	}
	digests := table.Digests(t, o.Cores)
	at := make([]float64, len(digests))
	for row, d := range digests {
		at[row] = d.Uniform(o.Seed)
	}
	test := make([]bool, t.Rows())
	for _, rows := range members {
		slices.SortFunc(rows, func(a, b int) int { return cmp.Or(cmp.Compare(at[a], at[b]), cmp.Compare(a, b)) })
		n := int(math.Round(o.Test * float64(len(rows))))
		for n > 0 && n < len(rows) && at[rows[n]] == at[rows[n-1]] {
			n++
		}
		for _, row := range rows[:n] {
			test[row] = true
		}
	}
	p := &Parts{}
	for row, is := range test {
		p.add(row, is)
	}
	return p.together(s.first(t)), nil
}

// hashedGroups gives the groups in the order of the hashes of their first rows.
func (l *Layout) hashedGroups(digests []table.Digest, seed uint64) []int {
	at := make([]float64, l.groups)
	for row, g := range slices.Backward(l.group) {
		at[g] = digests[row].Uniform(seed)
	}
	order := make([]int, l.groups)
	for g := range order {
		order[g] = g
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	return order
}

// strataOf gives the stratum of each row: the level, the decile of a number, or
// -1 for a missing value.
func strataOf(c *table.Column) ([]int, error) {
	out := make([]int, c.Len())
	switch c.Type {
	case table.Category:
		for i, code := range c.Codes {
			out[i] = int(code)
		}
	case table.Number, table.Date:
		ends := table.Summarize(c).Quantiles
		for i, v := range c.Num {
			out[i] = -1
			if !math.IsNaN(v) {
				k, _ := slices.BinarySearch(ends, v)
				out[i] = min(k, strata)
			}
		}
	default:
		return nil, &diag.Error{What: fmt.Sprintf("column %q is a text and has no strata", c.Name), Wanted: "a category or a number",
			Hint: "stratify by another column, or declare its type: category"}
	}
	return out, nil
}

// byTime puts the latest rows into the test part: the share, less where rows of
// one moment would be torn apart, or are of a group with earlier rows. Rows
// without a time are for training.
func byTime(t *table.Table, s *Structure, o Options) (*Parts, error) {
	l, err := s.Layout(t)
	if err != nil {
		return nil, err
	}
	return l.latest(o.Test), nil
}

// isTime says, as a *diag.Error, what keeps a column from being a time.
func isTime(c *table.Column) error {
	if c.Type != table.Date && c.Type != table.Number {
		return &diag.Error{What: fmt.Sprintf("column %q is no time", c.Name), Found: "a " + string(c.Type), Wanted: "a date or a number",
			Hint: "declare its type: date, with its layout"}
	}
	return nil
}

// byColumn goes by a column that says train or test.
func byColumn(c *table.Column) (*Parts, error) {
	p := &Parts{}
	for row := range c.Len() {
		value := c.String(row)
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "train", "training":
			p.add(row, false)
		case "test":
			p.add(row, true)
		default:
			return nil, &diag.Error{What: fmt.Sprintf("row %d of column %q says neither train nor test", row+1, c.Name), Found: fmt.Sprintf("%q", value),
				Wanted: "train or test", Hint: "split by hash, stratified or time, or by a column that says it for every row"}
		}
	}
	return p, nil
}

// Shared counts the rows of the test part that the training part holds too.
func Shared(train, test *table.Table) int {
	held := map[table.Digest]bool{}
	for _, d := range table.Digests(train, 1) {
		held[d] = true
	}
	n := 0
	for _, d := range table.Digests(test, 1) {
		if held[d] {
			n++
		}
	}
	return n
}

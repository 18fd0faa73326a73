package dataset

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/data/expression"
	"labbook/internal/data/table"
)

// Promise is what an Expectation is about.
type Promise string

// The promises. Rows and Dropped look at files as they are, the others at the rows kept.
const (
	Unique  Promise = "unique"  // the values of Columns together stand in one row only; rows that lack one are not compared
	Holds   Promise = "holds"   // Formula is true in every row
	Rows    Promise = "rows"    // each file has at least Least and at most Most rows
	Missing Promise = "missing" // in each file at most the share Most of the rows lacks Columns[0]
	Dropped Promise = "dropped" // of each file at most the share Most of the rows is unreadable or refused
	Shift   Promise = "shift"   // Columns[0] of each file is at most Most away from the files before it, see distances
)

// Expectation is what whoever reads relies on.
type Expectation struct {
	Promise     Promise
	Columns     []string
	Formula     string
	Least, Most *float64
	Warn        bool   // where it does not hold, a Breach; else an error
	Parameter   string // that says it, for errors: "expect[0].holds"
}

// Kept is what came of an Expectation.
type Kept struct {
	Promise Promise  `json:"promise"`
	Of      string   `json:"of,omitempty"` // columns, or the formula
	Least   *float64 `json:"least,omitempty"`
	Most    *float64 `json:"most,omitempty"`
	// Farthest is the value that is farthest from what is wanted, with its file: of
	// Unique and Holds the number of rows for which it does not hold.
	Farthest float64 `json:"farthest"`
	File     string  `json:"file,omitempty"`
	Broken   int     `json:"broken,omitempty"` // files for which it does not hold
}

// Breach is an expectation that does not hold of a file.
type Breach struct {
	Promise Promise
	Column  string // "" when it is about several, or none
	Rows    int    // concerned
	Err     *diag.Error
	file    int
	warn    bool
}

// expect compares what was read with what is expected. The breaches are in the
// order of the files, then of the expectations; of each of both there is one.
func (d *Dataset) expect(all []Expectation, parts []*part) ([]Breach, error) {
	x := &expecting{Dataset: d, parts: parts, first: d.firstRows()}
	for _, e := range all {
		x.Expectation = e
		x.kept = Kept{Promise: e.Promise, Of: strings.Join(e.Columns, ", "), Least: e.Least, Most: e.Most}
		if e.Formula != "" {
			x.kept.Of = e.Formula
		}
		for _, name := range e.Columns {
			if err := params.NoColumn(e.Parameter, name, d.Table.Names()); err != nil {
				return nil, err
			}
		}
		if err := x.look(); err != nil {
			return nil, err
		}
		d.Kept = append(d.Kept, x.kept)
	}
	slices.SortStableFunc(x.breaches, func(a, b Breach) int { return cmp.Compare(a.file, b.file) })
	return x.breaches, nil
}

// expecting is the state of one expect.
type expecting struct {
	*Dataset
	Expectation
	parts    []*part
	first    []int // row of each file in the table; one more
	kept     Kept  // of the Expectation
	breaches []Breach
}

// place gives the place of a row of the table.
func (x *expecting) place(row int) string {
	if x.rows != nil {
		row = x.rows[row]
	}
	for _, p := range x.parts {
		if row < p.Table.Rows() {
			return p.place(row)
		}
		row -= p.Table.Rows()
	}
	panic("dataset: no such row")
}

// breach notes that the expectation does not hold of a file.
func (x *expecting) breach(file, rows int, e *diag.Error) {
	column := ""
	if len(x.Columns) == 1 {
		column = x.Columns[0]
	}
	e.Hint = "mend the file, or what is expected; else: warn goes on, and reject: rejected goes on without the file"
	x.kept.Broken++
	x.breaches = append(x.breaches, Breach{Promise: x.Promise, Column: column, Rows: rows, Err: e, file: file, warn: x.Warn})
}

// look looks at the files for the expectation.
func (x *expecting) look() error {
	switch x.Promise {
	case Unique:
		x.unique()
	case Holds:
		return x.holds()
	case Rows:
		x.each(func(f int) (float64, bool) { return float64(x.Files[f].Rows), true }, func(f int, _ float64) (int, *diag.Error) {
			return x.Files[f].Rows, &diag.Error{File: x.Files[f].Name, What: "has fewer or more rows than expected", Found: human.Count(x.Files[f].Rows, "row")}
		})
	case Dropped:
		x.each(func(f int) (float64, bool) { return share(x.Files[f].Bad+x.Files[f].Refused, x.Files[f].Rows) }, func(f int, _ float64) (int, *diag.Error) {
			lost := x.Files[f].Bad + x.Files[f].Refused
			return lost, &diag.Error{File: x.Files[f].Name, What: "more of its rows are kept out than expected", Found: x.ofRows(lost, x.Files[f].Rows)}
		})
	case Missing:
		c := x.Table.Column(x.Columns[0])
		x.each(func(f int) (float64, bool) { return share(x.lacking(c, f), x.Files[f].Kept) }, func(f int, _ float64) (int, *diag.Error) {
			n := x.lacking(c, f)
			return n, &diag.Error{File: x.Files[f].Name, What: c.Name + " is missing more often than expected", Found: x.ofRows(n, x.Files[f].Kept)}
		})
	case Shift:
		return x.shift()
	}
	return nil
}

// each compares a value of each file that has one with the bounds.
func (x *expecting) each(value func(file int) (float64, bool), problem func(file int, value float64) (rows int, e *diag.Error)) {
	farthest := math.Inf(-1)
	for f := range x.Files {
		v, ok := value(f)
		if !ok {
			continue
		}
		beyond := math.Inf(-1)
		if x.Most != nil {
			beyond = v - *x.Most
		}
		if x.Least != nil {
			beyond = max(beyond, *x.Least-v)
		}
		if beyond > farthest {
			farthest, x.kept.Farthest, x.kept.File = beyond, v, x.Files[f].Name
		}
		if beyond > 0 {
			rows, e := problem(f, v)
			e.Wanted = x.kept.Wanted()
			x.breach(f, rows, e)
		}
	}
}

// Wanted says within which bounds the value should be.
func (k Kept) Wanted() string {
	words := func(v float64) string {
		switch k.Promise {
		case Rows:
			return human.Count(int(v), "row")
		case Shift:
			return human.Exact(v)
		}
		return human.Trimmed(100*v, 12) + "%"
	}
	switch {
	case k.Least != nil && k.Most != nil:
		return words(*k.Least) + " to " + words(*k.Most)
	case k.Least != nil:
		return "at least " + words(*k.Least)
	case k.Most != nil:
		return "at most " + words(*k.Most)
	}
	return ""
}

func share(part, whole int) (float64, bool) { return float64(part) / float64(whole), whole > 0 }

// ofRows says a share that is too great, with as many digits as show that it is.
func (x *expecting) ofRows(part, whole int) string {
	v, _ := share(part, whole)
	return fmt.Sprintf("%s%%, %s of %s", human.Apart(100*v, 100**x.Most, 2), human.Int(part), human.Count(whole, "row"))
}

// lacking gives how many rows of a file have no value in the column.
func (x *expecting) lacking(c *table.Column, file int) int {
	n := 0
	for row := x.first[file]; row < x.first[file+1]; row++ {
		if c.IsMissing(row) {
			n++
		}
	}
	return n
}

// wrongRows notes the rows of which the expectation does not hold, at the first of
// each file.
func (x *expecting) wrongRows(wrong func(row int) bool, problem func(row int) *diag.Error) {
	most := 0
	for f := range x.Files {
		first, n := -1, 0
		for row := x.first[f]; row < x.first[f+1]; row++ {
			if wrong(row) {
				if n++; first < 0 {
					first = row
				}
			}
		}
		if n == 0 {
			continue
		}
		e := problem(first)
		e.File = x.place(first)
		if n > 1 {
			e.What += " (and of " + human.Count(n-1, "row") + " after it)"
		}
		x.kept.Farthest += float64(n)
		if n > most {
			most, x.kept.File = n, x.Files[f].Name
		}
		x.breach(f, n, e)
	}
}

// values writes the values of some columns in a row.
func (x *expecting) values(names []string, row int) string {
	var all []string
	for _, name := range names {
		value := "nothing"
		if c := x.Table.Column(name); !c.IsMissing(row) {
			value = human.Clip(c.String(row), 40)
		}
		all = append(all, name+" "+value)
	}
	return strings.Join(all, ", ")
}

func (x *expecting) unique() {
	t := x.Table.Select(x.Columns...)
	digests := table.Digests(t, 1)
	held := make(map[table.Digest]int, len(digests))
	x.wrongRows(func(row int) bool {
		if slices.ContainsFunc(t.Columns, func(c *table.Column) bool { return c.IsMissing(row) }) {
			return false
		}
		_, twice := held[digests[row]]
		if !twice {
			held[digests[row]] = row
		}
		return twice
	}, func(row int) *diag.Error {
		return &diag.Error{What: fmt.Sprintf("%s should be of one row only: %s has the same", human.And(x.Columns), x.place(held[digests[row]])),
			Found: x.values(x.Columns, row), Wanted: "each once"}
	})
}

func (x *expecting) holds() error {
	e, err := expression.Compile(x.Formula, x.Table.Fields())
	if err != nil {
		return params.FaultOf(x.Parameter, err)
	}
	holds, err := e.Bools(x.Table)
	if err != nil {
		return params.FaultOf(x.Parameter, err)
	}
	x.wrongRows(func(row int) bool { return !holds[row] }, func(row int) *diag.Error {
		return &diag.Error{What: "what is expected is not true of the row", Found: x.values(slices.Compact(slices.Sorted(slices.Values(e.Columns()))), row), Wanted: x.Formula}
	})
	return nil
}

func (x *expecting) shift() error {
	c := x.Table.Column(x.Columns[0])
	if c.Type == table.Text {
		return params.FaultOf(x.Parameter, &diag.Error{What: "the shift of a text is not measured", Found: c.Name, Wanted: "a number, a date or a category",
			Hint: "declare its type, or derive a column of it"})
	}
	shifts := distances(c, x.first)
	x.each(func(f int) (float64, bool) { return shifts[f].distance, shifts[f].known }, func(f int, v float64) (int, *diag.Error) {
		return x.Files[f].Kept, &diag.Error{File: x.Files[f].Name, What: c.Name + " is farther from the files before it than expected", Found: human.Apart(v, *x.Most, 2) + shifts[f].words(c, f > 1)}
	})
	return nil
}

// shifted is how far the values of a file are from those of the files before it.
type shifted struct {
	known    bool    // both have values
	distance float64 // 0 to 1
	level    int     // of a category, whose share differs most
	own, old float64 // mean of a number; share of the level
}

// words says what differs.
func (s shifted) words(c *table.Column, several bool) string {
	before := "in the file before it"
	if several {
		before = "in the files before it"
	}
	switch c.Type {
	case table.Category:
		return fmt.Sprintf(": %q in %s%% of its rows, and in %s%% %s", c.Levels[s.level], human.Trimmed(100*s.own, 2), human.Trimmed(100*s.old, 2), before)
	case table.Number:
		return fmt.Sprintf(": its mean is %s, and %s %s", human.Digits(s.own, 4), human.Digits(s.old, 4), before)
	}
	return ""
}

// distances gives for each file how far the column's values are from those of the
// files before it: of numbers and dates the greatest difference of the shares that
// lie below any value (the statistic of Kolmogorov and Smirnov), of categories half
// the sum of the differences of the levels' shares (total variation). Either is 0
// where both are distributed alike and 1 where they have nothing in common.
// Missing values are left out.
func distances(c *table.Column, first []int) []shifted {
	out := make([]shifted, len(first)-1)
	if c.Type == table.Category {
		old := make([]int, len(c.Levels))
		before := 0
		for f := range out {
			own, n := make([]int, len(c.Levels)), 0
			for _, code := range c.Codes[first[f]:first[f+1]] {
				if code >= 0 {
					own[code]++
					n++
				}
			}
			s := &out[f]
			s.known = n > 0 && before > 0
			most := -1.0
			for l := range own {
				if s.known {
					a, b := float64(own[l])/float64(n), float64(old[l])/float64(before)
					s.distance += math.Abs(a-b) / 2
					if math.Abs(a-b) > most {
						most, s.level, s.own, s.old = math.Abs(a-b), l, a, b
					}
				}
				old[l] += own[l]
			}
			before += n
		}
		return out
	}
	grid := present(c.Num)
	grid = slices.Compact(grid)
	below := make(counts, len(grid)+1)
	before, sum := 0, 0.0
	for f := range out {
		own := present(c.Num[first[f]:first[f+1]])
		total := 0.0
		for _, v := range own {
			total += v
		}
		s := &out[f]
		if s.known = len(own) > 0 && before > 0; s.known {
			s.own, s.old = total/float64(len(own)), sum/float64(before)
			for i := 0; i < len(own); {
				after := i + 1
				for after < len(own) && own[after] == own[i] {
					after++
				}
				at, _ := slices.BinarySearch(grid, own[i])
				for _, d := range [2]float64{
					float64(i)/float64(len(own)) - float64(below.upTo(at))/float64(before),         // just below the value
					float64(after)/float64(len(own)) - float64(below.upTo(at+1))/float64(before)} { // at it
					s.distance = max(s.distance, math.Abs(d))
				}
				i = after
			}
		}
		for _, v := range own {
			at, _ := slices.BinarySearch(grid, v)
			below.add(at)
		}
		before, sum = before+len(own), sum+total
	}
	return out
}

// present gives the values that are there, sorted.
func present(values []float64) []float64 {
	there := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	slices.Sort(there)
	return there
}

// counts is a Fenwick tree: how many values stand at each of the places.
type counts []int32

func (c counts) add(at int) {
	for i := at + 1; i < len(c); i += i & -i {
		c[i]++
	}
}

// upTo gives how many stand at places below at.
func (c counts) upTo(at int) int {
	n := 0
	for i := at; i > 0; i -= i & -i {
		n += int(c[i])
	}
	return n
}

// refusal gives the error of breaches that are to stop, nil where there are none.
func refusal(breaches []Breach) error {
	var stop diag.List
	for _, b := range breaches {
		stop = append(stop, b.Err)
	}
	const most = 10 // that a person reads
	if len(stop) > most {
		stop[most-1].Hint = fmt.Sprintf("%s more like these; %s", human.Int(len(stop)-most), stop[most-1].Hint)
		stop = stop[:most]
	}
	return stop.Err()
}

// ShareOf makes expectations of a share by column, in the order of their names.
func ShareOf(promise Promise, most map[string]float64, parameter string, warn bool) []Expectation {
	var all []Expectation
	for _, name := range slices.Sorted(maps.Keys(most)) {
		bound := most[name]
		all = append(all, Expectation{Promise: promise, Columns: []string{name}, Most: &bound, Warn: warn, Parameter: parameter + "." + name})
	}
	return all
}

// Package dataset reads a set of files, of CSV or other formats, as one table, and
// keeps account of every row that does not get into it.
package dataset

import (
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/expression"
	"labbook/internal/data/table"
)

// Duplicates says what happens to a row that an earlier file holds already.
// Equal rows within one file stay in any case: two stones, or two answers, can
// be alike, whereas a row that comes again in another file was exported twice.
type Duplicates string

// The choices of Duplicates.
const (
	KeepAll   Duplicates = "keep"
	DropLater Duplicates = "drop"
	Refuse    Duplicates = "error"
)

// Source is a file to read: its name for people and the place of its bytes.
type Source struct{ Name, Path string }

// Options says how to read.
type Options struct {
	CSV        csvfile.Options // its Name, Like and Progress are not used
	Duplicates Duplicates
	Derive     params.Map[string] // columns to add: a name, and a formula over those before it
	Keep       string             // a formula that is true for the rows to keep; "" keeps all
	Expect     []Expectation
	// Reject leaves out a file that cannot be read like those before it, or with
	// which an expectation that is to stop does not hold; see Dataset.Rejected.
	Reject   bool
	Progress func(file string, done, total int64)
}

// Dataset is what was read.
type Dataset struct {
	Table *table.Table
	Files []File
	Rules []Rule // that dropped rows, in the order in which they were applied
	// Notices say how columns were read that may be meant otherwise: by file,
	// then column. A column is named once.
	Notices []Notice
	// Kept has what came of each expectation, and Breaches which files broke those
	// that only warn.
	Kept     []Kept
	Breaches []Breach
	Unlike   []Unlike // files that are unlike the others, in order
	// Rejected are the files that were left out, in order. Of these the rest of a
	// Dataset says nothing: it is what the other files give without them.
	Rejected []Rejected

	rows []int // of the files' tables together that were kept; nil: all
}

// File is the account of a file: Rows = Bad + Duplicates + Refused + Kept.
type File struct {
	Name  string `json:"name"`
	Rows  int    `json:"rows"`
	Blank int    `json:"blank,omitempty"` // lines, which are no rows
	// Rows kept out: unreadable ones, those that an earlier file holds, and
	// those that the keep formula refuses.
	Bad        int `json:"bad,omitempty"`
	Duplicates int `json:"duplicates,omitempty"`
	Refused    int `json:"refused,omitempty"`
	Kept       int `json:"kept"`
}

// Notice is one of a file.
type Notice struct {
	csvfile.Notice
	Place string // of the first value that it is about
}

// Rule is a reason for which rows were dropped.
type Rule struct {
	Reason string   `json:"reason"`
	Column string   `json:"column,omitempty"` // "" when it is about whole rows
	Count  int      `json:"rows"`
	Places []string `json:"places"` // of the first few: "data/diamonds.csv:332"
}

const places = 3 // kept per rule

// part is a file while it is put together with the others.
type part struct {
	*csvfile.File
	name    string
	notices []Notice
	kept    []int // rows of the file's table that are still in; nil: all
}

// place gives the place of a row that is still in.
func (p *part) place(row int) string {
	if p.kept != nil {
		row = p.kept[row]
	}
	return p.Place(p.name, row)
}

// Read reads the files in the order given. The first one says which columns
// there are, in which order, and of which types. Errors are the user's, and
// *diag.Error.
func Read(sources []Source, o Options) (*Dataset, error) {
	if o.Reject {
		return readRejecting(sources, o)
	}
	var parts []*part
	folders := partitions(sources)
	for _, source := range sources {
		p, err := readPart(source, parts, folders, o)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	d, broken, err := together(parts, o)
	if err != nil {
		return nil, err
	}
	return d, refusal(broken)
}

// together makes one table of the files, whose own tables it changes. Where files
// break what is expected and that is to stop, there is nothing but these breaches.
func together(parts []*part, o Options) (*Dataset, []Breach, error) {
	d := &Dataset{}
	d.account(parts)
	if o.Duplicates != KeepAll {
		if twice := d.dropDuplicates(parts, o.Duplicates == Refuse); twice != nil {
			return nil, []Breach{*twice}, nil
		}
	}
	tables := make([]*table.Table, len(parts))
	for i, p := range parts {
		tables[i] = p.Table
	}
	d.Table = table.Concat(tables...)
	if err := d.derive(o.Derive); err != nil {
		return nil, nil, err
	}
	if err := d.keep(o.Keep, parts); err != nil {
		return nil, nil, err
	}
	if d.Table.Rows() == 0 {
		return nil, nil, d.nothingLeft()
	}
	breaches, err := d.expect(o.Expect, parts)
	if err != nil {
		return nil, nil, err
	}
	if stop := slices.DeleteFunc(slices.Clone(breaches), func(b Breach) bool { return b.warn }); len(stop) > 0 {
		return nil, stop, nil
	}
	d.Breaches = breaches
	d.Unlike = d.unlike(parts)
	d.observe(o.CSV, parts[0].Table)
	return d, nil, nil
}

// readPart reads a file like those before it.
func readPart(source Source, before []*part, folders []folder, o Options) (*part, error) {
	options := o.CSV
	options.Name = source.Name
	if o.Progress != nil {
		options.Progress = func(done, total int64) { o.Progress(source.Name, done, total) }
	}
	if len(before) > 0 {
		options.Like, options.Columns = before[0].name, like(before, o.CSV)
	}
	file, notices, err := read(source, options, folders)
	if err != nil {
		return nil, err
	}
	return &part{File: file, name: source.Name, notices: notices}, nil
}

// account notes what the files are, which of their rows could not be read, and how
// their columns were read.
func (d *Dataset) account(parts []*part) {
	bad := newRules()
	for _, p := range parts {
		f := File{Name: p.name, Rows: p.Rows, Blank: p.Blank, Kept: p.Table.Rows()}
		for _, dropped := range p.Dropped {
			f.Bad += dropped.Count
			rule := bad.of(dropped.Reason, dropped.Column)
			rule.Count += dropped.Count
			for _, e := range dropped.Examples {
				rule.addPlace(e.Place())
			}
		}
		for _, n := range p.notices {
			if !slices.ContainsFunc(d.Notices, func(known Notice) bool { return known.Column == n.Column }) {
				d.Notices = append(d.Notices, n)
			}
		}
		d.Files = append(d.Files, f)
	}
	d.Rules = bad.list()
}

// like declares the columns as the files before have them. A column in which
// none of them has a value stays open; levels stay open unless declared.
func like(parts []*part, o csvfile.Options) []csvfile.Column {
	var columns []csvfile.Column
	for _, first := range parts[0].Table.Columns {
		c := csvfile.Column{Field: table.Field{Name: first.Name}}
		if i := slices.IndexFunc(o.Columns, func(d csvfile.Column) bool { return d.Name == first.Name }); i >= 0 {
			c = o.Columns[i]
		}
		for _, p := range parts {
			if seen := p.Table.Column(first.Name); c.Type == "" && !seen.Empty() {
				c.Type, c.Layout = seen.Type, seen.Layout
			}
		}
		columns = append(columns, c)
	}
	return columns
}

// dropDuplicates leaves out rows that an earlier file holds; where these are refused,
// it gives the first.
func (d *Dataset) dropDuplicates(parts []*part, refuse bool) *Breach {
	if len(parts) < 2 {
		return nil
	}
	type origin struct{ part, row int }
	held := map[table.Digest]origin{}
	rule := Rule{Reason: "an earlier file has the row already"}
	for i, p := range parts {
		digests := table.Digests(p.Table, 1)
		kept := make([]int, 0, len(digests))
		for row, digest := range digests {
			before, twice := held[digest]
			if !twice || before.part == i {
				held[digest] = origin{i, row}
				kept = append(kept, row)
				continue
			}
			if refuse {
				first := parts[before.part]
				return &Breach{file: i, Err: &diag.Error{File: p.Place(p.name, row),
					What: fmt.Sprintf("the row stands in %s too", first.Place(first.name, before.row)),
					Hint: "remove one of them, or say duplicates: drop or duplicates: keep"}}
			}
			rule.Count++
			rule.addPlace(p.place(row))
		}
		if n := len(digests) - len(kept); n > 0 {
			d.Files[i].Duplicates, d.Files[i].Kept = n, len(kept)
			p.Table, p.kept = p.Table.Take(kept), kept
		}
	}
	if rule.Count > 0 {
		d.Rules = append(d.Rules, rule)
	}
	return nil
}

func (d *Dataset) derive(columns params.Map[string]) error {
	if _, err := expression.Extend(columns, d.Table.Names(), ""); err != nil {
		return err
	}
	for _, derived := range columns {
		e, err := expression.Compile(derived.Value, d.Table.Fields())
		if err != nil {
			return params.FaultOf("derive."+derived.Key, err)
		}
		c, err := e.Column(derived.Key, d.Table)
		if err != nil {
			return params.FaultOf("derive."+derived.Key, err)
		}
		d.Table = d.Table.With(c)
	}
	return nil
}

// keep applies the formula, and charges every row that it refuses to the first
// of its conditions that does not hold.
func (d *Dataset) keep(formula string, parts []*part) error {
	if formula == "" {
		return nil
	}
	e, err := expression.Compile(formula, d.Table.Fields())
	if err != nil {
		return params.FaultOf("keep", err)
	}
	if _, err := e.Bools(d.Table.Take(nil)); err != nil {
		return params.FaultOf("keep", err)
	}
	rules := make([]Rule, len(e.Conjuncts()))
	kept := slices.Repeat([]bool{true}, d.Table.Rows())
	for k, condition := range e.Conjuncts() {
		holds, err := condition.Bools(d.Table)
		if err != nil {
			return err
		}
		rules[k].Reason = "keep: " + condition.String()
		first := 0 // row of the part
		for i, p := range parts {
			for row := range p.Table.Rows() {
				if at := first + row; kept[at] && !holds[at] {
					kept[at] = false
					d.Files[i].Refused++
					d.Files[i].Kept--
					rules[k].Count++
					rules[k].addPlace(p.place(row))
				}
			}
			first += p.Table.Rows()
		}
	}
	var rows []int
	for row, in := range kept {
		if in {
			rows = append(rows, row)
		}
	}
	if len(rows) < d.Table.Rows() {
		d.Table, d.rows = d.Table.Take(rows), rows
	}
	for _, r := range rules {
		if r.Count > 0 {
			d.Rules = append(d.Rules, r)
		}
	}
	return nil
}

// observe brings what the fields say of the values up to the rows kept, and notes
// in those of the files how these write them.
func (d *Dataset) observe(o csvfile.Options, files *table.Table) {
	for _, c := range d.Table.Columns {
		declared := csvfile.Column{}
		if i := slices.IndexFunc(o.Columns, func(d csvfile.Column) bool { return d.Name == c.Name }); i >= 0 {
			declared = o.Columns[i]
		}
		table.Observe(c, len(declared.Levels) > 0 || declared.Labels != nil)
		if files.Column(c.Name) != nil {
			c.Marks, c.Labels = o.MarksOf(declared), declared.Labels
		}
	}
}

func (d *Dataset) nothingLeft() error {
	e := &diag.Error{What: "no row is left", Hint: "loosen keep, min and max, or mend the files"}
	for i, r := range d.Rules {
		if i > 0 {
			e.Found += "; "
		}
		e.Found += fmt.Sprintf("%d dropped (%s)", r.Count, r.Reason)
	}
	return e
}

// Dropped gives how many rows were kept out for whatever reason.
func (d *Dataset) Dropped() int {
	n := 0
	for _, r := range d.Rules {
		n += r.Count
	}
	return n
}

// rules gathers rules by reason, in the order in which they are met.
type rules struct {
	byReason map[string]*Rule
	order    []*Rule
}

func newRules() *rules { return &rules{byReason: map[string]*Rule{}} }

func (r *rules) of(reason, column string) *Rule {
	rule := r.byReason[reason]
	if rule == nil {
		rule = &Rule{Reason: reason, Column: column}
		r.byReason[reason] = rule
		r.order = append(r.order, rule)
	}
	return rule
}

func (r *rules) list() []Rule {
	var all []Rule
	for _, rule := range r.order {
		all = append(all, *rule)
	}
	return all
}

func (r *Rule) addPlace(place string) {
	if len(r.Places) < places {
		r.Places = append(r.Places, place)
	}
}

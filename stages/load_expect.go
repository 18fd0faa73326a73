package stages

import (
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/dataset"
	"labbook/internal/data/expression"
	"labbook/internal/learn/checks"
	"labbook/runner/stage"
)

// loadExpectation is a promise; just one of its parameters but else is given.
type loadExpectation struct {
	Unique  params.Strings     `yaml:"unique" key:"set" names:"column" doc:"Columns whose values together stand in one row only. Rows that lack one of them are not compared."`
	Holds   string             `yaml:"holds" key:"set" names:"formula" doc:"Formula that is true in every row kept. A comparison with a missing value is not."`
	Rows    *loadRows          `yaml:"rows" key:"set" doc:"How many rows each file has."`
	Missing map[string]float64 `yaml:"missing" key:"set" names:"column" range:"[0,1]" doc:"Greatest share of each file's rows without a value, by column."`
	Dropped *float64           `yaml:"dropped" key:"set" range:"[0,1]" doc:"Greatest share of each file's rows that bad_rows or keep keeps out."`
	Shift   map[string]float64 `yaml:"shift" key:"set" names:"column" range:"[0,1]" doc:"How far a column of each file may be from the files before it in the order of names, by column: of numbers and dates the greatest difference of the shares below any value (Kolmogorov and Smirnov), of categories half the sum of the differences of shares. 0 is alike, 1 nothing in common; chance alone makes about 1.4 by the root of the number of rows."`
	Else    string             `yaml:"else" doc:"What happens where it is not so." enum:"stop|warn"`
}

// loadRows is how many rows a file has.
type loadRows struct {
	Min *int `yaml:"min" key:"set" range:"[0,inf)" doc:"At least so many."`
	Max *int `yaml:"max" key:"set" range:"[0,inf)" doc:"At most so many."`
}

// SetDefaults implements what package params asks for.
func (x *loadExpectation) SetDefaults() { x.Else = "stop" }

// Resolve implements what stage.Kind.Params asks for.
func (x *loadExpectation) Resolve() error {
	given := x.given()
	switch {
	case len(given) != 1:
		found := "none"
		if len(given) > 0 {
			found = human.And(given)
		}
		return params.Fault("", "an expectation has "+found+" of the promises", "one of unique, holds, rows, missing, dropped, shift", "write one promise an entry: - unique: [id]")
	case x.Rows != nil && x.Rows.Min == nil && x.Rows.Max == nil:
		return params.Fault("rows", "neither min nor max is given", "one of them, or both", "write rows: {min: 100}")
	case x.Rows != nil && x.Rows.Min != nil && x.Rows.Max != nil && *x.Rows.Min > *x.Rows.Max:
		return params.Fault("rows.min", "min is above max", "", "exchange them")
	case x.Holds != "":
		if err := expression.Check(x.Holds, nil); err != nil {
			return params.FaultOf("holds", err)
		}
	}
	return nil
}

// given names the promises that are given.
func (x *loadExpectation) given() []string {
	var names []string
	for _, p := range []struct {
		name  string
		given bool
	}{{"unique", len(x.Unique) > 0}, {"holds", x.Holds != ""}, {"rows", x.Rows != nil}, {"missing", len(x.Missing) > 0},
		{"dropped", x.Dropped != nil}, {"shift", len(x.Shift) > 0}} {
		if p.given {
			names = append(names, p.name)
		}
	}
	return names
}

// expectations translates the parameter expect.
func (p *loadParams) expectations() []dataset.Expectation {
	var all []dataset.Expectation
	for i, x := range p.Expect {
		at, warn := fmt.Sprintf("expect[%d].", i), x.Else == "warn"
		e := dataset.Expectation{Warn: warn}
		switch {
		case len(x.Unique) > 0:
			e.Promise, e.Columns, e.Parameter = dataset.Unique, x.Unique, at+"unique"
		case x.Holds != "":
			e.Promise, e.Formula, e.Parameter = dataset.Holds, x.Holds, at+"holds"
		case x.Rows != nil:
			e.Promise, e.Least, e.Most, e.Parameter = dataset.Rows, toFloat(x.Rows.Min), toFloat(x.Rows.Max), at+"rows"
		case x.Dropped != nil:
			e.Promise, e.Most, e.Parameter = dataset.Dropped, x.Dropped, at+"dropped"
		default:
			all = append(all, dataset.ShareOf(dataset.Missing, x.Missing, at+"missing", warn)...)
			all = append(all, dataset.ShareOf(dataset.Shift, x.Shift, at+"shift", warn)...)
			continue
		}
		all = append(all, e)
	}
	return all
}

func toFloat(n *int) *float64 {
	if n == nil {
		return nil
	}
	v := float64(*n)
	return &v
}

// expectAhead says what of expect names a column that there will not be.
func (p *loadParams) expectAhead(columns []string) []error {
	var wrong []error
	for _, e := range p.expectations() {
		for _, name := range e.Columns {
			wrong = append(wrong, params.NoColumn(e.Parameter, name, columns))
		}
		if e.Formula != "" {
			if err := expression.Check(e.Formula, columns); err != nil {
				wrong = append(wrong, params.FaultOf(e.Parameter, err))
			}
		}
	}
	return wrong
}

// promised has the check of each promise.
var promised = map[dataset.Promise]*checks.Check{
	dataset.Unique: checks.NotUnique, dataset.Holds: checks.NotHeld, dataset.Rows: checks.RowsOutside,
	dataset.Missing: checks.MissingBeyond, dataset.Dropped: checks.DroppedBeyond, dataset.Shift: checks.ShiftedBeyond,
}

// warnBroken warns of the expectations that are broken.
func warnBroken(c *stage.Context, breaches []dataset.Breach) {
	for _, b := range breaches {
		c.Warn(promised[b.Promise].Finding(b.Column, b.Rows, "%s", b.Err.Clause()))
	}
}

// expectedTable shows what came of what was expected.
func expectedTable(kept []dataset.Kept) notebook.Table {
	t := notebook.Table{Caption: "Expected", Columns: notebook.Columns("promise", "of", "wanted", "farthest", "in", "broken by")}
	for _, k := range kept {
		farthest := notebook.Text(human.Count(int(k.Farthest), "row"))
		switch k.Promise {
		case dataset.Missing, dataset.Dropped:
			farthest = notebook.Text(human.Apart(100*k.Farthest, 100**k.Most, 3) + "%")
		case dataset.Shift:
			farthest = notebook.Text(human.Apart(k.Farthest, *k.Most, 2))
		}
		broken := notebook.Text("no file")
		if k.Broken > 0 {
			broken = notebook.Text(human.Count(k.Broken, "file"))
		}
		t.Row(notebook.Text(string(k.Promise)), notebook.Text(k.Of), notebook.Text(k.Wanted()), farthest, notebook.Text(k.File), broken)
	}
	return t
}

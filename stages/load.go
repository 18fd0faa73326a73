package stages

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/amount"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/dataset"
	"labbook/internal/data/expression"
	"labbook/internal/data/metrics"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
	"labbook/runner/stage"
)

// loadParams are the parameters of the kind load.
type loadParams struct {
	Path       params.Strings        `yaml:"path" doc:"Files to read: a pattern, a folder, or several of them, relative to the project, or of a stage in from as STAGE:FILE. They are read in the order of their names."`
	Otherwise  params.Strings        `yaml:"otherwise" doc:"Files to read where there is none of path, named like it: a sample, say, until the real file is there."`
	Query      string                `yaml:"query" key:"set" doc:"What to read instead of files: one statement of SQL that only reads, asked of from. With order by, rows come in that order."`
	From       string                `yaml:"from" key:"-" doc:"Database that query is asked of: a SQLite file of the project, postgres://HOST/DATABASE, or $NAME for an environment variable that holds such an address. A password never stands here: it comes from PGPASSWORD, ~/.pgpass or that variable."`
	Refresh    string                `yaml:"refresh" key:"-" doc:"When query is asked again: always, in every run, but of a SQLite file that did not change; never, once there is an answer; or when that is older than a duration, as in 24h."`
	Columns    map[string]loadColumn `yaml:"columns" names:"column" doc:"Declared columns; any subset of the file's."`
	Rest       string                `yaml:"rest" doc:"What happens to columns that are not declared." enum:"infer|drop|error"`
	Delimiter  string                `yaml:"delimiter" doc:"One character, or tab; empty: found in the header, of comma, semicolon, tab and |."`
	Quote      string                `yaml:"quote" doc:"Character around fields that hold delimiters or line ends."`
	Header     string                `yaml:"header" doc:"Whether the first line names the columns; with none they are called field 1, field 2 and so on." enum:"names|none"`
	Decimal    string                `yaml:"decimal" doc:"Decimal point of numbers." enum:".|,"`
	Encoding   string                `yaml:"encoding" doc:"Encoding of the text." enum:"utf-8|latin-1|windows-1252|utf-16"`
	Missing    []string              `yaml:"missing" doc:"Values that mean that there is none; an empty field always does. usual stands for NA, N/A, n/a, #N/A, <NA>, NaN, nan, null, NULL and None."`
	BadRows    string                `yaml:"bad_rows" doc:"What happens to rows that cannot be read as declared; drop keeps them out and counts them." enum:"error|drop"`
	Duplicates string                `yaml:"duplicates" doc:"What happens to rows that an earlier file holds already. Equal rows within one file are kept." enum:"keep|drop|error"`
	Derive     params.Map[string]    `yaml:"derive" names:"formula" doc:"Columns to add: a formula each, over the columns before it."`
	Keep       string                `yaml:"keep" names:"formula" doc:"Formula that is true for the rows to keep, also over derived columns."`
	Expect     []loadExpectation     `yaml:"expect" key:"set" doc:"What is relied on, one promise each. A file that breaks one stops the run, or is warned of."`
	Reject     string                `yaml:"reject" key:"set" doc:"Folder of the project for copies of files that cannot be read as declared, or break a promise that would stop the run: they are left out, and the run goes on without them. Empty: they stop it."`
}

// loadColumn is what may be said of a column; what is left out is found in its
// values.
type loadColumn struct {
	Type    string            `yaml:"type" doc:"How the values are held; empty: found in them." enum:"|number|category|text|date"`
	Unit    string            `yaml:"unit" doc:"Unit of a number, as people write it."`
	Doc     string            `yaml:"doc" doc:"What the column says, for forms and pages."`
	Min     *float64          `yaml:"min" doc:"Least number allowed."`
	Max     *float64          `yaml:"max" doc:"Greatest number allowed."`
	Order   []string          `yaml:"order" doc:"Levels of a category from least to greatest; no others are allowed."`
	Levels  []string          `yaml:"levels" doc:"Levels of a category without an order; no others are allowed."`
	Labels  map[string]string `yaml:"labels" doc:"Names of a category's raw values; no other values are allowed."`
	Missing []string          `yaml:"missing" doc:"Further values that mean that there is none."`
	Layout  string            `yaml:"layout" doc:"How the values are written. Of a date: 2 January 2006, 15:04:05 in its form, also 2006-W01 or 2006-Q1, or unix or unix-ms for what counts from 1970. Of a number: 1234.5 in its form, such as $1,234.5 or 1.234,5 € or 1234%. Empty: found in the values."`
}

// load reads files into a table.
func load() stage.Kind {
	return stage.Kind{
		Name:    "load",
		Version: 6,
		Doc: `Reads files into one table with typed columns: CSV, Parquet, Arrow (also called Feather), and JSON lines.

What a file is, is found in its first bytes, else in its name. CSV is RFC 4180, plain, gzipped or packed with zstd; a byte
order mark, CRLF and blank lines are fine. The columns of several files are matched by name, and a file whose columns differ is refused. They lie below the project's folder, so that it can be moved
and shared; a link there may lead to a file elsewhere. A column that is not declared is a number, a date, a
category or a text, whichever its values are; values like 00123 are never taken for numbers, and Infinity is none.

Parquet, Arrow and JSON lines have types, which are taken over: texts of few words become a category, as in CSV, and no text
becomes a number or a date unless its type is declared. Whole numbers that float64 would round are read as texts, unless they
are declared as numbers. Columns of lists, structs or maps are refused by name; with ` + "`rest: drop`" + ` only the declared
columns are read, and nothing of the others. The usual marks of ` + "`missing`" + ` mean nothing there, those that are declared do.
What the folders of such files have in their names, as in sales/year=2024/a.parquet, is a column; names that begin with _ or a
point are passed over in a folder.

Instead of files, ` + "`query`" + ` asks a database, which ` + "`from`" + ` names: a SQLite file or PostgreSQL. The query is one statement that
only reads, and sees one state of the database. Its answer is kept, and only its digest decides whether stages run again: the
same answer is no reason to. It is asked in every run, but of a SQLite file that did not change, or as ` + "`refresh`" + ` says. While a
server does not answer, the run fails; with ` + "`refresh: 24h`" + ` the last answer is taken, and that is said. Types are taken over,
an enum as a category with its levels, a numeric without a scale as the nearest number; JSON, lists and other types that no
column can be are refused by name: cast them in the query. Without order by a server gives rows in any order; the same rows in
another order are the same answer while the last one is kept, but another machine may get others. Passwords are read from
PGPASSWORD, ~/.pgpass or the variable that ` + "`from: $DATABASE_URL`" + ` names, kept nowhere and shown nowhere; a stage's ` + "`env`" + ` must not list
them.

Whatever cannot be read as declared is an error that names file and line, or, with ` + "`bad_rows: drop`" + `, a row kept out and
counted. Rows that an earlier file holds already are kept out and counted, so that overlapping exports may lie side by
side. Then columns are derived, and the rows for which ` + "`keep`" + ` is true are kept.

What is relied on stands in ` + "`expect`" + `, a promise an entry. A run stops at a file that breaks one, and names the first row, what was found
and what was wanted; with ` + "`else: warn`" + ` it goes on and warns. With ` + "`reject: rejected`" + ` such a file is left out, as is one that cannot be
read, in the order of names: what is asked of a file is asked beside those before it that are in. Where columns are not declared,
the columns of most files count. The file stays where it is; after the run a copy of it lies in that folder, in a folder of its own,
with the reason beside it. Where none is left the run stops. That data are new enough is no promise of load, for no
clock decides what is kept: the stage's ` + "`fresh`" + ` says that.

` + "```yaml" + `
expect:
  - unique: [shop, day]
  - holds: total == net + tax
  - rows: {min: 1000}
  - missing: {price: 0.05, size: 0.2}
    else: warn
  - dropped: 0.1
  - shift: {price: 0.2}
` + "```" + `

` + expression.Describe(),
		Params: func() any {
			return &loadParams{Rest: "infer", Header: "names", Quote: `"`, Decimal: ".", Encoding: "utf-8", Missing: []string{usual}, Refresh: refreshAlways,
				BadRows: "error", Duplicates: "drop"}
		},
		Reads:   []stage.Port{stage.Some(0, artifact.Files)},
		Makes:   []artifact.Type{artifact.Table},
		Files:   func(p any) []string { return p.(*loadParams).projectFiles() },
		Unfit:   unfit,
		Asks:    &stage.Asker{Question: loadQuestion, Whom: whom},
		Aside:   func(p any) (folder, param string) { return p.(*loadParams).Reject, "reject" },
		Advice:  loadAdvice,
		Columns: loadColumns,
		Cores:   func(_ any, available int) int { return available },
		Run:     runLoad,

		Show: showLoad, ShowVersion: 4,
	}
}

// Resolve implements what stage.Kind.Params asks for.
func (p *loadParams) Resolve() error {
	if err := p.checkQuery(); err != nil {
		return err
	}
	if len(p.Path) == 0 && p.Query == "" {
		return params.Fault("path", "no file is named", "a path or pattern", "write path: data/*.csv")
	}
	for _, name := range slices.Concat(p.Path, p.Otherwise) {
		parameter := "path"
		if !slices.Contains(p.Path, name) {
			parameter = "otherwise"
		}
		switch {
		case strings.TrimSpace(name) == "":
			return params.Fault(parameter, "a path is empty", "a path or pattern", "write path: data/*.csv")
		case strings.Contains(name, "://"):
			// It may hold a password.
			scheme, _, _ := strings.Cut(name, ":")
			return params.FaultOf(parameter, &diag.Error{What: "path is an address", Found: scheme + "://…", Wanted: "a path in the project", Secret: true,
				Hint: "nothing is fetched: download the file into data/, or let a command stage do it; a database is asked by query: and from:"})
		case path.IsAbs(name) || slices.Contains(strings.Split(name, "/"), ".."):
			return params.Fault(parameter, fmt.Sprintf("%s is outside the project", name), "a path relative to the project's folder",
				"copy the file into data/, or link it: ln -s FILE data/")
		}
	}
	delimiter, ok := oneByte(p.Delimiter)
	if !ok {
		return params.Fault("delimiter", "the delimiter is not one character", `one such as ";", or tab`, "leave it out to have it found in the header")
	}
	quote, ok := oneByte(p.Quote)
	if !ok || quote == 0 || quote == delimiter {
		return params.Fault("quote", "the quote is not one character of its own", `one such as '"'`, "leave it out for the usual one")
	}
	if delimiter == ',' && p.Decimal == "," {
		return params.Fault("decimal", "the comma cannot be both decimal point and delimiter", "", `such files have delimiter: ";"`)
	}
	for _, d := range p.Derive {
		if err := expression.Check(d.Value, nil); err != nil {
			return params.FaultOf("derive."+d.Key, err)
		}
	}
	if p.Keep != "" {
		if err := expression.Check(p.Keep, nil); err != nil {
			return params.FaultOf("keep", err)
		}
	}
	if err := p.checkReject(); err != nil {
		return err
	}
	return p.checkFormulas()
}

// checkFormulas compiles the formulas where the columns and their types are
// all declared; else that waits for the files.
func (p *loadParams) checkFormulas() error {
	fields := []table.Field{}
	for _, c := range p.options().CSV.Columns {
		if c.Type == "" && (len(c.Levels) > 0 || c.Labels != nil) {
			c.Type = table.Category
		}
		if c.Type == "" {
			return nil
		}
		fields = append(fields, c.Field)
	}
	if p.Rest == string(csvfile.Infer) {
		return nil
	}
	for _, d := range p.Derive {
		e, err := expression.Compile(d.Value, fields)
		if err != nil {
			return params.FaultOf("derive."+d.Key, err)
		}
		none := make([]*table.Column, len(fields))
		for i, f := range fields {
			none[i] = &table.Column{Field: f}
		}
		c, err := e.Column(d.Key, table.New(none...))
		if err != nil {
			return params.FaultOf("derive."+d.Key, err)
		}
		fields = append(fields, c.Field)
	}
	if p.Keep != "" {
		if _, err := expression.Compile(p.Keep, fields); err != nil {
			return params.FaultOf("keep", err)
		}
	}
	return nil
}

// oneByte gives the character, 0 for none.
func oneByte(s string) (byte, bool) {
	if s == "tab" || s == `\t` {
		s = "\t"
	}
	if s == "" {
		return 0, true
	}
	return s[0], len(s) == 1 && s[0] < 0x80 && s[0] != '\n' && s[0] != '\r'
}

// Resolve implements what stage.Kind.Params asks for.
func (c *loadColumn) Resolve() error {
	closed := 0
	for _, given := range []bool{len(c.Order) > 0, len(c.Levels) > 0, len(c.Labels) > 0} {
		if given {
			closed++
		}
	}
	levels := slices.Sorted(slices.Values(append(slices.Clone(c.Order), c.Levels...)))
	switch {
	case len(c.Order) > 0 && len(c.Levels) > 0:
		return params.Fault("levels", "both order and levels are given", "one of them", "order is for levels from least to greatest")
	case closed > 0 && c.Type != "" && c.Type != string(table.Category):
		return params.Fault("type", "only a category has order, levels or labels", "category", "leave the type out, or those")
	case len(levels) != len(slices.Compact(levels)):
		return params.Fault("levels", "a level stands twice", "each once", "remove one")
	case (c.Min != nil || c.Max != nil) && c.Type != "" && c.Type != string(table.Number):
		return params.Fault("type", "only a number has min and max", "number", "check other columns with keep")
	case c.Min != nil && c.Max != nil && *c.Min > *c.Max:
		return params.Fault("min", "min is above max", "", "exchange them")
	case c.Layout != "" && c.Type == string(table.Number):
		if _, ok := amount.New(c.Layout); !ok {
			return params.Fault("layout", "the layout has no 1234.5 in it", "1234.5 in the form of the file", `write layout: "$1,234.5"`)
		}
	case c.Layout != "" && c.Type != string(table.Date):
		return params.Fault("layout", "only a date or a number has a layout", "type: date or type: number", "declare its type")
	case c.Layout != "" && !moment.Valid(c.Layout):
		return params.Fault("layout", "the layout has neither a year nor a time of day", "2 January 2006, 15:04:05 in the form of the file", `write layout: "02.01.2006"`)
	}
	for raw, label := range c.Labels {
		if all := append(c.Order, c.Levels...); len(all) > 0 && !slices.Contains(all, label) {
			return params.Fault("labels", fmt.Sprintf("the label %q of %q is no level", label, raw), strings.Join(all, ", "), diag.DidYouMean(label, all))
		}
	}
	return nil
}

// options translates the parameters.
func (p *loadParams) options() dataset.Options {
	delimiter, _ := oneByte(p.Delimiter)
	quote, _ := oneByte(p.Quote)
	o := dataset.Options{
		CSV: csvfile.Options{Delimiter: delimiter, Quote: quote, Decimal: p.Decimal[0], Encoding: p.Encoding,
			Missing: markers(p.Missing), Rest: csvfile.Rest(p.Rest), Bare: p.Header == "none", DropBad: p.BadRows == "drop"},
		Duplicates: dataset.Duplicates(p.Duplicates), Derive: p.Derive, Keep: p.Keep, Expect: p.expectations(), Reject: p.Reject != "",
	}
	for name, c := range p.Columns {
		f := table.Field{Name: name, Type: table.Type(c.Type), Unit: c.Unit, Doc: c.Doc, Min: c.Min, Max: c.Max,
			Levels: append(slices.Clone(c.Order), c.Levels...), Ordered: len(c.Order) > 0, Layout: c.Layout}
		if c.Type == "" && (c.Min != nil || c.Max != nil) {
			f.Type = table.Number
		}
		column := csvfile.Column{Field: f, Missing: c.Missing}
		if len(c.Labels) > 0 {
			column.Labels = c.Labels
		}
		o.CSV.Columns = append(o.CSV.Columns, column)
	}
	slices.SortFunc(o.CSV.Columns, func(a, b csvfile.Column) int { return strings.Compare(a.Name, b.Name) })
	return o
}

// usual stands for csvfile.DefaultMissing in the parameter missing.
const usual = "usual"

// markers gives the values that mean that there is none.
func markers(declared []string) []string {
	all := []string{}
	for _, v := range declared {
		if v == usual {
			all = append(all, csvfile.DefaultMissing...)
		} else {
			all = append(all, v)
		}
	}
	return all
}

// runLoad leaves one table: the rows of all files in the order of their names, or
// those of a query's answer,
// typed, with the derived columns last. Bad rows fail it, the first of them
// named at once, unless they are to be dropped; what is dropped, refused or
// repeated is counted with its first places and warned of. Which files they
// were, and how many rows each gave, is told: a renamed file is no reason for
// the stages that follow to run again.
func runLoad(c *stage.Context) error {
	p := stage.Params[loadParams](c)
	sources := loadSources(c, p)
	if a := c.Answer(); a != nil {
		sources = []dataset.Source{{Name: answerName, Path: a.Path}}
	}
	if len(sources) == 0 {
		return params.Fault("path", "no file matches "+strings.Join(slices.Concat(p.Path, p.Otherwise), ", "), "", "check the path; it is relative to the project, or STAGE:FILE for a stage in from")
	}
	o := p.options()
	o.CSV.Cores, o.CSV.Context, o.CSV.Room = c.Cores(), c, c.Room()
	o.Progress = func(file string, done, total int64) { c.Progress("reading "+file, done, total, "bytes") }
	d, err := dataset.Read(sources, o)
	if err != nil {
		return err
	}
	if err := keepTable(c, table.File, d.Table); err != nil {
		return err
	}
	c.Metric(metrics.Value{Name: "rows", Value: float64(d.Table.Rows()), Unit: "rows"})
	c.Metric(metrics.Value{Name: "dropped", Value: float64(d.Dropped()), Unit: "rows"})
	for _, r := range d.Rules {
		c.Warn(notebook.Finding{Text: fmt.Sprintf("%s dropped: %s (first at %s)", human.Count(r.Count, "row"), r.Reason, r.Places[0]),
			Column: r.Column, Count: r.Count})
	}
	for _, n := range d.Notices {
		c.Warn(notebook.Finding{Column: n.Column, Count: n.Count,
			Text: fmt.Sprintf("%s %s, such as %q (%s); %s", n.Column, n.What, human.Clip(n.Value, 40), n.Place, n.Hint)})
	}
	out := rejected(c, d.Rejected)
	setAside(c, out, p.Reject)
	warnBroken(c, d.Breaches)
	unlikeOthers(c, d.Unlike)
	doubtful(c, d.Table, p)
	return c.Tell(loadTold{d.Files, d.Rules, p.Query, d.Kept, out})
}

package cli

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/runner/pipeline"
	"labbook/serve"
)

// examine reads the file and decides what the pipeline is to do.
func (a *app) examine(data, target string, task metrics.Task, name string) (*starter, error) {
	root, err := filepath.Abs(a.dir)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, a.absolute(root, data))
	if err != nil || !filepath.IsLocal(rel) {
		return nil, diag.New(data+" is outside the project", "copy it below the project's folder, best into data/")
	}
	if strings.Contains(rel, ":") {
		return nil, diag.New(data+" has a colon in its name, which load takes for STAGE:FILE", "rename the file")
	}
	if err := checkTask(task); err != nil {
		return nil, err
	}
	file, read, err := csvfile.Guess(filepath.Join(root, rel), csvfile.Options{Name: data})
	if err != nil {
		return nil, err
	}
	t := file.Table
	if target == "" {
		return nil, diag.New("init needs the column to predict", "add --target with one of: "+diag.Names(t.Names()))
	}
	if name == "" {
		name = slug(stem(data))
	}
	if err := pipeline.CheckName(name, serve.Reserved()...); err != nil {
		return nil, err
	}
	column := t.Column(target)
	if column == nil {
		e := diag.New(fmt.Sprintf("%s has no column %q", data, target), diag.DidYouMean(target, t.Names()))
		if headless(t) {
			e.Hint = "its first line looks like values: write the columns' names above it"
		}
		return nil, e
	}
	s := &starter{
		Name: name, Data: filepath.ToSlash(rel), Target: target,
		Title: "What does " + target + " depend on?",
		Rows:  column.Len(),
	}
	s.divide(t, column)
	if err := s.check(column); err != nil {
		return nil, err
	}
	declared, err := s.decide(column, task)
	if err != nil {
		return nil, err
	}
	s.Load = loadOptions(read, declared)
	s.remark(file, read)
	return s, nil
}

// divide says of each column besides the target what becomes of it.
func (s *starter) divide(t *table.Table, target *table.Column) {
	for _, c := range t.Columns {
		if c == target {
			continue
		}
		p, why := explore.NewProfile(c), ""
		switch {
		case p.Empty():
			why = "is empty"
		case p.NamesRows() != "":
			why = p.NamesRows()
		case c.Type == table.Text && !speaks(c):
			why = "is read as a text of too few words to learn from"
		case c.Type == table.Text:
			s.Texts = append(s.Texts, c.Name)
		case rare(p):
			s.Rare = append(s.Rare, leftOut{c.Name, fmt.Sprintf("has %d levels of few rows each, which it would learn by heart", p.Distinct)})
		default:
			s.Plain = true
		}
		if why != "" && !p.Empty() && c.Type != table.Number {
			why += ", such as " + strconv.Quote(beginning(firstValue(c)))
		}
		if why != "" {
			s.Out = append(s.Out, leftOut{c.Name, why})
		}
	}
	if len(s.Rare) > 0 && !s.Plain { // they are all there is
		s.Rare, s.Plain = nil, true
	}
}

// rare says of a category that its levels have too few rows each for a weight
// of their own.
func rare(p *explore.Profile) bool {
	const levels, rows = 20, 10
	return p.Type == table.Category && p.Distinct > levels && p.Count < rows*p.Distinct
}

// firstValue gives the first value that is not missing, as it is written.
func firstValue(c *table.Column) string {
	for i := range c.Len() {
		if !c.IsMissing(i) {
			return c.String(i)
		}
	}
	return ""
}

// beginning cuts a value for a line.
func beginning(text string) string {
	const most = 40
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}

// speaks tells texts that say something from names and numbers of things: they
// have some words each.
func speaks(c *table.Column) bool {
	texts, words := 0, 0
	for i := range c.Len() {
		if !c.IsMissing(i) {
			texts++
			words += len(strings.Fields(c.String(i)))
		}
	}
	return words > 3*texts
}

// loadOptions gives the parameters of load that are not as usual, one of them
// the target's declaration.
func loadOptions(read csvfile.Options, target string) []string {
	var all []string
	if read.Encoding != "utf-8" {
		all = append(all, "encoding: "+read.Encoding)
	}
	if read.Delimiter != ',' {
		all = append(all, "delimiter: "+map[byte]string{'\t': "tab", ';': `";"`, '|': `"|"`}[read.Delimiter])
	}
	if read.Decimal == ',' {
		all = append(all, `decimal: ","`)
	}
	if marks := read.Missing; len(marks) > 0 {
		list := "usual"
		for _, mark := range marks[len(csvfile.DefaultMissing):] {
			list += ", " + strconv.Quote(mark)
		}
		all = append(all, "missing: ["+list+"]")
	}
	if read.DropBad {
		all = append(all, "bad_rows: drop")
	}
	if target != "" {
		all = append(all, "columns:", "  "+target)
	}
	return all
}

// check refuses what no pipeline could learn from.
func (s *starter) check(target *table.Column) error {
	what := fmt.Sprintf("the target %q cannot be predicted", target.Name)
	switch {
	case target.Empty():
		return &diag.Error{What: what, Found: "no value in any row", Hint: "choose another --target, or mend the file"}
	case target.Type == table.Text:
		return &diag.Error{What: what, Found: "a text of its own in most rows", Wanted: "a number, or a category whose values repeat",
			Hint: "choose another --target"}
	case target.Type == table.Date:
		return &diag.Error{What: what, Found: "a date", Wanted: "a number or a category", Hint: "choose another --target"}
	}
	if s.Plain || len(s.Texts) > 0 {
		return nil
	}
	return &diag.Error{What: fmt.Sprintf("there is nothing to predict %q from", target.Name),
		Found: "no other column of numbers, categories, dates or texts of some words", Hint: "add columns to the file"}
}

// few is with how many rows a first pipeline may not get through.
const few = 10

// remark tells what a person ought to look at before the first run.
func (s *starter) remark(file *csvfile.File, read csvfile.Options) {
	say := func(format string, args ...any) { s.Remarks = append(s.Remarks, fmt.Sprintf(format, args...)) }
	if n := file.Table.Rows(); n < few {
		say("%s only: too few to learn from and to test with; the run may fail", human.Count(n, "row"))
	}
	if headless(file.Table) {
		say("the first line looks like values and not like names: if it is a row, write the columns' names above it")
	}
	if read.Encoding == "windows-1252" {
		say("the file is not in UTF-8 and is read as windows-1252; if letters come out wrong, say another encoding: in the load stage")
	}
	for _, d := range file.Dropped {
		say("%s will be dropped: %s (first at %s)", human.Count(d.Count, "row"), d.Reason, d.Examples[0].Place())
	}
	for _, n := range file.Notices {
		say("%s %s, such as %q in line %d; %s", n.Column, n.What, n.Value, n.Line, n.Hint)
	}
}

// headless says that the names of the columns look like values: each fits among
// those of its column, and so the file may have no header.
func headless(t *table.Table) bool {
	fits := 0
	for _, c := range t.Columns {
		number, err := strconv.ParseFloat(c.Name, 64)
		switch c.Type {
		case table.Number:
			if err != nil || number != number {
				return false
			}
			fits++
		case table.Category:
			for _, level := range c.Levels {
				if level == c.Name {
					fits++
					break
				}
			}
		}
	}
	return 2*fits > len(t.Columns)
}

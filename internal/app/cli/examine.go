package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/glob"
	"labbook/internal/base/human"
	"labbook/internal/base/lazy"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/dataset"
	"labbook/internal/data/expression"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/question"
	"labbook/runner/pipeline"
	"labbook/serve"
)

// examine reads the file and decides what the pipeline is to do.
func (a *app) examine(data string, w question.Wishes, name string) (*starter, error) {
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
	if err := checkTask(w.Task); err != nil {
		return nil, err
	}
	sources, pattern, err := tablesOf(root, rel, data)
	if err != nil {
		return nil, err
	}
	file, read, err := dataset.Guess(sources, csvfile.Options{Name: data, Cores: runtime.GOMAXPROCS(0)})
	if err != nil {
		return nil, err
	}
	if w.Target == "" {
		return nil, diag.New("init needs the column to predict", "add --target with one of: "+diag.Names(file.Table.Names()))
	}
	if name == "" {
		name = slug(stem(data))
	}
	if err := pipeline.CheckName(name, serve.Reserved()...); err != nil {
		return nil, err
	}
	if file.Table.Column(w.Target) == nil {
		e := diag.New(fmt.Sprintf("%s has no column %q", data, w.Target), diag.DidYouMean(w.Target, file.Table.Names()))
		if read.Bare {
			e.Hint = "its first line looks like a row: its columns are called " + human.And(file.Table.Names()[:min(len(file.Table.Columns), 3)]) + " and so on; or write their names above it"
		}
		return nil, e
	}
	t := asTexts(file.Table, w.Text)
	q, err := question.Ask(t, w)
	if err != nil {
		return nil, err
	}
	s := &starter{Name: name, Data: filepath.ToSlash(rel), Pattern: pattern, Question: q, Title: "What does " + w.Target + " depend on?", Width: len(file.Table.Columns), table: t}
	s.load(file, read, w)
	s.remark(file, read)
	return s, nil
}

// tablesOf gives the files that a path means, and how load is told of them: a file, all
// tables in a folder, or those that match a pattern.
func tablesOf(root, rel, data string) (sources []dataset.Source, pattern string, err error) {
	place := filepath.Join(root, rel)
	info, err := os.Stat(place)
	slashed := filepath.ToSlash(rel)
	switch {
	case err == nil && !info.IsDir(), err != nil && !glob.Is(slashed):
		return []dataset.Source{{Name: data, Path: place}}, glob.Quote(slashed), nil
	case err == nil:
		pattern = glob.Quote(slashed) + "/"
	default:
		pattern = slashed
	}
	err = filepath.WalkDir(filepath.Join(root, filepath.FromSlash(glob.Base(path.Join(pattern, "x")))), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name()[0] == '_' || d.Name()[0] == '.' { // which writers leave beside tables
			return err
		}
		name, err := filepath.Rel(root, p)
		if name = filepath.ToSlash(name); err == nil && glob.Match(pattern, name) {
			sources = append(sources, dataset.Source{Name: name, Path: p})
		}
		return err
	})
	if len(sources) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		err = diag.New("no file is "+data, "check the path; it is relative to the project")
	}
	return sources, pattern, err
}

// checkTask refuses a task that there is not.
func checkTask(task metrics.Task) error {
	switch task {
	case "", metrics.Regression, metrics.Classification:
		return nil
	}
	all := []string{string(metrics.Regression), string(metrics.Classification)}
	return &diag.Error{What: "there is no such --task", Found: strconv.Quote(string(task)), Wanted: "regression, which predicts a number, or classification",
		Hint: diag.DidYouMean(string(task), all)}
}

// asTexts gives the table with these columns as texts.
func asTexts(t *table.Table, names []string) *table.Table {
	columns := slices.Clone(t.Columns)
	for i, c := range columns {
		if slices.Contains(names, c.Name) && c.Type != table.Text {
			text := &table.Column{Field: table.Field{Name: c.Name, Type: table.Text}, Texts: make([]string, c.Len())}
			for row := range text.Texts {
				text.Texts[row] = c.String(row)
			}
			columns[i] = text
		}
	}
	return table.New(columns...)
}

// load sets the parameters of load that are not as usual, each with its reason,
// and what they mean on the terminal.
func (s *starter) load(file *csvfile.File, read csvfile.Options, w question.Wishes) {
	comments := func(of func(csvfile.Notice) bool, indent string) {
		for _, n := range file.Notices {
			if n.As != "" && of(n) {
				s.Load = append(s.Load, strings.TrimRight(indent+"# "+oneLine(strings.TrimSpace(n.Column+" "+n.What))+example(n), " "))
			}
		}
	}
	declared := map[string]csvfile.Column{}
	for _, c := range read.Columns {
		declared[c.Name] = c
	}
	for _, name := range w.Text {
		if file.Table.Column(name).Type != table.Text {
			declared[name] = csvfile.Column{Field: table.Field{Name: name, Type: table.Text}}
		}
	}
	if s.Question.Target.Recode {
		declared[w.Target] = csvfile.Column{Field: table.Field{Name: w.Target, Type: table.Category}, Missing: declared[w.Target].Missing}
	}
	comments(func(n csvfile.Notice) bool { _, ok := declared[n.Column]; return !ok }, "")
	for _, d := range file.Dropped {
		s.Load = append(s.Load, fmt.Sprintf("# %s cannot be read: %s", human.Count(d.Count, "row"), oneLine(d.Reason)))
	}
	s.Load = append(s.Load, fileOptions(read)...)
	if len(declared) > 0 {
		s.Load = append(s.Load, "columns:")
	}
	for _, name := range file.Table.Names() {
		c, ok := declared[name]
		if !ok {
			continue
		}
		comments(func(n csvfile.Notice) bool { return n.Column == name }, "  ")
		s.Load = append(s.Load, "  "+mappingKey(name)+": "+declaration(c))
	}
	s.Load = append(s.Load, s.merging()...)
	if s.Question.Target.Missing > 0 {
		s.Load = append(s.Load, "# nothing is learned from rows without a target", "keep: "+scalar("!missing("+formulaName(w.Target)+")"))
	}
}

var plainName = lazy.Regexp(`^[A-Za-z_][A-Za-z0-9_]*$`)

// formulaName writes a column's name as formulas have it.
func formulaName(name string) string {
	if plainName().MatchString(name) && !slices.Contains(expression.Functions(), name) {
		return name
	}
	return "column(" + strconv.Quote(name) + ")"
}

// merging offers labels that make one level of those that may be meant as one.
func (s *starter) merging() (lines []string) {
	const most = 30 // levels of a column that are written out
	for _, a := range s.Question.Alike {
		if len(a.Rest)+2*len(a.Levels) > most {
			continue
		}
		var labels []string
		for _, ways := range a.Levels {
			for _, way := range ways {
				labels = append(labels, mappingKey(way)+": "+scalar(strings.TrimSpace(ways[0])))
			}
		}
		for _, level := range a.Rest {
			labels = append(labels, mappingKey(level)+": "+scalar(level))
		}
		lines = append(lines, "# "+oneLine(a.Column)+" has levels that differ by case or blanks only; to merge them write below columns:",
			"#   "+mappingKey(a.Column)+": {labels: {"+strings.Join(labels, ", ")+"}}")
	}
	return lines
}

// fileOptions gives the parameters of load about the file as a whole.
func fileOptions(read csvfile.Options) []string {
	var all []string
	if read.Bare {
		all = append(all, "header: none")
	}
	if read.Encoding != "utf-8" {
		all = append(all, "encoding: "+read.Encoding)
	}
	if read.Delimiter != ',' {
		all = append(all, "delimiter: "+map[byte]string{'\t': "tab", ';': `";"`, '|': `"|"`}[read.Delimiter])
	}
	if read.Decimal == ',' {
		all = append(all, `decimal: ","`)
	}
	if len(read.Missing) > 0 {
		all = append(all, "missing: "+flowList(missingMarks(read.Missing)))
	}
	if read.Rest == csvfile.Drop {
		all = append(all, "rest: drop")
	}
	if read.DropBad {
		all = append(all, "bad_rows: drop")
	}
	return all
}

// missingMarks gives the marks as load takes them, the usual ones by one word.
func missingMarks(marks []string) []string {
	usual := csvfile.DefaultMissing
	if len(marks) >= len(usual) && slices.Equal(marks[:len(usual)], usual) {
		return append([]string{"usual"}, marks[len(usual):]...)
	}
	return marks
}

// declaration writes what is declared of a column.
func declaration(c csvfile.Column) string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+": "+scalar(value))
		}
	}
	add("type", string(c.Type))
	add("layout", c.Layout)
	add("unit", c.Unit)
	if len(c.Missing) > 0 {
		parts = append(parts, "missing: "+flowList(c.Missing))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// flowList writes a list in one line.
func flowList(values []string) string {
	written := make([]string, len(values))
	for i, v := range values {
		written[i] = scalar(v)
	}
	return "[" + strings.Join(written, ", ") + "]"
}

// example shows the first value that a notice is about.
func example(n csvfile.Notice) string {
	if n.Value == "" {
		return ""
	}
	where := "line"
	if n.Typed {
		where = "row"
	}
	return fmt.Sprintf(", such as %s in %s %d", strconv.Quote(human.Clip(n.Value, 40)), where, n.Line)
}

// few is with how many rows a first pipeline may not get through.
const few = 10

// remark tells what a person ought to look at before the first run.
func (s *starter) remark(file *csvfile.File, read csvfile.Options) {
	say := func(format string, args ...any) { s.Remarks = append(s.Remarks, fmt.Sprintf(format, args...)) }
	if n := file.Table.Rows(); n < few {
		say("%s only: too few to learn from and to test with; the run may fail", human.Count(n, "row"))
	}
	if n := s.Question.Target.Missing; n > 0 {
		say("%s without %s: keep: in the load stage leaves them out", human.Count(n, "row"), s.Question.Target.Name)
	}
	if read.Encoding == "windows-1252" {
		say("the file is not in UTF-8 and is read as windows-1252; if letters come out wrong, say another encoding: in the load stage")
	}
	for _, d := range file.Dropped {
		say("%s will be dropped: %s (first at %s)", human.Count(d.Count, "row"), d.Reason, d.Examples[0].Place())
	}
	for _, n := range file.Notices {
		if slices.Contains(s.Drop(), n.Column) {
			continue // nothing is learned from it
		}
		if n.As == "" {
			say("%s %s%s; %s", n.Column, n.What, example(n), n.Hint)
		} else {
			s.Read = append(s.Read, line{n.Column, n.As, n.What + example(n), n.Hint})
		}
	}
}

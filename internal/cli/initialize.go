package cli

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"labbook/internal/csvfile"
	"labbook/internal/diag"
	"labbook/internal/glob"
	"labbook/internal/human"
	"labbook/internal/table"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/serve"
)

//go:embed starter.yaml.tmpl
var starterYAML string

// starter is what the first pipeline is written from.
type starter struct {
	Name, Title string
	Data        string // the file, slash-separated, relative to the project
	Target      string
	Regression  bool
	Plain       bool     // whether there are numbers, categories or dates to learn from
	Texts       []string // columns of texts that say something, to be learned from word by word
	Drop        []string // columns that no feature is made of
	Load        []string // lines of load's parameters besides the path
	Remarks     []string // for the person
}

// Unread lists the columns that features of no words are not made of.
func (s *starter) Unread() []string { return append(s.Drop[:len(s.Drop):len(s.Drop)], s.Texts...) }

// Some names a stage of features that there is.
func (s *starter) Some() string {
	if s.Plain {
		return "ordinal"
	}
	return "words"
}

func (a *app) initCommand() *cobra.Command {
	var target, name string
	cmd := &cobra.Command{
		Use: "init DATA.csv --target COLUMN", Short: "Write a first pipeline for a CSV file",
		Long: `Look at a CSV file and write a pipeline that explores it, splits it, trains a
few models for one of its columns, and registers the best. It is yours to edit
from then on. A column of numbers is predicted as a number, any other as a class;
columns of texts are learned from word by word.`,
		Example: "  labbook init data/houses.csv --target price",
		Args:    args(1, 1, "a CSV file"),
		RunE: func(cmd *cobra.Command, given []string) error {
			s, err := a.examine(given[0], target, name)
			if err != nil {
				return usage(err)
			}
			return a.writeStarter(s)
		},
	}
	cmd.Flags().StringVarP(&target, "target", "t", "", "the column to predict")
	cmd.Flags().StringVar(&name, "name", "", "the pipeline's name (default: the file's)")
	return cmd
}

// examine reads the file and decides what the pipeline is to do.
func (a *app) examine(data, target, name string) (*starter, error) {
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
	file, read, err := csvfile.Guess(filepath.Join(root, rel), csvfile.Options{Name: data})
	if err != nil {
		return nil, err
	}
	t := file.Table
	if target == "" {
		return nil, diag.New("init needs the column to predict", "add --target with one of: "+strings.Join(t.Names(), ", "))
	}
	if name == "" {
		name = slug(strings.TrimSuffix(filepath.Base(data), filepath.Ext(data)))
	}
	if err := pipeline.CheckName(name, serve.Reserved()...); err != nil {
		return nil, err
	}
	column := t.Column(target)
	if column == nil {
		return nil, diag.New(fmt.Sprintf("%s has no column %q", data, target), diag.DidYouMean(target, t.Names()))
	}
	s := &starter{
		Name: name, Data: filepath.ToSlash(rel), Target: target,
		Title:      "What does " + target + " depend on?",
		Regression: column.Type == table.Number,
		Load:       loadOptions(read),
	}
	for _, c := range t.Columns {
		switch {
		case c == column:
		case c.Type != table.Text:
			s.Plain = s.Plain || !c.Empty()
		case speaks(c):
			s.Texts = append(s.Texts, c.Name)
		default:
			s.Drop = append(s.Drop, c.Name)
		}
	}
	if err := s.check(column); err != nil {
		return nil, err
	}
	s.remark(file)
	return s, nil
}

// loadOptions gives the parameters of load that are not as usual.
func loadOptions(read csvfile.Options) []string {
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
	if read.DropBad {
		all = append(all, "bad_rows: drop")
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

// few is with how many rows a first pipeline may not get through.
const few = 10

// remark tells what a person ought to look at before the first run.
func (s *starter) remark(file *csvfile.File) {
	if n := file.Table.Rows(); n < few {
		s.Remarks = append(s.Remarks, fmt.Sprintf("%s only: too few to learn from and to test with; the run may fail", human.Count(n, "row")))
	}
	for _, d := range file.Dropped {
		s.Remarks = append(s.Remarks, fmt.Sprintf("%s will be dropped: %s (first at %s)", human.Count(d.Count, "row"), d.Reason, d.Examples[0].Place()))
	}
	for _, n := range file.Notices {
		s.Remarks = append(s.Remarks, fmt.Sprintf("%s %s, such as %q in line %d; %s", n.Column, n.What, n.Value, n.Line, n.Hint))
	}
}

func (a *app) absolute(root, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}

// writeStarter writes the pipeline, and the file that includes it. Nothing that
// exists is written over.
func (a *app) writeStarter(s *starter) error {
	var text bytes.Buffer
	tmpl := template.Must(template.New("starter").Funcs(template.FuncMap{
		"scalar": scalar, "oneLine": oneLine,
		"pattern": func(path string) string { return scalar(glob.Quote(path)) },
	}).Parse(starterYAML))
	if err := tmpl.Execute(&text, s); err != nil {
		return err
	}
	path := filepath.Join("pipelines", s.Name+".yaml")
	if _, err := os.Stat(a.path(path)); err == nil {
		return usagef("choose another name with --name, or edit that file", "%s exists", path)
	}
	if err := os.MkdirAll(a.path("pipelines"), 0o777); err != nil {
		return err
	}
	if err := cache.WriteFile(a.path(path), text.Bytes()); err != nil {
		return err
	}
	written := path
	if _, err := os.Stat(a.path(pipeline.DefaultFile)); os.IsNotExist(err) {
		main := "# What `labbook run` runs.\ninclude: pipelines/*.yaml\n"
		if err := cache.WriteFile(a.path(pipeline.DefaultFile), []byte(main)); err != nil {
			return err
		}
		written = pipeline.DefaultFile + " and " + path
	}
	if !a.quiet {
		for _, r := range s.Remarks {
			fmt.Fprintln(a.err, a.colours(a.err).yellow("warning:"), r)
		}
		fmt.Fprintf(a.out, "wrote %s; `labbook run` runs it\n", written)
	}
	return nil
}

// slug makes a name that a pipeline may have.
func slug(text string) string {
	text = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(text), "-"), "-")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = strings.TrimSuffix("data-"+text, "-")
	}
	return text
}

var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// scalar writes a text as YAML, in quotes where it would mean something else
// without, and so that it holds no reference.
func scalar(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plainScalar.MatchString(text) {
			return text
		}
	}
	return strconv.Quote(strings.ReplaceAll(text, "${", "$${"))
}

// oneLine keeps text within a comment, or within notes, as it is.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "${", "$${")
}

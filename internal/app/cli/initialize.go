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

	"labbook/internal/base/glob"
	"labbook/internal/data/metrics"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

//go:embed starter.yaml.tmpl
var starterYAML string

// starter is what the first pipeline is written from.
type starter struct {
	Name, Title string
	Data        string // the file, slash-separated, relative to the project
	Target      string
	Regression  bool
	Rows        int
	Plain       bool      // whether there are numbers, categories or dates to learn from
	Texts       []string  // columns of texts that say something, to be learned from word by word
	Out         []leftOut // columns that no feature is made of
	Rare        []leftOut // categories that only trees read
	Load        []string  // lines of load's parameters besides the path
	Decision    string    // what is predicted, and how to say otherwise
	Remarks     []string  // for the person
}

// leftOut is a column that some or all features are not made of.
type leftOut struct{ Name, Why string }

func namesOf(columns []leftOut) (names []string) {
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

// Drop lists the columns that no feature is made of.
func (s *starter) Drop() []string { return namesOf(s.Out) }

// Unread lists the columns that features of no words are not made of.
func (s *starter) Unread() []string { return append(s.Drop(), s.Texts...) }

// UnreadByLinear lists those that features for linear models are not made of.
func (s *starter) UnreadByLinear() []string { return append(s.Unread(), namesOf(s.Rare)...) }

// Some names a stage of features that there is.
func (s *starter) Some() string {
	if s.Plain {
		return "ordinal"
	}
	return "words"
}

// Folds says in how many parts boosting holds rows out to learn when to stop; 0
// is a share, once. Of few rows a share is too few to tell.
func (s *starter) Folds() int {
	switch {
	case s.Rows >= 2000:
		return 0
	case s.Rows >= 20:
		return 5
	}
	return 2
}

// Leaf is how many rows each leaf of boosting keeps.
func (s *starter) Leaf() int {
	if s.Rows < 500 {
		return 5
	}
	return 10
}

// initCommand looks at a file and writes declarations from what it finds. It runs
// nothing: what it decided stands in them, for a person to change.
func (a *app) initCommand() *cobra.Command {
	var target, task, name string
	cmd := &cobra.Command{
		Use: "init DATA.csv --target COLUMN", Short: "Write a first pipeline for a CSV file",
		Long: `Look at a CSV file and write a pipeline that explores it, splits it, trains a
few models for one of its columns, and registers the best. It is yours to edit
from then on. A column of numbers is predicted as a number, any other as a class,
and so are numbers that are labels: two values, or a few whole numbers again and
again. Columns of texts are learned from word by word. Whatever is decided about
a column is printed, with what says otherwise.`,
		Example: "  labbook init data/houses.csv --target price",
		Args:    args(1, 1, "a CSV file"),
		RunE: func(cmd *cobra.Command, given []string) error {
			s, err := a.examine(given[0], target, metrics.Task(task), name)
			if err != nil {
				return usage(err)
			}
			return a.writeStarter(s)
		},
	}
	cmd.Flags().StringVarP(&target, "target", "t", "", "the column to predict")
	cmd.Flags().StringVar(&task, "task", "", "what it is predicted as: regression (a number) or classification (default: what its values look like)")
	cmd.Flags().StringVar(&name, "name", "", "the pipeline's name (default: the file's)")
	return cmd
}

func (a *app) absolute(root, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}

// writeStarter writes the pipeline, the file that includes it, and the schema
// that both name. Nothing that exists is written over, but an older schema.
func (a *app) writeStarter(s *starter) error {
	var text bytes.Buffer
	tmpl := template.Must(template.New("starter").Funcs(template.FuncMap{
		"scalar": scalar, "oneLine": oneLine, "editorLine": func() string { return editorLine(schemaFile) },
		"pattern": func(path string) string { return scalar(glob.Quote(path)) },
	}).Parse(starterYAML))
	if err := tmpl.Execute(&text, s); err != nil {
		return err
	}
	path := filepath.Join("pipelines", s.Name+".yaml")
	if _, err := os.Stat(a.path(path)); err == nil {
		return usagef("choose another name with --name, or edit that file", "%s exists", path)
	}
	if err := a.writeSchema(); err != nil {
		return err
	}
	if err := cache.WriteFile(a.path(path), text.Bytes()); err != nil {
		return err
	}
	written := path
	if _, err := os.Stat(a.path(pipeline.DefaultFile)); os.IsNotExist(err) {
		main := editorLine("pipelines/"+schemaFile) + "# What `labbook run` runs.\ninclude: pipelines/*.yaml\n"
		if err := cache.WriteFile(a.path(pipeline.DefaultFile), []byte(main)); err != nil {
			return err
		}
		written = pipeline.DefaultFile + " and " + path
	}
	if a.quiet {
		return nil
	}
	for _, r := range capped(s.Remarks, "the run tells them all") {
		fmt.Fprintln(a.err, a.colours(a.err).yellow("warning:"), r)
	}
	var left []string
	for _, c := range s.Out {
		left = append(left, fmt.Sprintf("%s is left out: it %s", c.Name, c.Why))
	}
	for _, c := range s.Rare {
		left = append(left, fmt.Sprintf("%s is left out of linear models: it %s", c.Name, c.Why))
	}
	for _, line := range capped(left, path+" names them all") {
		fmt.Fprintln(a.out, line)
	}
	if len(left) > 0 {
		fmt.Fprintf(a.out, "  to learn from such a column all the same, take it out of drop: in %s\n", path)
	}
	fmt.Fprintln(a.out, s.Decision)
	fmt.Fprintf(a.out, "wrote %s; next: labbook run %s\n", written, s.Name)
	return nil
}

// capped gives no more lines than fit on a screen beside the others.
func capped(lines []string, rest string) []string {
	const most = 12
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most-1:most-1], fmt.Sprintf("and %d more of this kind; %s", len(lines)-most+1, rest))
}

// slug makes a name that a pipeline may have.
func slug(text string) string {
	text = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(text), "-"), "-")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = strings.TrimSuffix("data-"+text, "-")
	}
	return text
}

// stem is a file's name without what says how it is written.
func stem(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".gz", filepath.Ext(strings.TrimSuffix(name, ".gz"))} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// scalar writes a text as YAML, in quotes where it would mean something else
// without, and so that it holds no reference.
func scalar(text string) string {
	return mappingKey(strings.ReplaceAll(text, "${", "$${"))
}

// mappingKey is scalar for a key, which holds no reference.
func mappingKey(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plainScalar.MatchString(text) {
			return text
		}
	}
	return strconv.Quote(text)
}

// oneLine keeps text within a comment, or within notes, as it is.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "${", "$${")
}

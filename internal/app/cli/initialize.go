package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/lazy"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/question"
	"labbook/models/training"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// initCommand looks at a file and writes declarations from what it finds. It runs
// nothing: what it decided stands in them, for a person to change.
func (a *app) initCommand() *cobra.Command {
	var w question.Wishes
	var task, name, quality string
	var budget time.Duration
	var explain bool
	cmd := &cobra.Command{
		Use: "init DATA --target COLUMN", Short: "Write a first pipeline for a file: CSV, Parquet, Arrow or JSON lines",
		Long: `Look at a file, CSV, Parquet, Arrow or JSON lines, and write a pipeline that explores it, splits it, trains a
few models for one of its columns, and registers the best. It is yours to edit
from then on.

Everything is decided by what the columns hold, never by their names, and printed
with the reason and what says otherwise. A column of numbers is predicted as a
number, any other as a class, and so are numbers that are labels: two values, or
a few whole numbers again and again. Dates, money, per cent and units are read in
the form that they have. Columns that name rows are dropped; columns of texts are
learned from word by word. A date that orders the rows makes the latest of them
the test; rows of one patient or school stay together. DATA may be a folder of files
with types, whose folders may name values as in year=2024, or a pattern of such. How much the run tries for the
best answer says --quality; --budget says about how long that may take on this
machine, of which a number of candidates is made that gives the same everywhere.`,
		Example: "  labbook init data/houses.csv --target price\n  labbook init data/visits.csv --target no_show --time day --group patient",
		Args:    args(1, 1, "a file"),
		RunE: func(cmd *cobra.Command, given []string) error {
			w.Task = metrics.Task(task)
			if err := checkQuality(quality); err != nil {
				return usage(err)
			}
			s, err := a.examine(given[0], w, name)
			if err != nil {
				return usage(err)
			}
			s.Quality = quality
			if err := s.afford(cmd.Context(), budget); err != nil {
				return usage(err)
			}
			if explain {
				return a.explainStarter(s)
			}
			return a.writeStarter(s)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&w.Target, "target", "t", "", "the column to predict")
	flags.StringVar(&task, "task", "", "what it is predicted as: regression (a number) or classification (default: what its values look like)")
	flags.StringVar(&w.Time, "time", "", "the column that orders the rows: the latest of them are the test part")
	flags.StringSliceVar(&w.Group, "group", nil, "columns whose equal values stay on one side of the split")
	flags.StringSliceVar(&w.Drop, "drop", nil, "columns to learn nothing from")
	flags.StringSliceVar(&w.Text, "text", nil, "columns to read as texts, and to learn from word by word")
	flags.StringVar(&quality, "quality", "good", "how much is tried for the best answer: quick, good or best")
	flags.DurationVar(&budget, "budget", 0, "about how long the choice of a model may take, such as 10m: some candidates are timed, and how many fit is written (default: what the quality tries by itself)")
	flags.StringVar(&name, "name", "", "the pipeline's name (default: the file's)")
	flags.BoolVar(&explain, "explain", false, "print what was found in every column, and write nothing")
	return cmd
}

// checkQuality refuses a quality that there is not.
func checkQuality(quality string) error {
	if slices.Contains(training.Qualities, quality) {
		return nil
	}
	return &diag.Error{What: "there is no such --quality", Found: strconv.Quote(quality), Wanted: "quick, good or best",
		Hint: diag.DidYouMean(quality, training.Qualities)}
}

// absolute gives where a path of the command line is, which is relative to the
// project.
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
		"scalar": scalar, "oneLine": oneLine, "list": flowList, "key": mappingKey, "editorLine": func() string { return editorLine(schemaFile) },
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
	if !a.quiet {
		a.tellStarter(s, path)
		fmt.Fprintf(a.out, "wrote %s; next: labbook run %s\n", written, s.Name)
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

// stem is a file's name without what says how it is written.
func stem(path string) string {
	name := filepath.Base(path)
	for _, packing := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packing)
	}
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// plainScalar is what YAML reads as a text without quotes, and as nothing else.
var plainScalar = lazy.Regexp(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

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
		if plainScalar().MatchString(text) {
			return text
		}
	}
	return doubleQuoted(text)
}

// doubleQuoted writes a text in quotes, with what cannot be seen by its number.
func doubleQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// oneLine keeps text within a comment, or within notes, as it is.
func oneLine(text string) string {
	const most = 2000
	return strings.ReplaceAll(human.Line(strings.Join(strings.Fields(text), " "), most), "${", "$${")
}

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
	"labbook/internal/table"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

//go:embed starter.yaml.tmpl
var starterYAML string

// starter is what the first pipeline is written from.
type starter struct {
	Name, Title, Why string
	Data             string // the file, slash-separated, relative to the project
	Target           string
	Regression       bool
	Drop             []string // columns that no feature is made of
}

func (a *app) initCommand() *cobra.Command {
	var target, name string
	cmd := &cobra.Command{
		Use: "init DATA.csv --target COLUMN", Short: "Write a first pipeline for a CSV file",
		Long: `Look at a CSV file and write a pipeline that explores it, splits it, trains a
few models for one of its columns, and registers the best. It is yours to edit
from then on. A column of numbers is predicted as a number, any other as a class.`,
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
	file, err := csvfile.Read(filepath.Join(root, rel), csvfile.Options{Name: data, DropBad: true})
	if err != nil {
		return nil, err
	}
	t := file.Table
	if target == "" {
		return nil, diag.New("init needs the column to predict", "add --target with one of: "+strings.Join(t.Names(), ", "))
	}
	column := t.Column(target)
	if column == nil {
		return nil, diag.New(fmt.Sprintf("%s has no column %q", data, target), diag.DidYouMean(target, t.Names()))
	}
	if name == "" {
		name = slug(strings.TrimSuffix(filepath.Base(data), filepath.Ext(data)))
	}
	s := &starter{
		Name: name, Data: filepath.ToSlash(rel), Target: target,
		Title:      scalar("What does " + target + " depend on?"),
		Regression: column.Type == table.Number,
		Why:        fmt.Sprintf("Predicts %s from the other columns of %s.", oneLine(target), filepath.ToSlash(rel)),
	}
	for _, c := range t.Columns {
		if c.Type == table.Text && c.Name != target {
			s.Drop = append(s.Drop, c.Name)
		}
	}
	return s, nil
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
	tmpl := template.Must(template.New("starter").Funcs(template.FuncMap{"scalar": scalar}).Parse(starterYAML))
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

// scalar writes a text as YAML, in quotes where it would mean something else
// without.
func scalar(text string) string {
	plain := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`).MatchString(text)
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		plain = false
	}
	if plain {
		return text
	}
	return strconv.Quote(text)
}

// oneLine keeps text within a comment.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

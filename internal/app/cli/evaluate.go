package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/assess"
	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/show/report"
	"labbook/runner/cache"
)

// evaluateCommand prints tables, or JSON, on standard output; warnings go to
// standard error. Nothing is recorded, but for the page that --html names.
func (a *app) evaluateCommand() *cobra.Command {
	var q assess.Question
	var page string
	cmd := &cobra.Command{
		Use: "evaluate MODEL [FILE]", Short: "Judge a version on rows of a file whose outcome is known",
		Long: `Judge a registered model on rows as predict takes them (of JSON an object a
line), that have the target too: every metric with its interval, and in pairs, on the same rows, with
the champion or with the versions that --against names. --by parts the rows by a
column of the file, whether the model reads it or not: by its levels, or by five
ranges of its numbers.

Rows that one of the versions learned from are known by their values and left
out; how many is said, and --seen keeps them in. Of a version that does not say
what it learned from, such as an imported one, that is a warning.`,
		Example: `  labbook evaluate diamonds@4 fresh.csv
  labbook evaluate diamonds@4 fresh.csv --against diamonds@2 --by cut --by carat
  labbook evaluate diamonds fresh.csv --html fresh.html`,
		Args: args(1, 2, "a model and at most one file"),
		RunE: func(cmd *cobra.Command, given []string) error {
			began := time.Now()
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			in, name, err := a.open(given[1:])
			if err != nil {
				return usage(err)
			}
			defer in.Close()
			q.Model, q.File, q.Cores = given[0], name, runtime.GOMAXPROCS(0)
			answer, err := assess.Ask(cmd.Context(), p.Registry(), q, in)
			if err != nil {
				return err
			}
			if page != "" {
				frame := report.Run{Started: began, Took: time.Since(began), Command: "labbook " + strings.Join(os.Args[1:], " "),
					Versions: []report.Pair{{Name: "labbook", Value: project.Version()}}}
				if err := a.writePage(cmd.Context(), page, answer, frame, q.Cores); err != nil {
					return err
				}
			}
			if a.json {
				return a.printJSON(answer)
			}
			a.printAnswer(answer)
			if page != "" && !a.quiet {
				fmt.Fprintln(a.out, "the report is "+page)
			}
			return nil
		},
		ValidArgsFunction: a.completeModels,
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&q.Against, "against", nil, "versions to compare with, as diamonds@2 (default: the champion)")
	flags.StringSliceVar(&q.By, "by", nil, "columns of the file by which the rows are parted")
	flags.StringVar(&q.Metric, "metric", "", "the metric that parts are judged by (default: the one that the version was chosen by)")
	flags.StringSliceVar(&q.Group, "group", nil, "columns of which rows with equal values belong together: intervals draw them together")
	flags.StringVar(&q.Time, "time", "", "the column that orders the rows: intervals draw blocks of time")
	flags.BoolVar(&q.Seen, "seen", false, "judge also on rows that a version learned from")
	flags.StringVar(&page, "html", "", "write a notebook to this file too")
	return a.withJSON(cmd)
}

// writePage writes the notebook of an answer.
func (a *app) writePage(ctx context.Context, name string, answer *assess.Answer, frame report.Run, cores int) error {
	frame.Host, _ = os.Hostname()
	var page bytes.Buffer
	if err := answer.Write(ctx, &page, frame, cores); err != nil {
		return err
	}
	return cache.WriteFile(a.path(name), page.Bytes())
}

// printAnswer prints what came out as tables.
func (a *app) printAnswer(answer *assess.Answer) {
	c := a.colours(a.out)
	fmt.Fprintln(a.out, human.Line(answer.Words(), 300))
	for _, f := range answer.Findings {
		if f.Level.Warns() {
			a.warn(human.Line(f.Text, 600))
		} else if !a.quiet {
			fmt.Fprintln(a.out, human.Line(f.Text, 600))
		}
	}
	fmt.Fprintln(a.out)
	a.printTable(answer.Metrics(), c)
	for _, by := range answer.Segments {
		fmt.Fprintln(a.out)
		a.printTable(answer.Table(by), c)
	}
}

// printTable prints a table of a notebook.
func (a *app) printTable(t notebook.Table, c colours) {
	var l listing
	for j, column := range t.Columns {
		title := column.Name
		if column.Unit != "" {
			title += " (" + column.Unit + ")"
		}
		if t.Numeric(j) {
			title = ">" + title
		}
		l.titles = append(l.titles, title)
	}
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for j, v := range row {
			cells[j] = t.Columns[j].Under(v)
		}
		l.add(cells...)
	}
	if t.Caption != "" {
		fmt.Fprintln(a.out, c.bold(human.Line(t.Caption, 300)))
	}
	l.print(a.out, c)
}

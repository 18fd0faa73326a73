package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/store/output"
)

// getCommand gives out an output. What is written to a name stands there whole or
// not at all.
func (a *app) getCommand() *cobra.Command {
	var to, run string
	cmd := &cobra.Command{
		Use: "get STAGE[:FILE]", Short: "Give out what a stage left, as it is or as CSV, Parquet, JSON lines or Arrow",
		Long: `Give out what a stage left: to standard output, or with -o to a file. STAGE is a
stage, as in split or diamonds/split, as it last succeeded, or with --run as it
was in that run; or a version of a model, as in diamonds@3 or diamonds@champion:
then it is what answers for the version.

FILE is one of the files it left, and may be left out where there is one. With -o
and without FILE, all of them become a folder of that name.

A table or a matrix is given in another form where FILE or -o ends so: .csv,
.parquet, .jsonl or .arrow. Parquet and Arrow keep types, levels, units and
documentation. A sparse matrix has a row for each value: row, column, value and
target.`,
		Example: `  labbook get diamonds/split:test.csv > test.csv
  labbook get diamonds/evaluate:predictions -o predictions.parquet
  labbook get prepare:metrics.json --run latest~1
  labbook get diamonds@champion -o model/`,
		Args: args(1, 1, "a stage, as in split or diamonds/split:test.csv"),
		RunE: func(cmd *cobra.Command, given []string) error {
			found, file, err := a.outputNamed(cmd.Context(), given[0], run)
			if err != nil {
				return err
			}
			if to == "" || to == "-" {
				c, err := output.Choose(found, file)
				if err != nil {
					return usage(err)
				}
				return a.printOutput(c)
			}
			return a.writeOutput(found, file, to)
		},
		ValidArgsFunction: a.completeStages,
	}
	cmd.Flags().StringVarP(&to, "output", "o", "", "the file, or folder, to write (default: standard output)")
	cmd.Flags().StringVar(&run, "run", "", "the run: its id, a beginning of it, latest or latest~1")
	return cmd
}

// outputNamed finds what STAGE of STAGE:FILE left, in a run where one is named, and
// gives FILE, which may be "".
func (a *app) outputNamed(ctx context.Context, name, run string) (found *artifact.Artifact, file string, err error) {
	p, err := a.openProject(true)
	if err != nil {
		return nil, "", err
	}
	defer p.Close()
	stage, file, _ := strings.Cut(name, ":")
	found, err = p.Output(ctx, stage, run)
	return found, file, usage(err)
}

// printOutput writes a file to standard output: as it is for a program, and to a
// terminal only where it is a text.
func (a *app) printOutput(c *output.Chosen) error {
	if !isTerminal(a.out) {
		return c.Write(a.out)
	}
	var text bytes.Buffer
	if err := c.Write(&text); err != nil {
		return err
	}
	if bytes.IndexByte(text.Bytes()[:min(text.Len(), 1<<16)], 0) >= 0 {
		hint := "-o FILE writes it"
		if output.IsTable(c.Blob.Name) {
			hint = fmt.Sprintf("`labbook cat %s:%s` shows it, -o FILE writes it", c.From.Stage, c.Blob.Name)
		}
		return usagef(hint, "%s is no text for a terminal", c.Name)
	}
	return a.printRaw(&text)
}

// writeOutput writes the file that is meant, or all of them where none is and
// there are several.
func (a *app) writeOutput(found *artifact.Artifact, file, to string) error {
	path := a.path(to)
	info, err := os.Stat(path)
	folder := strings.HasSuffix(to, "/") || err == nil && info.IsDir()
	if file == "" && (folder || len(found.Files) != 1 && !output.IsTable(to)) {
		return a.wrote(found.Stage, to, usage(output.WriteFolder(found, path)))
	}
	choose := output.Choose
	if file == "" && output.IsTable(to) {
		choose = output.ChooseTable
	}
	c, err := choose(found, file)
	if err != nil {
		return usage(err)
	}
	if folder {
		path, to = filepath.Join(path, c.Name), filepath.Join(to, c.Name)
	} else if err := c.Convert(to); err != nil {
		return usage(err)
	}
	return a.wrote(found.Stage+":"+c.Blob.Name, to, c.WriteFile(path))
}

// wrote says what was written where.
func (a *app) wrote(what, to string, err error) error {
	if err == nil && !a.quiet {
		fmt.Fprintf(a.err, "wrote %s to %s\n", human.Line(what, 0), human.Line(to, 0))
	}
	return err
}

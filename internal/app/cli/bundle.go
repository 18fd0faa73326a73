package cli

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/base/program"
	"labbook/runner"
	"labbook/runner/pipeline"
)

// bundleCommand writes the file that reproduceCommand reads.
func (a *app) bundleCommand() *cobra.Command {
	var to, file string
	var onlyDigests bool
	cmd := &cobra.Command{
		Use: "bundle RUN", Short: "Write a run to one file, for others to make it again",
		Long: `Write to one file what somebody else needs to make a run again and to see whether the
same comes out: the declarations, the files that its stages read, the parameters, the
versions of labbook and of tools, and the digest of all that its stages left. Of a query
it has the answer, so that nobody has to be asked.

RUN is the run's id, a beginning of it, latest or latest~1. It has to have succeeded,
and its declarations and files have to be as they were. With --digests the files that
stages read are named by their digests and not put in. The environment variables that
stages list with env are in it, with their values.`,
		Example: "  labbook bundle latest\n  labbook bundle latest~1 --digests -o prices-march.run.tar.zst",
		Args:    args(1, 1, "the run, as in latest"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			found, err := p.Ledger.FindRun(cmd.Context(), "", given[0])
			if err != nil {
				return err
			}
			if to == "" && found != nil {
				to = found.ID + ".run.tar.zst"
			}
			c, err := p.BundleRun(cmd.Context(), given[0], file, a.path(to), onlyDigests)
			switch {
			case err != nil:
				return err
			case a.json:
				return a.printJSON(c)
			case !a.quiet:
				fmt.Fprintf(a.out, "%s: run %s of %s, %s and %s\n", to, c.Run.ID, c.Run.Pipeline,
					human.Count(len(c.Run.Stages), "stage"), human.Count(len(c.Parts), "file"))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&to, "output", "o", "", "the file to write (default: RUN.run.tar.zst)")
	flags.StringVarP(&file, "file", "f", pipeline.DefaultFile, "the pipeline file of the run, relative to the project's folder")
	flags.BoolVar(&onlyDigests, "digests", false, "name the files that stages read by their digests, and leave them out")
	return a.withJSON(cmd)
}

// reproduceCommand makes a bundled run again. Its exit code is that of run --verify.
func (a *app) reproduceCommand() *cobra.Command {
	var keep string
	o := runner.Options{}
	cmd := &cobra.Command{
		Use: "reproduce FILE", Short: "Make a bundled run again, and say whether the same comes out",
		Long: `Make the run of a bundle again from its declarations and files, in a folder of its
own, and compare every artifact of every stage with what the run left: MATCH means the
same bytes. Where they differ it is said which, and what was asked otherwise, such as
another version of a tool or another machine.

Files that the bundle names and does not hold are taken from the project's folder (-C),
if their digests are right. The folder is removed afterwards, unless --keep names one.
The exit code is 0 where everything matches and 3 where something differs.`,
		Example: "  labbook reproduce prices-march.run.tar.zst\n  labbook reproduce prices-march.run.tar.zst --keep march",
		Args:    args(1, 1, "the file that bundle wrote"),
		RunE: func(cmd *cobra.Command, given []string) error {
			folder := a.path(keep)
			if keep == "" {
				made, err := program.Folder("labbook-again-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(made)
				folder = made
			}
			shown := a.newProgress()
			o.Observe = shown.event
			again, err := project.Reproduce(cmd.Context(), a.path(given[0]), folder, a.dir, o)
			shown.close()
			if err != nil {
				return atFault(err)
			}
			if a.json {
				err = a.printJSON(again)
			} else {
				a.printReproduced(again)
			}
			if err == nil && !again.Matches() {
				return &exit{ExitDiffers, nil}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "the folder to make it in, which is empty or not there and stays")
	cmd.Flags().IntVarP(&o.Jobs, "jobs", "j", runtime.GOMAXPROCS(0), "cores to use")
	return a.withJSON(cmd)
}

// printReproduced says of each stage whether it came out as it was.
func (a *app) printReproduced(again *project.Reproduced) {
	c := a.colours(a.out)
	matched := 0
	for _, s := range again.Stages {
		switch {
		case s.Match:
			matched++
			if !a.quiet {
				fmt.Fprintf(a.out, "%s  %s\n", c.green("MATCH  "), s.Name)
			}
			continue
		case s.Error != "":
			fmt.Fprintf(a.out, "%s  %s: %s\n", c.red("FAILED "), s.Name, human.Text(s.Error, 0))
		default:
			fmt.Fprintf(a.out, "%s  %s: %s\n", c.red("DIFFERS"), s.Name, human.Line(strings.Join(s.Differs, ", "), 200))
		}
		for _, why := range s.Why {
			fmt.Fprintf(a.out, "         %s\n", why)
		}
	}
	if !a.quiet {
		fmt.Fprintf(a.out, "run %s of %s: %d of %s match\n", again.Run.ID, again.Run.Pipeline, matched, human.Count(len(again.Stages), "stage"))
	}
}

package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/runner/pipeline"
)

// workerCommand makes stages for whoever runs pipelines on a farm. It needs farm.yaml
// and no project, opens no port, and prints a line for each stage to standard error.
func (a *app) workerCommand() *cobra.Command {
	var on string
	var as project.Worker
	cmd := &cobra.Command{
		Use: "worker", Short: "Make stages for runs on a farm",
		Long: `Make stages for runs with --on NAME, of farm.yaml, until interrupted: one at a time on
each core, and beside them one that claims several (cores:). What a stage reads comes
from the cache that NAME names, what it makes goes there. A worker wants no project,
only farm.yaml, and opens no port; its programs, such as Python, have to be those of
whoever runs pipelines, which is asked before anything works.

A worker makes stages of runs with the same kinds and machine as its own; start the same
labbook. With --label it makes those that say so (on: gpu), and no others. When it is
interrupted, others make at once what it was at.`,
		Example: `  labbook worker --on lab
  labbook worker --on lab --cores 8 --cache /scratch/$USER/labbook --idle 10m
  sbatch --array=1-50 -c8 --wrap 'labbook worker --on lab --cores 8 --idle 10m'`,
		Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case on == "":
				return usagef("name a farm of farm.yaml", "a worker wants --on NAME")
			case as.Cores < 1:
				return usagef("leave --cores out to use all", "--cores %d is not a number of cores", as.Cores)
			case as.Idle < 0:
				return usagef("leave --idle out to work until interrupted", "--idle %s is not a time", as.Idle)
			case as.Label != "" && (!pipeline.IsLabel(as.Label) || as.Label == pipeline.Here):
				return usagef("lower-case letters, digits and -, such as gpu", "--label %s cannot be a label", human.Line(as.Label, 60))
			}
			if as.Cache != "" {
				as.Cache = a.path(as.Cache)
			}
			tell := func(text string) {
				if !a.quiet {
					fmt.Fprintln(a.err, human.Line(text, 500))
				}
			}
			return atFault(project.Work(cmd.Context(), a.dir, on, as, tell))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&on, "on", "", "a name in farm.yaml")
	flags.IntVar(&as.Cores, "cores", runtime.GOMAXPROCS(0), "how many stages to make at a time")
	flags.StringVar(&as.Label, "label", "", "make only stages that say `on:` this")
	flags.StringVar(&as.Cache, "cache", "", "folder for what comes and goes (default: labbook in the user's cache)")
	flags.DurationVar(&as.Idle, "idle", 0, "end after so long without work, such as 10m")
	flags.StringVar(&as.Name, "name", "", "what people see (default: its host and process)")
	return cmd
}

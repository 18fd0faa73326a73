package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/runner"
)

// errSaved is why a run of watch is stopped: it would be of before.
var errSaved = errors.New("something was saved meanwhile")

// watchCommand runs until a signal comes, which ends it well: that is how it is left.
func (a *app) watchCommand() *cobra.Command {
	var from project.Selection
	var o runner.Options
	var noPictures bool
	cmd := &cobra.Command{
		Use: "watch [PIPELINE…]", Short: "Run what a saved file changes, again and again",
		Long: `Run the pipelines of pipeline.yaml, or those named, and then again whenever a file
is saved that they depend on: a declaration, data, a script. Only what changed
runs. A save while a run goes on stops it; what it has finished is kept. While a
declaration cannot be read, that is said, and waited for.

The notebook that is open on the pages of labbook serve follows: it shows the
cells that changed. labbook serve --watch does both in one.`,
		Example: `  labbook watch
  labbook watch diamonds --set seed=7`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			return a.watch(cmd.Context(), from, names, o, !noPictures)
		},
		ValidArgsFunction: a.completePipelines,
	}
	selectionFlags(cmd, &from)
	flags := cmd.Flags()
	flags.IntVarP(&o.Jobs, "jobs", "j", runtime.GOMAXPROCS(0), "cores to use")
	flags.Var((*size)(&o.Memory), "memory", "how much stages that run together may claim (default: what there is)")
	flags.BoolVar(&noPictures, "no-png", false, "do not draw the figures as pictures in reports/PIPELINE/")
	return cmd
}

// watch runs, waits for a save, and runs again, until ctx ends. How a run ends is
// said, and no reason to end.
func (a *app) watch(ctx context.Context, from project.Selection, names []string, o runner.Options, pictures bool) error {
	p, err := a.openProject(false)
	if err != nil {
		return err
	}
	defer p.Close()
	of := from
	of.Names = names
	watcher := p.Watch(of)
	for {
		run, stop := context.WithCancelCause(ctx)
		saved := make(chan []string, 1)
		go func() {
			changed := watcher.Changed(ctx)
			saved <- changed
			stop(errSaved)
		}()
		if err := a.run(run, from, names, o, elsewhere{}, pictures); err != nil && ctx.Err() == nil && context.Cause(run) == nil {
			a.report(run, err)
		}
		if !a.quiet && run.Err() == nil {
			fmt.Fprintln(a.err, a.colours(a.err).dim("watching: a save runs what it changes, Ctrl+C ends"))
		}
		changed := <-saved
		stop(nil)
		if ctx.Err() != nil {
			return nil
		}
		if !a.quiet {
			fmt.Fprintf(a.err, "%s %s\n", a.colours(a.err).bold("saved:"), human.Line(human.And(changed), 200))
		}
	}
}

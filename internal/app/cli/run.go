package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/runner/pipeline"
)

// runCommand is the one command that runs stages. Any number of them may go on at
// a time, in one project too: what two want to make is made by one. The exit code
// is 0 only if every stage is up to date or was made.
func (a *app) runCommand() *cobra.Command {
	var from project.Selection
	var o runner.Options
	var noPictures, due bool
	var away elsewhere
	cmd := &cobra.Command{
		Use: "run [PIPELINE…]", Short: "Run what changed, and write the report",
		Long: `Run the pipelines of pipeline.yaml, or those named. A stage runs when something
it depends on has changed: its parameters, its kind, the files and outputs it
reads. Everything else is taken from the cache. When a stage fails, those that
do not depend on it are still made.

With --models the other variants are left out: those named are trained, compared
with one another and with the champion, and the best is registered. With --only
a stage is made with what it needs, and nothing after it.

With --on NAME, of farm.yaml, what others made is taken from the cache that it names, and
what is made here is sent there. Where that cannot be had the run goes on without it.
If it names an engine too, stages are made by its workers (labbook worker), but for those
that act, that say on: here, or that are expected to take less than a second.

Each run is recorded in runs/labbook.db, and written as a page to
reports/PIPELINE.html, with its figures as pictures, for slides and papers, in
reports/PIPELINE/STAGE-FIGURE.png.`,
		Example: `  labbook run
  labbook run diamonds --set seed=7
  labbook run diamonds --set train/boosting.with.params.max_depth=8
  labbook run diamonds --models boosting,linear
  labbook run --only train/boosting --force
  labbook run --on lab`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			if due {
				switch chosen, err := a.due(cmd.Context(), from, names); {
				case err != nil || len(chosen) == 0:
					return err
				default:
					names = chosen
				}
			}
			return a.run(cmd.Context(), from, names, o, away, !noPictures)
		},
		ValidArgsFunction: a.completePipelines,
	}
	selectionFlags(cmd, &from)
	away.flags(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.Only, "only", nil, "make only this stage and what it needs (again, or with commas, for more)")
	flags.IntVarP(&o.Jobs, "jobs", "j", runtime.GOMAXPROCS(0), "cores to use")
	flags.Var((*size)(&o.Memory), "memory", "how much stages that run together may claim (default: what there is)")
	flags.BoolVar(&due, "due", false, "run only what is due by its schedule: for cron and timers, every minute or so")
	flags.StringVar(&o.Run.ID, "as", "", "the id of the run: that of the queue which it leaves")
	flags.MarkHidden("as") // the server's, of runs that were queued
	flags.BoolVar(&o.Force, "force", false, "run every stage, also those that are up to date")
	flags.BoolVar(&o.Verify, "verify", false, "run stages that are up to date again and compare the bytes")
	flags.BoolVar(&noPictures, "no-png", false, "leave neither the figures as pictures nor the champion's page in reports/PIPELINE/")
	flags.BoolVar(&o.KeepGoing, "keep-going", false, "also run stages that only wait for (needs) a failed one")
	cmd.RegisterFlagCompletionFunc("only", a.completeStages)
	return a.withJSON(cmd)
}

// run executes pipelines, shows how it goes, and writes the reports.
func (a *app) run(ctx context.Context, from project.Selection, names []string, o runner.Options, away elsewhere, pictures bool) error {
	began := time.Now()
	a.told = true
	if o.Jobs < 1 {
		return usagef("leave --jobs out to use all", "--jobs %d is not a number of cores", o.Jobs)
	}
	if o.Run.ID != "" && (!record.IsRunID(o.Run.ID) || len(names) != 1) {
		return usagef("leave --as to the server", "--as %s is not the id of a run of one pipeline", human.Line(o.Run.ID, 60))
	}
	if o.Memory < 0 {
		return usagef("leave --memory out to use all", "--memory 0 leaves none to claim")
	}
	// Stages hold numbers and texts, which cost the collector little: it may come when
	// half is added, and the process stays near what it needs.
	spare(50)
	p, err := a.openProjectWith(ledger.Options{OrRead: true})
	if err != nil {
		return a.refused(err)
	}
	defer p.Close()
	if err := away.share(p, &o); err != nil {
		return a.refused(err)
	}
	shown := a.newProgress()
	o.Observe, from.Names = shown.event, names
	if pictures {
		p.Pictures = o.Jobs
	}
	result, err := p.Run(ctx, from, o, append([]string{"labbook"}, os.Args[1:]...))
	shown.close()
	if err != nil {
		return a.refused(atFault(err))
	}
	err = a.conclude(ctx, p, result, time.Since(began))
	return cmp.Or(err, result.Close(ctx))
}

// due claims what is due, of the pipelines that are named, and says when the next is
// where nothing is.
func (a *app) due(ctx context.Context, from project.Selection, names []string) ([]string, error) {
	p, err := a.openProject(false)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	declared, err := load(p, from, names)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	chosen, err := p.Due(ctx, declared, now, false)
	if err != nil || len(chosen) > 0 || a.quiet || a.json {
		return chosen, err
	}
	scheduled := false
	for _, each := range declared.Pipelines {
		if each.Schedule != nil {
			fmt.Fprintf(a.out, "%s: not due, %s\n", each.Name, each.Schedule.Words(now))
			scheduled = true
		}
	}
	if !scheduled {
		fmt.Fprintln(a.out, "no pipeline has a schedule")
	}
	return nil, nil
}

// refused tells whoever reads the events why nothing was begun, and gives the
// error back.
func (a *app) refused(err error) error {
	if !a.json {
		return err
	}
	what, code := err, ExitFailed
	if e := (*exit)(nil); errors.As(err, &e) {
		what, code = e.err, e.code
	}
	var all diag.List
	all.Add(what)
	jsonProgress{json.NewEncoder(a.out)}.event(runner.Event{Time: time.Now(), What: runner.RunRefused,
		Error: all[0].Clause(), Hint: cmp.Or(all[0].Hint, hintFor(what, code))})
	return err
}

// atFault is usage of an error about what was asked for.
func atFault(err error) error {
	if wrong := (*project.Wrong)(nil); errors.As(err, &wrong) {
		return usage(wrong.Unwrap())
	}
	return err
}

// conclude writes the reports, sums the runs up, and gives the error that says
// how they ended.
func (a *app) conclude(ctx context.Context, p *project.Project, result *runner.Result, took time.Duration) error {
	var failed []string
	unwritten := result.Aside
	differs, stopped := false, false
	for _, run := range result.Runs {
		stopped = stopped || run.Stopped()
		path, unsent, err := p.WriteReport(ctx, result, run)
		if unsent != nil {
			a.warn(fmt.Sprintf("the page of %s is on this machine only: %s", run.Pipeline, human.Line(unsent.Error(), 600)))
		}
		if err != nil {
			unwritten = errors.Join(unwritten, fmt.Errorf("the report of %s: %w", run.Pipeline, err))
		}
		if !a.quiet && !a.json {
			a.summarize(ctx, p, run, path, took)
		}
	}
	if !a.quiet && !a.json && ctx.Err() == nil && isTerminal(a.out) {
		fmt.Fprintln(a.out, a.colours(a.out).dim("next: "+next(ctx, p, result)))
	}
	for _, st := range result.Failed() {
		failed = append(failed, st.Name)
		differs = differs || errors.Is(st.Err, runner.ErrDiffers)
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case stopped:
		return errStopped
	case differs:
		return &exit{ExitDiffers, errors.New("an output differs from the one kept: " + strings.Join(failed, ", "))}
	case len(failed) > 0:
		if !a.quiet && !a.json && unwritten == nil {
			return &exit{code: ExitFailed} // said already
		}
		failure := diag.New(strings.Join(failed, ", ")+" failed", "`labbook runs show latest` says why")
		return errors.Join(unwritten, failure)
	}
	return unwritten
}

// summarize says in a few lines what a run did.
func (a *app) summarize(ctx context.Context, p *project.Project, run *runner.RunResult, report string, took time.Duration) {
	c := a.colours(a.out)
	if unchanged(run) {
		n := len(run.Stages) + run.Cached
		fmt.Fprintf(a.out, "%s nothing to do, %s up to date (%s)\n", c.bold(run.Pipeline+":"), human.Count(n, "stage"), human.Duration(took))
		return
	}
	count := map[record.Status]int{}
	for _, st := range run.Stages {
		count[st.Status]++
	}
	var parts []string
	for _, s := range []record.Status{record.Succeeded, record.Cached, record.Failed, record.Skipped, record.Interrupted} {
		word := status.OfStage(s).Word
		if s == record.Failed {
			word = c.red(word)
		}
		if n := count[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	fmt.Fprintf(a.out, "%s %s: %s, in %s\n", c.bold(run.Pipeline+":"), human.Count(len(run.Stages), "stage"), strings.Join(parts, ", "), human.Duration(took))
	for _, line := range headlines(ctx, p, run) {
		fmt.Fprintln(a.out, "  "+line)
	}
	if report != "" {
		fmt.Fprintln(a.out, "  the report is "+report)
	}
}

// completePipelines completes the names of pipelines.
func (a *app) completePipelines(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return a.complete(project.Names)
}

// completeStages completes the names of stages, behind those of pipelines where
// there are several.
func (a *app) completeStages(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return a.complete(func(declared *pipeline.Project) (names []string) {
		for _, p := range declared.Pipelines {
			for _, stage := range p.Stages {
				if len(declared.Pipelines) > 1 {
					names = append(names, p.Name+"/"+stage.Name)
				} else {
					names = append(names, stage.Name)
				}
			}
		}
		return names
	})
}

// complete completes names of what is declared, none where that cannot be read.
func (a *app) complete(names func(*pipeline.Project) []string) ([]string, cobra.ShellCompDirective) {
	p, err := a.openProject(true)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer p.Close()
	declared, err := load(p, project.Declared(), nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names(declared), cobra.ShellCompDirectiveNoFileComp
}

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/runner/pipeline"
)

func (a *app) runCommand() *cobra.Command {
	var from loading
	var o runner.Options
	cmd := &cobra.Command{
		Use: "run [PIPELINE…]", Short: "Run what changed, and write the report",
		Long: `Run the pipelines of pipeline.yaml, or those named. A stage runs when something
it depends on has changed: its parameters, its kind, the files and outputs it
reads. Everything else is taken from the cache. When a stage fails, those that
do not depend on it are still made.

With --models the other variants are left out: those named are trained, compared
with one another and with the champion, and the best is registered. With --only
a stage is made with what it needs, and nothing after it.

Each run is recorded in runs/labbook.db, and written as a page to
reports/PIPELINE.html.`,
		Example: `  labbook run
  labbook run diamonds --set seed=7
  labbook run diamonds --models boosting,linear
  labbook run --only train/boosting --force`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			return a.run(cmd.Context(), from, names, o)
		},
		ValidArgsFunction: a.completePipelines,
	}
	from.flags(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.Only, "only", nil, "make only this stage and what it needs (again, or with commas, for more)")
	flags.IntVarP(&o.Jobs, "jobs", "j", runtime.NumCPU(), "cores to use")
	flags.BoolVar(&o.Force, "force", false, "run every stage, also those that are up to date")
	flags.BoolVar(&o.Verify, "verify", false, "run stages that are up to date again and compare the bytes")
	flags.BoolVar(&o.KeepGoing, "keep-going", false, "also run stages that only wait for (needs) a failed one")
	cmd.RegisterFlagCompletionFunc("only", a.completeStages)
	return a.withJSON(cmd)
}

// run executes pipelines, shows how it goes, and writes the reports.
func (a *app) run(ctx context.Context, from loading, names []string, o runner.Options) error {
	began := time.Now()
	if o.Jobs < 1 {
		return usagef("leave --jobs out to use all", "--jobs %d is not a number of cores", o.Jobs)
	}
	if os.Getenv("GOGC") == "" {
		// Stages hold numbers and texts, which cost the collector little: it may
		// come when half is added, and the process stays near what it needs.
		debug.SetGCPercent(50)
	}
	s, err := a.openStoresWith(ledger.Options{OrRead: true})
	if err != nil {
		return err
	}
	defer s.close()
	p := a.newProgress()
	o.Project, o.Cache, o.Observe = s.root, s.cache, p.event
	o.Ledger = recording{s.ledger, func() bool { return dirty(ctx, s.root) }, headCommit(s.root)}
	o.Pinned = func() ([]string, error) { return s.registry().Pinned(context.Background()) }
	o.Run.Command = append([]string{"labbook"}, os.Args[1:]...)
	o.Run.Host, _ = os.Hostname()
	o.Run.Versions = map[string]string{"labbook": version(), "go": runtime.Version(), "arch": runtime.GOOS + "/" + runtime.GOARCH}
	if len(names) == 0 && len(from.models) == 0 {
		// The usual case first: nothing has changed, and that is soon proved.
		result, err := runner.Unchanged(ctx, from.options(s), o)
		if err != nil || result != nil {
			p.close()
			if err != nil {
				return err
			}
			return a.conclude(ctx, s, result, time.Since(began))
		}
	}
	project, err := a.load(from, s, names)
	if err != nil {
		return err
	}
	if _, err := runner.Select(project, o.Only); err != nil {
		return usage(err)
	}
	result, err := runner.Execute(ctx, project, o)
	p.close()
	if err != nil {
		return err
	}
	err = a.conclude(ctx, s, result, time.Since(began))
	return cmp.Or(err, result.Close(ctx))
}

// recording is a ledger that notes the state of the sources in runs that begin,
// and ends those whose process was killed. A run that had nothing to do is not
// worth the tens of milliseconds that git takes to look at the sources.
type recording struct {
	*ledger.DB
	dirty  func() bool
	commit string // "" outside a repository
}

func (l recording) StartRun(r *record.Run) error {
	r.Commit = l.commit
	if r.SameAs == "" {
		r.Dirty = l.commit != "" && l.dirty()
		if _, err := l.DB.MarkInterrupted(context.Background()); err != nil {
			return err
		}
	}
	return l.DB.StartRun(r)
}

// conclude writes the reports, sums the runs up, and gives the error that says
// how they ended.
func (a *app) conclude(ctx context.Context, s *stores, result *runner.Result, took time.Duration) error {
	var failed []string
	var unwritten error
	differs := false
	for _, run := range result.Runs {
		path, err := s.writeReport(context.WithoutCancel(ctx), run)
		if err != nil {
			unwritten = errors.Join(unwritten, fmt.Errorf("the report of %s: %w", run.Pipeline, err))
		}
		if !a.quiet && !a.json {
			a.summarize(ctx, s, run, path, took)
		}
	}
	if !a.quiet && !a.json && ctx.Err() == nil && isTerminal(a.out) {
		fmt.Fprintln(a.out, a.colours(a.out).dim("next: "+s.next(ctx, result)))
	}
	for _, st := range result.Failed() {
		failed = append(failed, st.Name)
		differs = differs || errors.Is(st.Err, runner.ErrDiffers)
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
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
func (a *app) summarize(ctx context.Context, s *stores, run *runner.RunResult, report string, took time.Duration) {
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
	for _, p := range []struct {
		status record.Status
		word   string
	}{{record.Succeeded, "ran"}, {record.Cached, "up to date"}, {record.Failed, c.red("failed")}, {record.Skipped, "skipped"}, {record.Interrupted, "interrupted"}} {
		if n := count[p.status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, p.word))
		}
	}
	fmt.Fprintf(a.out, "%s %s: %s, in %s\n", c.bold(run.Pipeline+":"), human.Count(len(run.Stages), "stage"), strings.Join(parts, ", "), human.Duration(took))
	for _, line := range s.headlines(ctx, run) {
		fmt.Fprintln(a.out, "  "+line)
	}
	if report != "" {
		fmt.Fprintln(a.out, "  the report is "+report)
	}
}

// completePipelines completes the names of pipelines.
func (a *app) completePipelines(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	s, err := a.openStores(true)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.close()
	project, err := a.load(loading{file: pipeline.DefaultFile}, s, nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return pipelineNames(project), cobra.ShellCompDirectiveNoFileComp
}

// completeStages completes the names of stages, behind those of pipelines where
// there are several.
func (a *app) completeStages(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	s, err := a.openStores(true)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.close()
	project, err := a.load(loading{file: pipeline.DefaultFile}, s, nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, p := range project.Pipelines {
		for _, stage := range p.Stages {
			if len(project.Pipelines) > 1 {
				names = append(names, p.Name+"/"+stage.Name)
			} else {
				names = append(names, stage.Name)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

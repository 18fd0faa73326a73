package cli

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner/cache"
	"labbook/serve"
)

// runsCommand only groups.
func (a *app) runsCommand() *cobra.Command {
	return group("runs", "List, show, compare and stop runs", a.runsListCommand(), a.runsShowCommand(), a.runsDiffCommand(), a.runsStopCommand())
}

// statuses are those that a run can have.
var statuses = []string{string(record.QueuedRun), string(record.Running), string(record.Succeeded), string(record.Failed), string(record.Cached), string(record.Interrupted)}

// runsListCommand lists runs by their number, which is their order: clocks may
// have been set back.
func (a *app) runsListCommand() *cobra.Command {
	var filter record.Filter
	var view runsView
	cmd := &cobra.Command{
		Use: "list", Short: "List runs, the newest first",
		Long: `List runs, the newest first. --columns adds metrics and parameters: mae is the
best that the run measured, seed a parameter of the pipeline, train/boosting.mae
and train/boosting.max_depth are those of one stage. --sort puts the best first,
--where leaves out runs that are otherwise, or that have no such value.`,
		Example: `  labbook runs list --columns mae,train/boosting.max_depth --sort mae
  labbook runs list --where 'mae < 300' --where 'seed = 42'`,
		Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if filter.Status != "" && !slices.Contains(statuses, string(filter.Status)) {
				return usagef(diag.DidYouMean(string(filter.Status), statuses), "no run has the status %q", filter.Status)
			}
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			if view.usesValues() {
				return a.listRunsBy(cmd, db, filter, &view)
			}
			runs, err := db.Runs(cmd.Context(), filter)
			if err != nil {
				return err
			}
			queue, err := queued(cmd, db, filter)
			if err != nil {
				return err
			}
			runs = append(queue, runs...)
			if a.json {
				return a.printJSON(nonNil(runs))
			}
			if len(runs) == 0 {
				fmt.Fprintln(a.err, "no runs yet: `labbook run` makes the first")
				return nil
			}
			l := listing{titles: []string{"run", "pipeline", "status", "started", ">took", "commit", "parameters"}}
			for _, r := range runs {
				l.add(r.ID, r.Pipeline, standing(r), moment(r.Started), human.Duration(r.Took()), commit(r), pairs(r.Params))
			}
			l.print(a.out, a.colours(a.out))
			return nil
		},
	}
	cmd.Flags().StringVar(&filter.Pipeline, "pipeline", "", "only runs of this pipeline")
	cmd.Flags().StringVar((*string)(&filter.Status), "status", "", "only runs with this status")
	cmd.Flags().IntVarP(&filter.Limit, "limit", "n", 20, "at most this many; 0 for all")
	cmd.Flags().StringSliceVar(&view.columns, "columns", nil, "metrics and parameters to show, such as mae,train/boosting.max_depth (with commas, or again, for more)")
	cmd.Flags().StringVar(&view.sort, "sort", "", "the metric or parameter to sort by, the best first; -mae the other way")
	cmd.Flags().StringArrayVar(&view.where, "where", nil, "only runs of which this holds, as in 'mae < 300' (again for more)")
	return a.withJSON(cmd)
}

// queued gives the runs that wait in the server's queue, the last of it first, where
// the filter does not leave them out.
func queued(cmd *cobra.Command, db *ledger.DB, filter record.Filter) (runs []*record.Run, err error) {
	if filter.Status != "" && filter.Status != record.QueuedRun {
		return nil, nil
	}
	queue, err := db.Queue(cmd.Context())
	for _, q := range slices.Backward(queue) {
		if filter.Pipeline == "" || filter.Pipeline == q.Pipeline {
			runs = append(runs, q.Run())
		}
	}
	return runs, err
}

// runsStopCommand stops a run, of whatever process, or takes it out of the queue.
func (a *app) runsStopCommand() *cobra.Command {
	return &cobra.Command{
		Use: "stop [RUN]", Short: "Stop a run, or take it out of the server's queue",
		Long: `Stop a run that is under way, whoever started it: its stages that have ended are
kept, and the next run goes on from there. One that waits in the queue of
` + "`labbook serve`" + ` is taken out of it.`,
		Args: args(0, 1, "at most one run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			if run, err := p.Ledger.FindRun(cmd.Context(), "", cmp.Or(id, "latest")); err == nil {
				id = run.ID
			}
			how, err := p.Stop(cmd.Context(), id)
			switch {
			case errors.Is(err, record.ErrEnded):
				return usagef("`labbook runs list --status running` lists those that go on", "%s has ended already", id)
			case err != nil:
				return usage(err)
			case how == serve.Removed:
				fmt.Fprintln(a.out, id, "is out of the queue")
			case how == serve.StillStopping:
				fmt.Fprintln(a.out, id, "is told to stop, and has not ended yet")
			default:
				fmt.Fprintln(a.out, id, "is stopped; what was finished is kept")
			}
			return nil
		},
	}
}

// standing is a run's status, and whether its schedule began it.
func standing(r *record.Run) string {
	if slices.Contains(r.Command, "--due") {
		return string(r.Status) + ", scheduled"
	}
	return string(r.Status)
}

// listRunsBy lists runs by what they measured and were asked. All runs are looked
// at, for the best may be old.
func (a *app) listRunsBy(cmd *cobra.Command, db *ledger.DB, filter record.Filter, view *runsView) error {
	limit := filter.Limit
	filter.Limit = 0
	found, err := db.Runs(cmd.Context(), filter)
	if err != nil {
		return err
	}
	runs := make([]run, len(found))
	stages := map[string][]*record.Stage{}
	for i, r := range found {
		of := cmp.Or(r.SameAs, r.ID)
		if _, read := stages[of]; !read {
			if stages[of], err = db.Stages(cmd.Context(), of); err != nil {
				return err
			}
		}
		runs[i] = run{r, stages[of]}
	}
	chosen, err := view.choose(runs, limit)
	if err != nil {
		return err
	}
	columns := view.columns
	if by := strings.TrimPrefix(view.sort, "-"); by != "" && !slices.Contains(columns, by) {
		columns = append(slices.Clone(columns), by)
	}
	return a.printRuns(chosen, columns)
}

// run is a run with its stages, as `runs show --json` prints it.
type run struct {
	*record.Run
	Stages []*record.Stage `json:"stages"`
}

// findRun gives the run that was meant, with its stages.
func findRun(cmd *cobra.Command, db *ledger.DB, name string) (run, error) {
	found, err := db.FindRun(cmd.Context(), "", name)
	if err != nil {
		return run{}, usage(err)
	}
	id := found.ID
	if found.SameAs != "" {
		id = found.SameAs
	}
	stages, err := db.Stages(cmd.Context(), id)
	return run{found, nonNil(stages)}, err
}

// runsShowCommand prints a run as the ledger has it. It needs the cache only for
// the log of a stage, which may be gone.
func (a *app) runsShowCommand() *cobra.Command {
	var key, log string
	cmd := &cobra.Command{
		Use: "show [RUN]", Short: "Show a run with its stages, metrics and warnings",
		Long: `Show a run. RUN is its id, a beginning of it, or "latest" (also when it is
left out), "latest~1" for the one before, and so on.`,
		Args: args(0, 1, "at most one run"),
		RunE: func(cmd *cobra.Command, given []string) error {
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			r, err := findRun(cmd, db, first(given, "latest"))
			switch {
			case err != nil:
				return err
			case key != "":
				s, err := r.stage(key)
				if err != nil {
					return err
				}
				return a.printRaw(strings.NewReader(s.KeyText))
			case log != "":
				s, err := r.stage(log)
				if err != nil {
					return err
				}
				return a.printLog(s)
			case a.json:
				return a.printJSON(r)
			}
			a.printRun(r)
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "print the text of this stage's key")
	cmd.Flags().StringVar(&log, "log", "", "print the log of this stage")
	return a.withJSON(cmd)
}

// stage gives a stage of the run by its name.
func (r run) stage(name string) (*record.Stage, error) {
	var names []string
	for _, s := range r.Stages {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, usagef(diag.DidYouMean(name, names), "run %s has no stage %q", r.ID, name)
}

// printLog prints the log of a stage, or says that gc has taken it; that is an
// error, for it was asked for.
func (a *app) printLog(s *record.Stage) error {
	if s.Log == "" {
		fmt.Fprintln(a.err, s.Name+" wrote nothing to its log")
		return nil
	}
	log, err := cache.Look(filepath.Join(a.dir, "runs", "cache")).OpenBlob(s.Log)
	if err != nil {
		return diag.New("the log of "+s.Name+" is not kept any more", "`labbook run --force` writes it anew")
	}
	defer log.Close()
	return a.printRaw(log)
}

// printRaw prints a text that others wrote: as it is for a program, and for a
// terminal so that it does not steer it.
func (a *app) printRaw(text io.Reader) error {
	if !isTerminal(a.out) {
		_, err := io.Copy(a.out, text)
		return err
	}
	lines := bufio.NewReader(text)
	for {
		line, err := lines.ReadString('\n')
		fmt.Fprint(a.out, human.Text(line, 0))
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// printRun prints all that is recorded of a run, and its errors last, where
// they are seen.
func (a *app) printRun(r run) {
	c := a.colours(a.out)
	fmt.Fprintf(a.out, "%s  %s, %s\n", c.bold(r.ID), r.Pipeline, statusWord(c, r.Status))
	facts := listing{titles: []string{"", ""}}
	facts.add("  started", moment(r.Started)+", took "+human.Duration(r.Took()))
	facts.add("  command", strings.Join(r.Command, " "))
	facts.add("  commit", commit(r.Run))
	facts.add("  host", r.Host)
	facts.add("  versions", pairs(r.Versions))
	facts.add("  parameters", pairs(r.Params))
	facts.rows = slices.DeleteFunc(facts.rows, func(row []string) bool { return row[1] == "" })
	facts.print(a.out, c)
	if r.SameAs != "" {
		fmt.Fprintf(a.out, "  nothing had changed since run %s, whose stages are\n", r.SameAs)
	}
	fmt.Fprintln(a.out)
	stages := listing{titles: []string{"stage", "kind", "status", ">took", "why"}}
	for _, s := range r.Stages {
		took := ""
		if s.Status == record.Succeeded || s.Status == record.Failed {
			took = human.Duration(s.Ended.Sub(s.Started))
		}
		stages.add(s.Name, s.Kind, string(s.Status), took, s.Reason)
	}
	stages.print(a.out, c)
	metrics := listing{titles: []string{"stage", "metric", "of", "value"}}
	for _, s := range r.Stages {
		for _, v := range s.Metrics {
			metrics.add(s.Name, v.Name, v.Subject, v.Format())
		}
	}
	if len(metrics.rows) > 0 {
		fmt.Fprintln(a.out)
		metrics.print(a.out, c)
	}
	told := false
	for _, s := range r.Stages {
		for _, w := range s.Warnings {
			fmt.Fprintf(a.out, "\n%s %s: %s", c.weigh("", w.Level)+":", s.Name, found(c, &w))
		}
		if s.Error != "" {
			told = true
			fmt.Fprintf(a.out, "\n%s %s: %s\n", c.red("failed:"), s.Name, human.Text(s.Error, 0))
		}
	}
	if r.Error != "" && !told {
		fmt.Fprintf(a.out, "\n%s %s\n", c.red("failed:"), human.Text(r.Error, 0))
	}
}

// statusWord paints a status.
func statusWord(c colours, s record.Status) string {
	switch s {
	case record.Failed, record.Interrupted:
		return c.red(string(s))
	case record.Succeeded, record.Cached:
		return c.green(string(s))
	}
	return string(s)
}

// commit writes the commit of the sources, with a plus where there were changes
// besides.
func commit(r *record.Run) string {
	text := human.Short(r.Commit)
	if text != "" && r.Dirty {
		text += "+"
	}
	return text
}

// pairs writes a map as "a=1 b=2", sorted.
func pairs(m map[string]string) string {
	var parts []string
	for k, v := range m {
		parts = append(parts, k+"="+v)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// first gives the first argument, or the fallback.
func first(given []string, fallback string) string {
	if len(given) > 0 {
		return given[0]
	}
	return fallback
}

// nonNil makes JSON say [] and not null.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/base/human"
	"labbook/internal/store/requests"
	"labbook/serve"
)

// replayCommand prints the comparison also where it does not pass, and then
// fails with exit code 1: a gate that says why. No request is recorded, nor any
// answer.
func (a *app) replayCommand() *cobra.Command {
	var o serve.ReplayOptions
	var database string
	maxErrors, maxChanged := 0, 1.0
	cmd := &cobra.Command{
		Use: "replay", Short: "Have a version answer recorded requests, and compare",
		Long: `Have a version of a model answer the newest recorded requests again, before it is
promoted, and show whose answers change, which are refused, and how long they
take. Nothing is recorded.

It fails when more requests than --max-errors that were answered are refused, or
a larger share of predictions than --max-changed changes: a gate for scripts.`,
		Example: `  labbook replay --model diamonds@4 --last 1000
  labbook replay --model diamonds@4 --tolerance 0.05 --max-changed 0.1`,
		Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Model == "" {
				return usagef("write --model diamonds@4", "no model is named")
			}
			report, err := a.replay(cmd.Context(), database, o)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(report)
			} else {
				a.printReplay(report)
			}
			changed := float64(report.Changed) > maxChanged*float64(report.Rows)
			if err == nil && (report.Errors > maxErrors || changed) {
				return fmt.Errorf("%s does not pass: %s of %d predictions changed", report.Model,
					human.Count(report.Errors, "error")+" and "+fmt.Sprint(report.Changed), report.Rows)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Model, "model", "", "the version that answers: NAME@VERSION")
	flags.IntVar(&o.Last, "last", 1000, "how many of the newest requests")
	flags.Float64Var(&o.Tolerance, "tolerance", 1e-9, "relative change of a number that counts as none")
	flags.IntVar(&maxErrors, "max-errors", 0, "how many answered requests may be refused")
	flags.Float64Var(&maxChanged, "max-changed", 1, "share of the predictions that may change")
	flags.StringVar(&database, "database", "", databaseUsage)
	return a.withJSON(cmd)
}

// replay asks the version through the server's own handlers, and only reads: the
// project and the store of requests are as before.
func (a *app) replay(ctx context.Context, database string, o serve.ReplayOptions) (*serve.Replay, error) {
	p, err := a.openProject(true)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if database, err = requestsAt(p.Root, database); err != nil {
		return nil, err
	}
	if !strings.Contains(database, "://") {
		if _, err := os.Stat(database); err != nil {
			return nil, usagef("`labbook serve` records them", "no requests are recorded yet")
		}
	}
	if o.Requests, err = requests.Open(ctx, database, requests.Options{}); err != nil {
		return nil, err
	}
	defer o.Requests.Close()
	o.Registry, o.Runs = p.Registry(), p.Ledger
	return serve.RunReplay(ctx, o)
}

// printReplay prints how the answers differ; latencies are those of before and
// of now, which another machine may have made.
func (a *app) printReplay(r *serve.Replay) {
	c := a.colours(a.out)
	fmt.Fprintf(a.out, "%s answered %s again", c.bold(r.Model), human.Count(r.Requests, "request"))
	if r.Skipped > 0 {
		fmt.Fprintf(a.out, "; %d were skipped, as they are not kept whole", r.Skipped)
	}
	fmt.Fprintf(a.out, "\n  changed     %d of %s", r.Changed, human.Count(r.Rows, "prediction"))
	if r.MaxChange > 0 {
		fmt.Fprintf(a.out, ", by %s %% on average and %s %% at most", human.Digits(100*r.MeanChange, 2), human.Digits(100*r.MaxChange, 2))
	}
	fmt.Fprintf(a.out, "\n  refused     %d that were answered; %d answered that were refused\n", r.Errors, r.Mended)
	fmt.Fprintf(a.out, "  latency     median %v, p99 %v; then %v and %v\n", r.After.Median, r.After.P99, r.Before.Median, r.Before.P99)
	for _, text := range r.Examples {
		fmt.Fprintln(a.out, "  "+text)
	}
}

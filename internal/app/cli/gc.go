package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/store/ledger"
	"labbook/runner/bucket"
	"labbook/runner/cache"
)

// gcCommand waits for live runs to let go of the cache, deletes what is beyond
// the bound, and prints what that was. It works on a full disk too: the ledger
// is then read only.
func (a *app) gcCommand() *cobra.Command {
	o := cache.Options{Cap: cache.DefaultCap}
	var keep project.Retention
	var pages, logs, older int // days
	var on string
	cmd := &cobra.Command{
		Use: "gc", Short: "Free what the cache holds beyond its bound",
		Long: `Delete from the cache what was used least recently, until the rest fits the
bound, and the pictures that earlier runs keep, which are drawn again when needed.
Registered models and what live runs need always stay, and so do the
pages of runs in runs/ and their rows in the ledger. Runs do this by themselves;
gc does it now, or to a smaller bound, also on a disk that is full. Projects whose
runs/cache is a link to that of another keep their models too.

With --versions the bytes of superseded versions go: of each model the newest ones
stay, those that an alias stands at, and the one that a rollback leads to. Their rows,
figures and decisions stay, and a run that makes one again brings it back. With
--page-days pages of older runs go, but not of those that made a version which stays,
nor of the latest. A stage's log goes with its result; what failed in a pipeline's
latest run keeps its log. With --log-days the logs of younger runs stay whatever the
bound, and older ones go, though their results stay. What serve says goes to standard
error and is kept by whoever started it; its requests have their own days
(labbook serve --help).

With --on NAME, of farm.yaml, the cache that it names is collected instead, and
nothing here: records go that nobody made or took for --days, and blobs that no
other record names, once they are a day old. Runs may go on beside that.`,
		Example: "  labbook gc --max 1GB\n  labbook gc --max 0 --dry-run\n  labbook gc --on lab --days 30\n  0 4 1 * * labbook -C /srv/prices gc --versions 10 --page-days 180 --log-days 30   # in a crontab",
		Args:    args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.openProjectWith(ledger.Options{OrRead: true})
			if err != nil {
				return err
			}
			defer p.Close()
			flags := cmd.Flags()
			if on != "" {
				if flags.Changed("max") || keep.Versions != 0 || pages != 0 || logs != 0 {
					return usagef("collect one after the other", "--max, --versions, --page-days and --log-days are of this machine, --on of another cache")
				}
				return a.collectBucket(cmd.Context(), p, on, older, o.DryRun)
			}
			if flags.Changed("days") {
				return usagef("name the cache: --on", "--days is of --on")
			}
			o.Waits = func(runs []string) {
				fmt.Fprintf(a.err, "waiting for run %s to end\n", cmp.Or(strings.Join(runs, ", "), "that reads the cache"))
			}
			if keep.Versions < 0 || pages < 0 || logs < 0 {
				return usagef("leave it out to keep all", "--versions, --page-days and --log-days are numbers above 0")
			}
			keep.Pages, keep.Logs = time.Duration(pages)*24*time.Hour, time.Duration(logs)*24*time.Hour
			report, err := p.Collect(cmd.Context(), o, keep)
			if err != nil {
				return err
			}
			switch {
			case a.json:
				return a.printJSON(report)
			case a.quiet:
				return nil
			}
			verb := "freed"
			if o.DryRun {
				verb = "would free"
			}
			fmt.Fprintf(a.out, "%s %s of %s: %s and %s\n", verb, human.Bytes(report.Before-report.After), human.Bytes(report.Before),
				human.Count(report.Records, "record"), human.Count(report.Blobs, "blob"))
			if report.Pictures > 0 {
				fmt.Fprintf(a.out, "%s %s of earlier runs; they are drawn again when needed\n", verb, human.Count(report.Pictures, "picture"))
			}
			if len(report.Retired) > 0 {
				was := "retired"
				if o.DryRun {
					was = "would retire"
				}
				fmt.Fprintf(a.out, "%s %s: %s\n", was, human.Count(len(report.Retired), "version"), human.Line(strings.Join(report.Retired, ", "), 400))
			}
			if report.Pages > 0 {
				fmt.Fprintf(a.out, "%s %s of runs, %s; their rows stay in the ledger\n", verb, human.Count(report.Pages, "page"), human.Bytes(report.PageBytes))
			}
			if report.Logs > 0 {
				fmt.Fprintf(a.out, "%s %s of stages, %s\n", verb, human.Count(report.Logs, "log"), human.Bytes(report.LogBytes))
			}
			if report.Over > 0 {
				fmt.Fprintf(a.out, "models and live runs need %s more than the bound\n", human.Bytes(report.Over))
			}
			return nil
		},
	}
	cmd.Flags().Var((*size)(&o.Cap), "max", "how much to keep at most: a number with kB, MB or GB")
	cmd.Flags().IntVar(&keep.Versions, "versions", 0, "how many versions of each model to keep at least (default: all)")
	cmd.Flags().IntVar(&pages, "page-days", 0, "for how many days pages of runs are kept (default: for ever)")
	cmd.Flags().IntVar(&logs, "log-days", 0, "for how many days logs of stages are kept (default: as long as their results)")
	cmd.Flags().StringVar(&on, "on", "", "collect the cache of this name of farm.yaml instead")
	cmd.Flags().IntVar(&older, "days", 30, "with --on: for how many days nobody wanted what goes")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "only say what would be freed")
	return a.withJSON(cmd)
}

// collectBucket frees what nobody wants of a cache that is shared.
func (a *app) collectBucket(ctx context.Context, p *project.Project, on string, days int, dryRun bool) error {
	if least := int(bucket.Least.Hours() / 24); days < least {
		return usagef(fmt.Sprintf("give %d or more: a result that is in use is marked so once in %d days", least, least/2), "--days %d would free what is in use", days)
	}
	b, err := p.Bucket(on)
	if err != nil {
		return usage(err)
	}
	if !dryRun {
		if err := p.Unpublish(ctx, b); err != nil {
			return err
		}
	}
	report, err := b.Collect(ctx, time.Duration(days)*24*time.Hour, dryRun)
	switch {
	case err != nil:
		return err
	case a.json:
		return a.printJSON(report)
	case a.quiet:
		return nil
	}
	verb := "freed"
	if dryRun {
		verb = "would free"
	}
	fmt.Fprintf(a.out, "%s %s of %s in %s's cache: %s and %s\n", verb, human.Bytes(report.Before-report.After), human.Bytes(report.Before), on,
		human.Count(report.Records, "record"), human.Count(report.Blobs, "blob"))
	return nil
}

// size is a number of bytes as a flag. 0 keeps nothing that may go.
type size int64

// Set reads a number with a unit, of powers of 1000. 0 is kept as -1, for 0
// bytes is not the same as no bound.
func (s *size) Set(text string) error {
	n, ok := human.ParseBytes(text)
	if !ok {
		return fmt.Errorf("%q is not a size like 500MB or 2GB", text)
	}
	if *s = size(n); *s == 0 {
		*s = -1
	}
	return nil
}

// String and Type are methods of pflag.Value; 0 is of a flag that was not given.
func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return human.Bytes(int64(*s))
}

func (s *size) Type() string { return "size" }

package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/store/ledger"
)

// cacheCommand only groups.
func (a *app) cacheCommand() *cobra.Command {
	return group("cache", "Prove what the project keeps", a.cacheCheckCommand())
}

// cacheCheckCommand reads everything. It exits 0 where all that is kept can be used,
// 1 where a model or a database cannot: so cron tells whom it concerns.
func (a *app) cacheCheckCommand() *cobra.Command {
	var on string
	cmd := &cobra.Command{
		Use: "check", Short: "Prove every object, record, model and database",
		Long: `Read all that the cache holds and compare it with its digests, open every fit of
every model, and prove the databases. A disk that rots without a word is found so.

What is damaged is taken away, so that the run that needs it next makes it again; what
no record tells how to make stays where it is. The exit code is 1 where a version or a
database cannot be used. A check that is stopped goes on where it was. Runs and servers
may go on beside it.

With --on NAME, of farm.yaml, all that the cache holds that it names is read instead,
which may cost what its host asks for traffic.`,
		Example: "  labbook cache check\n  labbook cache check --on lab\n  0 3 * * 0  labbook -C /srv/prices cache check --quiet   # in a crontab",
		Args:    args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.openProjectWith(ledger.Options{OrRead: true, OrEmpty: true})
			if err != nil {
				return err
			}
			defer p.Close()
			meter := a.newMeter("reading")
			var found *project.Checked
			if on == "" {
				found, err = p.Check(cmd.Context(), meter.show)
			} else {
				found, err = p.CheckBucket(cmd.Context(), on, meter.show)
				err = atFault(err)
			}
			meter.close()
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(found)
			} else {
				a.printChecked(found)
			}
			if err == nil && len(found.Broken) > 0 {
				return &exit{ExitFailed, nil}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&on, "on", "", "read the cache of this name of farm.yaml instead")
	return a.withJSON(cmd)
}

// printChecked says what was found: nothing on standard output where all is quiet
// and sound.
func (a *app) printChecked(found *project.Checked) {
	c := a.colours(a.out)
	for _, d := range found.Damaged {
		then := "the next run that needs it makes it again"
		if !d.Mended {
			then = "no record tells how to make it again"
		}
		fmt.Fprintf(a.out, "%s %s of %s: %s; %s\n", c.yellow("!"), d.Digest[:min(12, len(d.Digest))], d.Of, d.Why, then)
	}
	for _, b := range found.Broken {
		fmt.Fprintf(a.out, "%s %s\n  hint: %s\n", c.red("✕ "+b.What), human.Text(b.Why, 0), b.Hint)
	}
	if a.quiet {
		return
	}
	if !found.Resumed.IsZero() {
		fmt.Fprintf(a.out, "went on with the check that began %s\n", moment(found.Resumed))
	}
	read := []string{human.Count(found.Blobs, "blob"), human.Count(found.Records, "record")}
	if found.Databases > 0 { // a cache that is shared has neither
		read = append(read, human.Count(found.Models, "version"), human.Count(found.Databases, "database"))
	}
	fmt.Fprintf(a.out, "read %s in %s", human.Bytes(found.Bytes), human.And(read))
	switch {
	case len(found.Broken) > 0:
		fmt.Fprintf(a.out, ": %s\n", c.red(fmt.Sprintf("%d cannot be used", len(found.Broken))))
	case len(found.Damaged) > 0:
		fmt.Fprintf(a.out, ": %d damaged\n", len(found.Damaged))
	default:
		fmt.Fprintln(a.out, ": all sound")
	}
}

// meter is a line on a terminal that says how far something came.
type meter struct {
	app   *app
	verb  string
	live  bool
	began time.Time
}

// newMeter shows nothing where nobody looks: in a pipe, with --quiet or --json.
func (a *app) newMeter(verb string) *meter {
	return &meter{app: a, verb: verb, live: isTerminal(a.err) && !a.quiet && !a.json, began: time.Now()}
}

func (m *meter) show(done, total int64) {
	if !m.live || total == 0 {
		return
	}
	left := ""
	if spent := time.Since(m.began); done > 0 && spent > time.Second {
		left = ", about " + human.Duration(time.Duration(float64(spent)*float64(total-done)/float64(done))) + " left"
	}
	fmt.Fprintf(m.app.err, "\r\x1b[K%s %s of %s%s", m.verb, human.Bytes(done), human.Bytes(total), left)
}

func (m *meter) close() {
	if m.live {
		fmt.Fprint(m.app.err, "\r\x1b[K")
	}
}

package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/runner"
)

// planned is a line of the plan, as `plan --json` prints it.
type planned struct {
	Pipeline string          `json:"pipeline"`
	Stage    string          `json:"stage"`
	Kind     string          `json:"kind"`
	Action   runner.Action   `json:"action"`
	Reason   string          `json:"reason"`
	Changes  []runner.Change `json:"changes,omitempty"`
	Expected time.Duration   `json:"expected,omitempty"` // nanoseconds
	Error    string          `json:"error,omitempty"`
}

// planCommand decides with the very function that a run decides with, and writes
// nothing, not even what it learned of files. It cannot look behind a stage that
// would run: what reads its output waits.
func (a *app) planCommand() *cobra.Command {
	var from project.Selection
	var only []string
	var force bool
	var away elsewhere
	cmd := &cobra.Command{
		Use: "plan [PIPELINE…]", Short: "Say what would run, and why; writes nothing",
		Long: `Say what run would do: which stages would run and why, which are up to date,
and which wait for another's output before that can be told. Times are those of
earlier runs. Nothing is written, and no database is asked: a stage whose answer
has to be asked for anew says so.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			declared, err := load(p, from, names)
			if err != nil {
				return err
			}
			if err := runner.LookAhead(declared, p.Root); err != nil {
				return usage(err)
			}
			o := p.Options()
			o.Only, o.Force = only, force
			if err := away.share(p, &o); err != nil {
				return err
			}
			o.Observe = a.remarks
			list, err := runner.Plan(cmd.Context(), declared, o)
			if err != nil {
				return usage(err)
			}
			if a.json {
				return a.printJSON(plannedJSON(list))
			}
			a.printPlan(list, len(declared.Pipelines) > 1)
			now := time.Now()
			for _, one := range declared.Pipelines {
				if one.Schedule != nil {
					fmt.Fprintf(a.out, "%s is run by its schedule: %s\n", one.Name, one.Schedule.Words(now))
				}
			}
			return nil
		},
		ValidArgsFunction: a.completePipelines,
	}
	selectionFlags(cmd, &from)
	away.flags(cmd)
	cmd.Flags().StringSliceVar(&only, "only", nil, "only this stage and what it needs")
	cmd.Flags().BoolVar(&force, "force", false, "as run --force")
	return a.withJSON(cmd)
}

// plannedJSON gives the plan as `plan --json` prints it. What is up to date
// takes no time, and so none is expected.
func plannedJSON(list []*runner.Planned) []planned {
	out := make([]planned, len(list))
	for i, p := range list {
		out[i] = planned{p.Pipeline.Name, p.Stage.Name, p.Stage.Kind.Name, p.Action, p.Reason, p.Changes, 0, ""}
		if p.Action != runner.Cached {
			out[i].Expected = p.Expected
		}
		if p.Err != nil {
			out[i].Error = p.Err.Error()
		}
	}
	return out
}

// printPlan prints what would run, with the first line of the reason; what is
// up to date is only counted. Expected times are those of the last execution,
// added up as if on one core.
func (a *app) printPlan(list []*runner.Planned, several bool) {
	c := a.colours(a.out)
	var expected time.Duration
	taken := map[string]int{}
	count := map[runner.Action]int{}
	l := listing{titles: []string{"stage", "", ">expected", "why"}}
	for _, p := range list {
		count[p.Action]++
		if p.Action == runner.Cached {
			if p.Record.From != "" {
				taken[p.Record.From]++
			}
			continue
		}
		name, time := p.Stage.Name, ""
		if several {
			name = p.Pipeline.Name + "/" + name
		}
		if p.Expected > 0 {
			expected += p.Expected
			time = human.Duration(p.Expected)
		}
		l.add(name, string(p.Action), time, firstLine(p.Reason))
	}
	l.print(a.out, c)
	switch up := human.Count(count[runner.Cached], "stage"); {
	case len(l.rows) == 0:
		fmt.Fprintf(a.out, "nothing to do, %s up to date%s\n", up, takenFrom(taken))
	default:
		fmt.Fprintf(a.out, "\n%d would run, %d wait, %d up to date%s", count[runner.Run], count[runner.Waits], count[runner.Cached], takenFrom(taken))
		if n := count[runner.Asks]; n > 0 {
			fmt.Fprintf(a.out, ", %d %s first", n, human.Verb(n, "asks", "ask"))
		}
		if expected > 0 {
			fmt.Fprintf(a.out, "; about %s of work", human.Duration(expected))
		}
		fmt.Fprintln(a.out)
	}
}

// takenFrom says of what is up to date how much of it lies elsewhere.
func takenFrom(count map[string]int) (text string) {
	for name, n := range count {
		text += fmt.Sprintf(", %d of them in %s's cache", n, name)
	}
	return text
}

// remarks prints what the runner remarks while it only looks.
func (a *app) remarks(e runner.Event) {
	if e.Warning != nil && !a.quiet {
		c := a.colours(a.err)
		fmt.Fprintf(a.err, "%s %s\n", c.weigh("! ", e.Warning.Level), human.Line(e.Warning.Text, 0))
	}
}

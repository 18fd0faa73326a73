package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
)

// farmCommand shows a farm as it is now: who works, what is made and what waits.
func (a *app) farmCommand() *cobra.Command {
	var on string
	cmd := &cobra.Command{
		Use: "farm", Short: "Show the workers of a farm and what they make",
		Long: `Show the workers of the farm NAME, of farm.yaml, with the version of labbook and the
machine of each; the engine's queues in which stages of this labbook wait, which is what
starts workers as they are wanted asks for; the stages that are made and that wait, by
the beginning of their keys (labbook runs show --json has these), since when, and in
which attempt.
Workers that this labbook has no use for, as they come to other keys, are marked.`,
		Example: "  labbook farm --on lab\n  labbook farm --on lab --json",
		Args:    args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if on == "" {
				return usagef("name a farm of farm.yaml", "a farm is shown --on NAME")
			}
			f, err := project.OpenFarm(a.dir, on, "labbook farm", func(string) {})
			if err != nil {
				return usage(err)
			}
			defer f.Engine.Close()
			now, err := f.Now(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(now)
			}
			a.printFarm(now)
			return nil
		},
	}
	cmd.Flags().StringVar(&on, "on", "", "a name in farm.yaml")
	return a.withJSON(cmd)
}

// printFarm prints what a farm is at.
func (a *app) printFarm(now *project.FarmNow) {
	c := a.colours(a.out)
	if len(now.Workers) == 0 {
		fmt.Fprintln(a.out, "no workers")
	}
	workers := listing{titles: []string{"worker", ">cores", "label", "labbook", "machine", ""}}
	for _, w := range now.Workers {
		other := ""
		if !w.Ours {
			other = "comes to other keys than this labbook"
		}
		workers.add(w.Name, fmt.Sprint(w.Cores), w.Label, w.Labbook, w.Machine, other)
	}
	workers.print(a.out, c)
	fmt.Fprintln(a.out)
	queues := listing{titles: []string{"queue", ">waiting"}}
	for _, q := range now.Queues {
		queues.add(q.Name, fmt.Sprint(q.Waiting))
	}
	queues.print(a.out, c)
	fmt.Fprintln(a.out)
	stages := listing{titles: []string{"key", "", ">for", ">attempt", "worker"}}
	for _, s := range now.Stages {
		lasts := ""
		if s.Since != nil {
			lasts = human.Duration(time.Since(*s.Since))
		}
		stages.add(s.Key[:min(len(s.Key), 12)], s.State, lasts, fmt.Sprint(s.Attempt), s.Worker)
	}
	if len(now.Stages) == 0 {
		fmt.Fprintln(a.out, "nothing is made or waits")
		return
	}
	stages.print(a.out, c)
	if now.More {
		fmt.Fprintf(a.out, "and others: %d are shown\n", len(now.Stages))
	}
}

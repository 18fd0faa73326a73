package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/runner"
)

// whyCommand decides as planCommand does, for one stage and what is above it.
func (a *app) whyCommand() *cobra.Command {
	var from project.Selection
	var away elsewhere
	cmd := &cobra.Command{
		Use: "why STAGE", Short: "Say why a stage would run, or would not",
		Long: `Compare what a stage asks for now with what it asked for the last time, in
words: which parameter, file or input changed, from what to what, and what
caused it further up. Databases are asked as run would ask them; their answers
are not kept.`,
		Args: args(1, 1, "a stage, as in train/boosting or diamonds/train/boosting"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			declared, err := load(p, from, nil)
			if err != nil {
				return err
			}
			found, err := runner.Find(declared, given[0])
			if err != nil {
				return usage(err)
			}
			var answers []planned
			for i, stage := range found {
				o := p.Options()
				o.Asks, o.Observe = true, a.remarks
				if err := away.share(p, &o); err != nil {
					return err
				}
				list, err := runner.Explain(cmd.Context(), declared, o, stage)
				if err != nil {
					return err
				}
				answer := list[len(list)-1]
				answers = append(answers, plannedJSON([]*runner.Planned{answer})...)
				if !a.json {
					if i > 0 {
						fmt.Fprintln(a.out)
					}
					a.explainStage(answer)
					a.explainCauses(answer, list)
					a.explainPublished(answer)
				}
			}
			if a.json {
				return a.printJSON(answers)
			}
			return nil
		},
		ValidArgsFunction: a.completeStages,
	}
	selectionFlags(cmd, &from)
	away.flags(cmd)
	return a.withJSON(cmd)
}

// explainStage says in words what would be done about a stage.
func (a *app) explainStage(p *runner.Planned) {
	c := a.colours(a.out)
	verb := map[runner.Action]string{
		runner.Cached: "is up to date", runner.Run: "would run", runner.Waits: "waits", runner.Asks: "asks first", runner.Skip: "is skipped",
	}[p.Action]
	fmt.Fprintf(a.out, "%s %s: ", c.bold(p.Stage.Name), verb)
	switch {
	case p.Action == runner.Waits:
		fmt.Fprintln(a.out, "its inputs are made anew first, and may come out the same")
	case p.Err != nil:
		fmt.Fprintln(a.out, human.Text(p.Err.Error(), 0))
	case len(p.Changes) == 0:
		fmt.Fprintln(a.out, human.Line(p.Reason, 0))
	default:
		if p.Action == runner.Cached && p.Record.From != "" {
			fmt.Fprint(a.out, human.Line(p.Reason, 0)+"; ")
		}
		fmt.Fprintln(a.out, "since the last time")
		for _, change := range p.Changes {
			fmt.Fprintln(a.out, "  "+change.String())
		}
	}
}

// explainPublished says where a copy of what the stage leaves is kept.
func (a *app) explainPublished(p *runner.Planned) {
	if p.Stage.Publish != "" {
		fmt.Fprintf(a.out, "  a copy of what it leaves is kept in %s/; one that was changed is put back by the next run\n", p.Stage.Publish)
	}
}

// explainCauses says of a stage that waits what runs above it, and why.
func (a *app) explainCauses(p *runner.Planned, list []*runner.Planned) {
	if p.Action != runner.Waits {
		return
	}
	c := a.colours(a.out)
	for _, up := range list {
		if up.Action == runner.Run {
			fmt.Fprintf(a.out, "  %s would run: %s\n", c.bold(up.Stage.Name), human.Line(up.Reason, 0))
		}
	}
}

// firstLine cuts a reason to what fits a row of a table.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/learn/checks"
	"labbook/runner"
)

// checkCommand reads the declarations and the heads of the files they name, runs
// nothing and writes nothing. What it lets pass may still fail in a run, by data
// or by a program.
func (a *app) checkCommand() *cobra.Command {
	var from project.Selection
	var explained, markdown bool
	cmd := &cobra.Command{
		Use: "check", Short: "Validate the pipelines, or explain what checks find (--explain CODE)",
		Args: func(cmd *cobra.Command, given []string) error {
			if explained || markdown {
				return args(0, 1, "at most one code")(cmd, given)
			}
			return args(0, 0, "no argument")(cmd, given)
		},
		RunE: func(cmd *cobra.Command, given []string) error {
			if explained || markdown {
				return a.explainChecks(first(given, ""), markdown)
			}
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			declared, err := load(p, from, nil)
			if err != nil {
				return err
			}
			if err := runner.LookAhead(declared, p.Root); err != nil {
				return usage(err)
			}
			type checked struct {
				Pipeline string     `json:"pipeline"`
				File     string     `json:"file"`
				Stages   []string   `json:"stages"`
				Advice   []string   `json:"advice,omitempty"`
				Due      *time.Time `json:"next_due,omitempty"`
				next     string
			}
			list, now := []checked{}, time.Now()
			for _, p := range declared.Pipelines {
				c := checked{Pipeline: p.Name, File: p.File, Stages: []string{}}
				if p.Schedule != nil {
					due := p.Schedule.Next(now)
					c.Due, c.next = &due, p.Schedule.Words(now)
				}
				for _, st := range p.Stages {
					c.Stages = append(c.Stages, st.Name)
					advice, err := st.Advice()
					if err != nil {
						return err
					}
					for _, e := range advice {
						c.Advice = append(c.Advice, e.Error())
					}
				}
				list = append(list, c)
			}
			if a.json {
				return a.printJSON(list)
			}
			if !a.quiet {
				for _, c := range list {
					fmt.Fprintf(a.out, "%s: %s, %s\n", c.File, c.Pipeline, human.Count(len(c.Stages), "stage"))
					if c.next != "" {
						fmt.Fprintln(a.out, "  "+c.next)
					}
					for _, text := range c.Advice {
						fmt.Fprintln(a.out, text)
					}
				}
			}
			return nil
		},
	}
	selectionFlags(cmd, &from)
	cmd.Flags().BoolVar(&explained, "explain", false, "explain the check with this code; without one, list all")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the catalogue of checks as Markdown (docs/checks.md)")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return checks.Codes(), cobra.ShellCompDirectiveNoFileComp
	}
	return a.withJSON(cmd)
}

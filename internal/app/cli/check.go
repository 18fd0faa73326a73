package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/runner"
)

// checkCommand reads the declarations and the heads of the files they name, runs
// nothing and writes nothing. What it lets pass may still fail in a run, by data
// or by a program.
func (a *app) checkCommand() *cobra.Command {
	var from project.Selection
	cmd := &cobra.Command{
		Use: "check", Short: "Validate the pipelines, and do nothing",
		Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
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
				Pipeline string   `json:"pipeline"`
				File     string   `json:"file"`
				Stages   []string `json:"stages"`
				Advice   []string `json:"advice,omitempty"`
			}
			list := []checked{}
			for _, p := range declared.Pipelines {
				c := checked{Pipeline: p.Name, File: p.File, Stages: []string{}}
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
					for _, text := range c.Advice {
						fmt.Fprintln(a.out, text)
					}
				}
			}
			return nil
		},
	}
	selectionFlags(cmd, &from)
	return a.withJSON(cmd)
}

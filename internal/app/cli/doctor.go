package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/store/ledger"
)

// doctorCommand is what to run, and to send along, when something is strange.
func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Say whether anything outside the project is in its way",
		Long: `Look at what the project depends on and does not make itself: limits of memory, files
and processes, the disk, the clock, the databases, the cache, versions and tools, and
whether its pipelines can be read. Nothing is changed, no data is read, and no value of
an environment variable is told: what it prints can be sent along with a question.

The exit code is 1 where something will fail, and 0 where something is only weak.
labbook cache check reads all that is kept.`,
		Example: "  labbook doctor\n  labbook doctor --json",
		Args:    args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.openProjectWith(ledger.Options{ReadOnly: true, OrEmpty: true})
			if err != nil {
				return err
			}
			defer p.Close()
			found, err := p.Diagnose(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(found)
			} else {
				a.printSymptoms(found)
			}
			for _, s := range found {
				if s.Health == project.Ill && err == nil {
					err = &exit{ExitFailed, nil}
				}
			}
			return err
		},
	}
	return a.withJSON(cmd)
}

func (a *app) printSymptoms(found []project.Symptom) {
	c := a.colours(a.out)
	for _, s := range found {
		sign := c.green("✓")
		switch s.Health {
		case project.Weak:
			sign = c.yellow("!")
		case project.Ill:
			sign = c.red("✕")
		case project.Well:
			if a.quiet {
				continue
			}
		}
		fmt.Fprintf(a.out, "%s %-9s  %s\n", sign, s.Of, human.Text(s.What, 0))
		if s.Hint != "" {
			fmt.Fprintf(a.out, "%13s%s\n", "", s.Hint)
		}
	}
}

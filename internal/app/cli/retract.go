package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"labbook/internal/store/registry"
)

// modelsRetractCommand takes a version out of the running. Nothing is deleted: it
// stays with its history and the reason.
func (a *app) modelsRetractCommand() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "retract MODEL@VERSION --why TEXT", Short: "Take a version out of the running for good",
		Long: `Takes a version out of the running: no run makes it champion any more. It stays
registered, with its history and the reason. Where it is the champion, the one
before it in the line of champions takes its place at once; where there is none,
no version answers until one is promoted.`,
		Args: args(1, 1, "a version, as in diamonds@3"),
		RunE: func(cmd *cobra.Command, given []string) error {
			ref, err := registry.ParseReference(given[0])
			if err != nil {
				return usage(err)
			}
			if ref.Version == 0 {
				return usagef("say which, as in "+ref.Model+"@3; `labbook models show "+ref.Model+"` lists them", "retract needs a version; found %q", given[0])
			}
			if why == "" {
				return usagef(`write it as --why "trained on a column that is filled in afterwards"`, "nothing says why %s is retracted", given[0])
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			done, err := p.Registry().Retract(cmd.Context(), ref.Model, ref.Version, why, "cli")
			if err != nil {
				return usage(err)
			}
			if a.json {
				return a.printJSON(done)
			}
			if !a.quiet {
				fmt.Fprintln(a.out, retracted(done))
			}
			return nil
		},
		ValidArgsFunction: a.completeModels,
	}
	cmd.Flags().StringVar(&why, "why", "", "why, for the history")
	return a.withJSON(cmd)
}

// retracted says what a retraction did.
func retracted(r *registry.Retraction) string {
	name := registry.Name(r.Version)
	switch m := r.Move; {
	case m == nil:
		return name + " is retracted; it was not the champion"
	case m.To == 0:
		return fmt.Sprintf("%s is retracted, and %s has no champion now: no other stood before; promote one: labbook models promote %s@VERSION", name, m.Model, m.Model)
	default:
		return fmt.Sprintf("%s is retracted, and %s@%d is the champion again", name, m.Model, m.To)
	}
}

package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"labbook/internal/store/registry"
)

// modelsAliasCommand moves an alias other than the champion by compare-and-set: if
// another moves it between the look and the move, nothing happens and the person is told.
func (a *app) modelsAliasCommand() *cobra.Command {
	var reason string
	var remove bool
	cmd := &cobra.Command{
		Use: "alias MODEL@VERSION ALIAS", Short: "Have another name than champion stand at a version",
		Long: `Has an alias stand at a version: diamonds@candidate is then what is meant by
"labbook predict diamonds@candidate" and by ?version=candidate of the API. The
champion is moved by promote and rollback. --remove takes an alias away.`,
		Example: `  labbook models alias diamonds@4 candidate
  labbook models alias diamonds candidate --remove`,
		Args: args(2, 2, "a version and an alias, as in diamonds@4 candidate"),
		RunE: func(cmd *cobra.Command, given []string) error {
			ref, err := registry.ParseReference(given[0])
			if err != nil {
				return usage(err)
			}
			if ref.Version == 0 && !remove {
				return usagef("say which, as in "+ref.Model+"@3; `labbook models show "+ref.Model+"` lists them", "an alias needs a version; found %q", given[0])
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			expected := (*int)(nil)
			if remove && ref.Version != 0 {
				expected = &ref.Version
			}
			if remove {
				ref.Version = 0
			}
			move, err := p.Registry().SetAlias(cmd.Context(), ref.Model, given[1], ref.Version, expected, reason, "cli")
			if err != nil {
				return usage(err)
			}
			if a.json {
				return a.printJSON(move)
			}
			if !a.quiet {
				fmt.Fprintf(a.out, "%s@%s ", move.Model, move.Alias)
				switch {
				case move.To == 0:
					fmt.Fprintf(a.out, "stands nowhere (was version %d)\n", move.From)
				case move.From == 0:
					fmt.Fprintf(a.out, "is version %d\n", move.To)
				default:
					fmt.Fprintf(a.out, "is version %d (was version %d)\n", move.To, move.From)
				}
			}
			return nil
		},
		ValidArgsFunction: a.completeModels,
	}
	cmd.Flags().StringVarP(&reason, "reason", "m", "", "why, for the history")
	cmd.Flags().BoolVar(&remove, "remove", false, "take the alias away")
	return a.withJSON(cmd)
}

package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/internal/store/registry"
	"labbook/models/exchange"
	"labbook/runner/cache"
)

// exchanged are the formats of other programs that models come and go in.
var exchanged = []string{"xgboost"}

// checkFormat says that a format is none of those that models are exchanged in.
func checkFormat(format string) error {
	if format == exchanged[0] {
		return nil
	}
	return usagef(diag.DidYouMean(format, exchanged), "no format is called %q", format)
}

// exportCommand prints the file, or writes it with -o; what the file cannot say
// goes to standard error, so that a pipe gets the file alone.
func (a *app) exportCommand() *cobra.Command {
	var format, to string
	cmd := &cobra.Command{
		Use: "export MODEL[@VERSION]", Short: "Write a model for XGBoost",
		Long: `Write the trees of a registered model as JSON that XGBoost 1.7 and later load:
the champion of that name, or a version as in diamonds@3.

The trees read encoded columns; labbook predict --features writes these for rows
of your own. What the file cannot say is noted on standard error: with a
logarithmic target, for one, it predicts the logarithm.`,
		Example: `  labbook export diamonds -o diamonds.json
  labbook predict diamonds stones.csv --features > encoded.csv`,
		Args: args(1, 1, "a model, as in diamonds or diamonds@3"),
		RunE: func(cmd *cobra.Command, given []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			version, err := p.Registry().Resolve(cmd.Context(), given[0])
			if err != nil {
				return usage(err)
			}
			bundle, err := p.Bundle(version)
			if err != nil {
				return err
			}
			data, notes, err := exchange.Export(bundle)
			if err != nil {
				return fmt.Errorf("%s: %w", registry.Name(version), err)
			}
			if !bundle.Features.IsIdentity() {
				notes = append(notes, fmt.Sprintf("its trees read encoded columns: `labbook predict %s ROWS --features` writes them", registry.Name(version)))
			}
			if to == "" || to == "-" {
				_, err = a.out.Write(data)
			} else {
				err = cache.WriteFile(a.path(to), data)
			}
			if err == nil {
				a.note(notes)
			}
			return err
		},
		ValidArgsFunction: a.completeModels,
	}
	cmd.Flags().StringVar(&format, "format", exchanged[0], "the format to write: xgboost")
	cmd.Flags().StringVarP(&to, "output", "o", "", "the file to write (default: standard output)")
	return cmd
}

// note prints what is worth knowing, on standard error.
func (a *app) note(notes []string) {
	if a.quiet {
		return
	}
	for _, n := range notes {
		fmt.Fprintln(a.err, a.colours(a.err).yellow("note:"), n)
	}
}

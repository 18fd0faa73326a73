package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/models/exchange"
	"labbook/runner/cache"
)

// importing is what `labbook import` was asked for.
type importing struct {
	as, format, like string
	target, unit     string
	log, promote     bool
}

// importCommand registers one version, or none where the very model is registered
// already, or where the file is wrong.
func (a *app) importCommand() *cobra.Command {
	var o importing
	cmd := &cobra.Command{
		Use: "import FILE --as MODEL", Short: "Register a model that XGBoost trained",
		Long: `Register a model that XGBoost saved as JSON (booster.save_model("model.json"))
as the next version of MODEL. FILE may be -, standard input. It becomes champion
with --promote, or when none stands.

Its inputs are the columns that it was trained on, as numbers. With --like they
are those of a version here, with its encodings, its target and the logarithm
taken of it; the file must then read the very columns that
labbook predict --features writes for that version.`,
		Example: `  labbook import model.json --as diamonds --like diamonds@3
  labbook import model.json --as prices --target price --unit USD --log`,
		Args: args(1, 1, "a file, or -"),
		RunE: func(cmd *cobra.Command, given []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			in, name, err := a.open(given)
			if err != nil {
				return usage(err)
			}
			defer in.Close()
			data, err := io.ReadAll(in)
			if err != nil {
				return err
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			return a.importModel(cmd.Context(), p, &o, name, data)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.as, "as", "", "the model to add a version to; a new name makes a new model")
	flags.StringVar(&o.format, "format", exchanged[0], "the format of the file: xgboost")
	flags.StringVar(&o.like, "like", "", "the version whose columns, encodings and target to take over")
	flags.StringVar(&o.target, "target", "", `what is predicted (default: as exported, or "target")`)
	flags.StringVar(&o.unit, "unit", "", "the target's unit")
	flags.BoolVar(&o.log, "log", false, "the model predicts the natural logarithm of the target: take exp of it")
	flags.BoolVar(&o.promote, "promote", false, "make it the champion, whoever stands")
	return a.withJSON(cmd)
}

// check says what is wrong with the command line.
func (o *importing) check(cmd *cobra.Command) error {
	if err := checkFormat(o.format); err != nil {
		return err
	}
	if o.as == "" {
		return usagef("add --as NAME: a model here, or a new one", "import needs the model to add a version to")
	}
	ref, err := registry.ParseReference(o.as)
	if err != nil {
		return usage(err)
	}
	if ref.Model != o.as {
		return usagef("write --as "+ref.Model+": the next number is given to it", "versions number themselves; found --as %s", o.as)
	}
	for _, flag := range []string{"target", "unit", "log"} {
		if o.like != "" && cmd.Flags().Changed(flag) {
			return usagef("leave out --"+flag+", or --like", "--like takes the target over; found --%s besides", flag)
		}
	}
	return nil
}

// importModel registers the model in data, which is that of the file of that
// name.
func (a *app) importModel(ctx context.Context, p *project.Project, o *importing, name string, data []byte) error {
	reg := p.Registry()
	origin := registry.Imported{File: name, Digest: cache.DigestOf(data), Format: o.format}
	lineage := map[string]string{o.format: origin.Digest}
	options := exchange.Options{Target: o.target, Unit: o.unit}
	if o.log {
		options.Transform = bundle.Log
	}
	if o.like != "" {
		like, err := reg.Resolve(ctx, o.like)
		if err != nil {
			return usage(err)
		}
		if options.Like, err = p.Bundle(like); err != nil {
			return err
		}
		origin.Like, lineage["like"] = registry.Name(like), like.Answering()
	}
	bundle, notes, err := exchange.Import(data, options)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err))
	}
	bundle.Lineage = lineage
	version, added, err := p.Import(ctx, &project.Import{As: o.as, Promote: o.promote, Bundle: bundle, Origin: origin})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(version)
	}
	a.note(notes)
	if !a.quiet {
		words := version.Decision
		switch {
		case !added && o.promote:
			words = "registered before, and champion now"
		case !added:
			words = "registered before; nothing was changed"
		}
		fmt.Fprintf(a.out, "%s is %s (%s): %s\n", name, registry.Name(version), human.Short(version.Artifact), words)
	}
	return nil
}

package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/models"
	"labbook/runner/cache"
)

// importing is what `labbook import` was asked for.
type importing struct {
	as, format, like string
	target, unit     string
	log, promote     bool
}

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
			s, err := a.openStores(false)
			if err != nil {
				return err
			}
			defer s.close()
			return a.importModel(cmd.Context(), s, &o, name, data)
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
func (a *app) importModel(ctx context.Context, s *stores, o *importing, name string, data []byte) error {
	reg := s.registry()
	origin := registry.Imported{File: name, Digest: cache.DigestOf(data), Format: o.format}
	lineage := map[string]string{o.format: origin.Digest}
	options := models.ImportOptions{Target: o.target, Unit: o.unit}
	if o.log {
		options.Transform = models.Log
	}
	if o.like != "" {
		like, err := reg.Resolve(ctx, o.like)
		if err != nil {
			return usage(err)
		}
		if options.Like, err = loadBundle(reg, like); err != nil {
			return err
		}
		origin.Like, lineage["like"] = registry.Name(like), like.Artifact
	}
	bundle, notes, err := models.ImportXGBoost(data, options)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err))
	}
	bundle.Lineage = lineage
	version, added, err := s.enter(ctx, o, bundle, origin)
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

// enter keeps the bundle and registers it. The lease spares it from garbage
// collection until the registry does.
func (s *stores) enter(ctx context.Context, o *importing, bundle *models.Bundle, origin registry.Imported) (*record.Version, bool, error) {
	id, err := record.NewRunID(time.Now(), rand.Reader)
	if err != nil {
		return nil, false, err
	}
	lease, err := s.cache.Lease(ctx, id)
	if err != nil {
		return nil, false, err
	}
	defer lease.Close()
	room, err := lease.Room()
	if err != nil {
		return nil, false, err
	}
	err = bundle.Save(func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(room.Out, name), data, 0o666)
	})
	if err != nil {
		return nil, false, err
	}
	tree, err := s.cache.Ingest(ctx, lease, room.Out, nil, true)
	if err != nil {
		return nil, false, err
	}
	for {
		version, added, err := s.registerImport(ctx, o, bundle, origin, tree.Digest)
		var moved *record.MovedError
		if !errors.As(err, &moved) { // else decided on what stands no more
			return version, added, err
		}
	}
}

// registerImport adds the version, and promotes it if that is asked for or no
// champion stands. A version that is there already is promoted only if asked for.
func (s *stores) registerImport(ctx context.Context, o *importing, bundle *models.Bundle, origin registry.Imported, artifact string) (*record.Version, bool, error) {
	reg := s.registry()
	champion, err := s.ledger.Alias(ctx, o.as, record.Champion)
	if err != nil {
		return nil, false, err
	}
	origin.Decision = registry.Decision{Champion: champion, Words: "not promoted: imported, and compared with nothing"}
	switch {
	case champion == 0:
		origin.Decision = *registry.Unopposed(0, "")
	case o.promote:
		origin.Promoted, origin.Words = true, "promoted: imported with --promote"
	}
	details, err := json.Marshal(origin)
	if err != nil {
		return nil, false, err
	}
	version := &record.Version{Model: o.as, Artifact: artifact, Stage: registry.StageImport, Estimator: bundle.Estimator,
		Decision: origin.Words, Details: details}
	var move *record.Move
	if origin.Promoted {
		move = &record.Move{Model: o.as, Alias: record.Champion, From: champion, Reason: origin.Words, Actor: "cli"}
	}
	added, err := reg.Register(version, move)
	if err == nil && !added && o.promote && version.Version != champion {
		_, err = reg.Promote(ctx, o.as, version.Version, champion, origin.Words, "cli")
	}
	return version, added, err
}

package project

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
)

// Import is a model of another program, to be the next version of a model here.
type Import struct {
	As      string // the model, which may be new
	Promote bool   // make it the champion, whoever stands
	Bundle  *bundle.Bundle
	Origin  registry.Imported // all but its decision, which is made here
}

// Import keeps the bundle and registers it, and says whether it is new. The
// lease spares it from garbage collection until the registry does.
func (p *Project) Import(ctx context.Context, o *Import) (*record.Version, bool, error) {
	id, err := record.NewRunID(time.Now(), rand.Reader)
	if err != nil {
		return nil, false, err
	}
	lease, err := p.Cache.Lease(ctx, id)
	if err != nil {
		return nil, false, err
	}
	defer lease.Close()
	room, err := lease.Room()
	if err != nil {
		return nil, false, err
	}
	err = o.Bundle.Save(func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(room.Out, name), data, 0o666)
	})
	if err != nil {
		return nil, false, err
	}
	tree, err := p.Cache.Ingest(ctx, lease, room.Out, nil, true)
	if err != nil {
		return nil, false, err
	}
	for {
		version, added, err := p.registerImport(ctx, o, tree.Digest)
		var moved *record.MovedError
		if errors.As(err, &moved) { // decided on what stands no more
			continue
		}
		if err == nil {
			if unsent := p.Publish(ctx); unsent != nil {
				err = fmt.Errorf("%s is registered, and on this machine only; the next run sends it: %w", registry.Name(version), unsent)
			}
		}
		return version, added, err
	}
}

// registerImport adds the version, and promotes it if that is asked for or no
// champion stands. A version that is there already is promoted only if asked for.
func (p *Project) registerImport(ctx context.Context, o *Import, artifact string) (*record.Version, bool, error) {
	reg := p.Registry()
	champion, err := reg.Standing(ctx, o.As)
	if err != nil {
		return nil, false, err
	}
	origin := o.Origin
	origin.Decision = registry.Decision{Champion: champion, Words: "not promoted: imported, and compared with nothing"}
	switch {
	case champion == 0:
		origin.Decision = *registry.Unopposed(0, "")
	case o.Promote:
		origin.Promoted, origin.Words = true, "promoted: imported with --promote"
	}
	details, err := json.Marshal(origin)
	if err != nil {
		return nil, false, err
	}
	version := &record.Version{Model: o.As, Artifact: artifact, Stage: registry.StageImport, Estimator: o.Bundle.Estimator,
		Decision: origin.Words, Details: details}
	var move *record.Move
	if origin.Promoted {
		move = &record.Move{Model: o.As, Alias: record.Champion, From: champion, Reason: origin.Words, Actor: "cli"}
	}
	added, err := reg.Register(version, move)
	if err == nil && !added && o.Promote && version.Version != champion {
		_, err = reg.Promote(ctx, o.As, version.Version, champion, origin.Words, "cli")
	}
	return version, added, err
}

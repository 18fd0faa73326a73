package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// Superseded gives the versions that may be retired: of each model all but the
// newest ones, as many as keep says, those that an alias stands at, and the one that
// a rollback leads to.
func (r *Registry) Superseded(ctx context.Context, keep int) ([]*record.Version, error) {
	all, err := r.ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	aliases, err := r.ledger.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	stands := func(v *record.Version) bool {
		return slices.ContainsFunc(aliases, func(a record.Alias) bool { return a.Model == v.Model && a.Version == v.Version })
	}
	var found []*record.Version
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(v *record.Version) bool { return v.Model != all[0].Model })
		if n < 0 {
			n = len(all)
		}
		versions := all[:n]
		all = all[n:]
		history, err := r.History(ctx, versions[0].Model)
		if err != nil {
			return nil, err
		}
		_, before := Line(history, versions)
		for i, v := range versions {
			if v.Retired.IsZero() && i < n-keep && v.Version != before && !stands(v) {
				found = append(found, v)
			}
		}
	}
	return found, nil
}

// Retire lets garbage collection take the bytes of versions. Their rows, figures
// and decisions stay, and a run that makes one again brings it back.
func (r *Registry) Retire(versions []*record.Version) error { return r.ledger.PutRetirement(versions) }

// Revive brings back a version that was retired, once its bytes are there again.
func (r *Registry) Revive(v *record.Version) error {
	err := r.ledger.EndRetirement(v.Model, v.Version)
	if err == nil {
		v.Retired = time.Time{}
	}
	return err
}

// retired is the error of what needs the bytes of a retired version.
func retired(v *record.Version, err error) error {
	return &diag.Error{What: fmt.Sprintf("%s was retired on %s: garbage collection need not keep its bytes", Name(v), v.Retired.Local().Format("2006-01-02")),
		Hint: "run pipeline " + v.Pipeline + " as it was then, which brings it back (labbook runs show " + v.Run + ")", Err: err}
}

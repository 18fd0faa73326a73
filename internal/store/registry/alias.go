package registry

import (
	"context"
	"fmt"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// SetAlias has an alias of a model stand at a version, or nowhere where that is 0, by
// compare-and-set: expected, if not nil, is the version at which it must stand until then
// (0: nowhere). The champion is not moved so, for it has rules of its own.
func (r *Registry) SetAlias(ctx context.Context, model, alias string, version int, expected *int, reason, actor string) (*record.Move, error) {
	if err := CheckAlias(alias); err != nil {
		return nil, err
	}
	if _, err := r.Versions(ctx, model); err != nil {
		return nil, err
	}
	v, err := r.ledger.Version(ctx, model, version)
	if err != nil {
		return nil, err
	}
	stands, err := r.ledger.Alias(ctx, model, alias)
	if err != nil {
		return nil, err
	}
	name := Reference{Model: model, Alias: alias}.String()
	switch {
	case alias == record.Champion:
		return nil, diag.New("the champion is an alias that is promoted and rolled back", fmt.Sprintf("labbook models promote %s@VERSION", model))
	case version != 0 && v == nil:
		return nil, r.unknownVersion(ctx, model, fmt.Sprint(version))
	case v != nil && !v.Retired.IsZero():
		return nil, retired(v, ErrConflict)
	case v != nil && v.Retracted != "":
		return nil, &diag.Error{What: Name(v) + " was retracted: " + v.Retracted, Hint: "see labbook models show " + model, Err: ErrConflict}
	case expected != nil && *expected != stands:
		return nil, moved(&record.MovedError{Model: model, Alias: alias, Expected: *expected, Found: stands})
	case stands == version && version == 0:
		return nil, &diag.Error{What: name + " stands nowhere", Hint: "see labbook models show " + model, Err: ErrConflict}
	case stands == version:
		return nil, &diag.Error{What: fmt.Sprintf("%s is %s already", name, Name(v)), Hint: "see labbook models show " + model, Err: ErrConflict}
	}
	m := &record.Move{Model: model, Alias: alias, Kind: record.Promotion, From: stands, To: version, Reason: reason, Actor: actor}
	if version == 0 {
		m.Kind = record.Retreat
	}
	return r.move(m)
}

// AliasesOf gives the versions that the aliases of a model stand at, but for the champion.
func (r *Registry) AliasesOf(ctx context.Context, model string) (map[string]int, error) {
	all, err := r.ledger.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	for _, a := range all {
		if a.Model == model && a.Alias != record.Champion && a.Version != 0 {
			found[a.Alias] = a.Version
		}
	}
	return found, nil
}

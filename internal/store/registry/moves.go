package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// History gives every move of a model's champion, the oldest first.
func (r *Registry) History(ctx context.Context, model string) ([]record.Move, error) {
	return r.ledger.Moves(ctx, model, record.Champion)
}

// Since gives when the champion came to stand, from the history of its moves;
// zero where none stands.
func Since(history []record.Move) time.Time {
	if len(history) == 0 || history[len(history)-1].To == 0 {
		return time.Time{}
	}
	return history[len(history)-1].Created
}

// Promote makes a version the champion if the expected one stands until then
// (0: none). Otherwise nothing happens and a person is told who stands.
func (r *Registry) Promote(ctx context.Context, model string, version, expected int, reason, actor string) (*record.Move, error) {
	v, err := r.ledger.Version(ctx, model, version)
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, r.unknownVersion(ctx, model, fmt.Sprint(version))
	case !v.Retired.IsZero():
		return nil, retired(v, ErrConflict)
	case version == expected:
		return nil, &diag.Error{What: Name(v) + " is the champion already", Hint: "see its history: labbook models show " + model, Err: ErrConflict}
	}
	return r.move(&record.Move{
		Model: model, Alias: record.Champion, Kind: record.Promotion,
		From: expected, To: version, Reason: reason, Actor: actor,
	})
}

// Rollback takes back the last promotion of the champion that still stands:
// rolling back twice goes two promotions back. expected, if not nil, is the
// champion that must stand.
func (r *Registry) Rollback(ctx context.Context, model string, expected *int, reason, actor string) (*record.Move, error) {
	standing, before, err := r.last(ctx, model)
	if err != nil {
		return nil, err
	}
	if expected != nil && *expected != standing {
		return nil, moved(&record.MovedError{Model: model, Alias: record.Champion, Expected: *expected, Found: standing})
	}
	return r.move(&record.Move{
		Model: model, Alias: record.Champion, Kind: record.Rollback,
		From: standing, To: before, Reason: reason, Actor: actor,
	})
}

// Before gives the version that Rollback makes champion.
func (r *Registry) Before(ctx context.Context, model string) (*record.Version, error) {
	_, before, err := r.last(ctx, model)
	if err != nil {
		return nil, err
	}
	return r.Resolve(ctx, Reference{Model: model, Version: before}.String())
}

// last gives the champion, and the one that Rollback makes champion.
func (r *Registry) last(ctx context.Context, model string) (standing, before int, err error) {
	history, err := r.History(ctx, model)
	if err != nil {
		return 0, 0, err
	}
	versions, err := r.Versions(ctx, model)
	if err != nil {
		return 0, 0, err
	}
	if standing, before = Line(history, versions); before != 0 {
		return standing, before, nil
	}
	return 0, 0, &diag.Error{What: fmt.Sprintf("no champion of %s stood before", model), Err: ErrConflict,
		Hint: fmt.Sprintf("promote a version: labbook models promote %s@VERSION", model)}
}

// Move moves an alias by compare-and-set. The error is a *record.MovedError where
// it stood elsewhere.
func (r *Registry) Move(m *record.Move) error { return r.ledger.PutMove(m) }

// MovesOf gives every move of an alias of a model, the oldest first.
func (r *Registry) MovesOf(ctx context.Context, model, alias string) ([]record.Move, error) {
	return r.ledger.Moves(ctx, model, alias)
}

// move puts a move, and says in words when another was faster.
func (r *Registry) move(m *record.Move) (*record.Move, error) {
	err := r.ledger.PutMove(m)
	var other *record.MovedError
	if errors.As(err, &other) {
		return nil, moved(other)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func moved(e *record.MovedError) error {
	what := "the champion of " + e.Model
	if e.Alias != record.Champion {
		what = Reference{Model: e.Model, Alias: e.Alias}.String()
	}
	return &diag.Error{
		What:  what + " was moved meanwhile; nothing was changed",
		Found: number(e.Found), Wanted: number(e.Expected),
		Hint: "look at labbook models show " + e.Model + ", then decide again", Err: errors.Join(ErrConflict, e),
	}
}

func number(version int) string {
	if version == 0 {
		return "none"
	}
	return fmt.Sprintf("version %d", version)
}

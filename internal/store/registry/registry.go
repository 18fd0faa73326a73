// Package registry keeps models: numbered versions that never change, the
// aliases that point at them, and the history of every move.
//
// It joins the ledger, which holds the rows, and the object store, which holds
// the bytes. A version is added once per artifact; an alias is moved only by
// compare-and-set, so of two who move it at once one is told.
package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
)

// Registry is the models of a project. It is safe for concurrent use.
type Registry struct {
	Ledger *ledger.DB
	Store  Store
}

// Store gives the bytes of artifacts.
type Store interface {
	// Tree gives the files of an artifact, sorted by name. The error is
	// ErrLost when one of them is missing or damaged.
	Tree(digest string) ([]artifact.Blob, error)
}

// ErrLost marks the errors of artifacts that are gone or damaged for good. With
// any other, the next attempt may well succeed.
var ErrLost = errors.New("the artifact is lost")

// StoreFunc is a function as a Store.
type StoreFunc func(digest string) ([]artifact.Blob, error)

// Tree implements Store.
func (f StoreFunc) Tree(digest string) ([]artifact.Blob, error) { return f(digest) }

// Register adds a version and, when move is not nil, promotes it, both or
// neither. It fills in the number and the time.
//
// An artifact that the model has already stays the version that it is, with
// the decision recorded then, and no alias moves: v becomes that version and
// added is false. So registering is idempotent, and never undoes what a person
// promoted since.
func (r *Registry) Register(v *record.Version, move *record.Move) (added bool, err error) {
	if err := checkName(v.Model); err != nil {
		return false, err
	}
	return r.Ledger.PutVersion(v, move)
}

// Find gives the version of a model that has this artifact, or nil.
func (r *Registry) Find(ctx context.Context, model, artifact string) (*record.Version, error) {
	versions, err := r.Ledger.Versions(ctx, model)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if v.Artifact == artifact {
			return v, nil
		}
	}
	return nil, nil
}

// At gives the version that an alias stands at, or nil.
func (r *Registry) At(ctx context.Context, model, alias string) (*record.Version, error) {
	number, err := r.Ledger.Alias(ctx, model, alias)
	if err != nil || number == 0 {
		return nil, err
	}
	return r.Ledger.Version(ctx, model, number)
}

// Champion gives the version that serving follows, or nil.
func (r *Registry) Champion(ctx context.Context, model string) (*record.Version, error) {
	return r.At(ctx, model, record.Champion)
}

// Models gives the names of all models, sorted.
func (r *Registry) Models(ctx context.Context) ([]string, error) {
	versions, err := r.Ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, v := range versions {
		names = append(names, v.Model)
	}
	return slices.Compact(names), nil
}

// Versions gives the versions of a model, the oldest first; it must exist.
func (r *Registry) Versions(ctx context.Context, model string) ([]*record.Version, error) {
	versions, err := r.Ledger.Versions(ctx, model)
	if err == nil && (len(versions) == 0 || model == "") {
		return nil, r.unknown(ctx, model)
	}
	return versions, err
}

// History gives every move of a model's champion, the oldest first.
func (r *Registry) History(ctx context.Context, model string) ([]record.Move, error) {
	return r.Ledger.Moves(ctx, model, record.Champion)
}

// Since gives when the champion came to stand, from the history of its moves;
// zero where none stands.
func Since(history []record.Move) time.Time {
	if len(history) == 0 {
		return time.Time{}
	}
	return history[len(history)-1].Created
}

// Promote makes a version the champion if the expected one stands until then
// (0: none). Otherwise nothing happens and a person is told who stands.
func (r *Registry) Promote(ctx context.Context, model string, version, expected int, reason, actor string) (*record.Move, error) {
	v, err := r.Ledger.Version(ctx, model, version)
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, r.unknownVersion(ctx, model, fmt.Sprint(version))
	case version == expected:
		return nil, &diag.Error{What: Name(v) + " is the champion already", Hint: "see its history: labbook models show " + model, Err: ErrConflict}
	}
	return r.move(&record.Move{
		Model: model, Alias: record.Champion, Kind: record.Promotion,
		From: expected, To: version, Reason: reason, Actor: actor,
	})
}

// ErrConflict is in errors that come from where the champion stands, not from
// what was asked for.
var ErrConflict = errors.New("the champion stands elsewhere")

// Rollback takes back the last promotion of the champion that still stands:
// rolling back twice goes two promotions back. expected, if not nil, is the
// champion that must stand.
func (r *Registry) Rollback(ctx context.Context, model string, expected *int, reason, actor string) (*record.Move, error) {
	last, err := r.last(ctx, model)
	if err != nil {
		return nil, err
	}
	if expected != nil && *expected != last.To {
		return nil, moved(&record.MovedError{Model: model, Alias: record.Champion, Expected: *expected, Found: last.To})
	}
	return r.move(&record.Move{
		Model: model, Alias: record.Champion, Kind: record.Rollback,
		From: last.To, To: last.From, Reason: reason, Actor: actor,
	})
}

// Before gives the version that Rollback makes champion.
func (r *Registry) Before(ctx context.Context, model string) (*record.Version, error) {
	last, err := r.last(ctx, model)
	if err != nil {
		return nil, err
	}
	return r.Resolve(ctx, Reference{Model: model, Version: last.From}.String())
}

// last gives the promotion that Rollback takes back.
func (r *Registry) last(ctx context.Context, model string) (*record.Move, error) {
	history, err := r.History(ctx, model)
	if err != nil {
		return nil, err
	}
	last := Standing(history)
	if last != nil && last.From != 0 {
		return last, nil
	}
	if _, err := r.Versions(ctx, model); err != nil {
		return nil, err
	}
	return nil, &diag.Error{What: fmt.Sprintf("no champion of %s stood before", model), Err: ErrConflict,
		Hint: fmt.Sprintf("promote a version: labbook models promote %s@VERSION", model)}
}

// Standing gives the last promotion that no rollback took back, or nil. What it
// came from is where a rollback leads; 0 means that it cannot be rolled back.
func Standing(history []record.Move) *record.Move {
	var promotions []*record.Move
	for i := range history {
		if history[i].Kind != record.Rollback {
			promotions = append(promotions, &history[i])
		} else if n := len(promotions); n > 0 {
			promotions = promotions[:n-1]
		}
	}
	if len(promotions) == 0 {
		return nil
	}
	return promotions[len(promotions)-1]
}

// move puts a move, and says in words when another was faster.
func (r *Registry) move(m *record.Move) (*record.Move, error) {
	err := r.Ledger.PutMove(m)
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
	return &diag.Error{
		What:  fmt.Sprintf("the champion of %s was moved meanwhile; nothing was changed", e.Model),
		Found: number(e.Found), Wanted: number(e.Expected),
		Hint: "look at labbook models show " + e.Model + ", then decide again", Err: errors.Join(ErrConflict, e),
	}
}

// Output gives what a stage left. The error is ErrLost where it is gone.
func (r *Registry) Output(s *record.Stage) (*artifact.Artifact, error) {
	files, err := r.Store.Tree(s.Output)
	if err != nil {
		return nil, err
	}
	return &artifact.Artifact{Stage: s.Name, Types: s.Makes, Digest: s.Output, Files: files}, nil
}

// Open gives the files of a version as the output of the stage that trained
// it.
func (r *Registry) Open(v *record.Version) (*artifact.Artifact, error) {
	files, err := r.Store.Tree(v.Artifact)
	switch {
	case errors.Is(err, ErrLost) && !isDigest(v.Artifact):
		return nil, &diag.Error{File: r.Ledger.Path(), What: "the row of " + Name(v) + " is damaged: its artifact is no digest",
			Found: fmt.Sprintf("%q", v.Artifact), Wanted: "64 hex digits", Err: err,
			Hint: "restore a copy of the database, or promote another version"}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", Name(v), err)
	}
	return &artifact.Artifact{Stage: v.Stage, Types: []artifact.Type{artifact.Model}, Digest: v.Artifact, Files: files}, nil
}

// isDigest says whether a text of the ledger can be an artifact's digest.
func isDigest(text string) bool {
	bytes, err := hex.DecodeString(text)
	return err == nil && len(bytes) == sha256.Size && text == strings.ToLower(text)
}

// Pinned gives the digests of the artifacts that garbage collection must
// spare, sorted: those of every version, for any of them may be promoted, and
// a champion that was rolled back is compared with those to come; and what
// serve stages left for them, without which a server could not prove them, nor
// find similar rows. Both are small beside the tables that they were made from.
func (r *Registry) Pinned(ctx context.Context) ([]string, error) {
	versions, err := r.Ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	digests, err := r.Ledger.Served(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		digests = append(digests, v.Artifact)
	}
	slices.Sort(digests)
	return slices.Compact(digests), nil
}

// Name is how a version is written: diamonds@3.
func Name(v *record.Version) string { return fmt.Sprintf("%s@%d", v.Model, v.Version) }

func number(version int) string {
	if version == 0 {
		return "none"
	}
	return fmt.Sprintf("version %d", version)
}

func (r *Registry) unknown(ctx context.Context, model string) error {
	names, err := r.Models(ctx)
	if err != nil {
		return err
	}
	hint := "run a pipeline with a register stage first"
	if len(names) > 0 {
		hint = diag.DidYouMean(model, names)
	}
	return diag.New(fmt.Sprintf("no model is called %q", model), hint)
}

func (r *Registry) unknownVersion(ctx context.Context, model, version string) error {
	versions, err := r.Versions(ctx, model)
	if err != nil {
		return err
	}
	known := make([]string, len(versions))
	for i, v := range versions {
		known[i] = fmt.Sprint(v.Version)
	}
	return diag.New(fmt.Sprintf("%s has no version %s", model, version), "known are: "+strings.Join(known, ", "))
}

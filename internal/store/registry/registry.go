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

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
)

// Registry is the models of a project. It is safe for concurrent use.
type Registry struct {
	ledger Ledger
	store  Store
}

// New gives the registry of the models in a ledger. Without a store it can tell
// of versions, but open none.
func New(ledger Ledger, store Store) *Registry { return &Registry{ledger, store} }

// Ledger keeps the rows of models; *ledger.DB does, and says what each of these
// gives.
type Ledger interface {
	PutVersion(v *record.Version, move *record.Move) (added bool, err error)
	PutMove(m *record.Move) error
	PutRetraction(model string, version int, reason, actor string, move *record.Move) error
	PutRetirement(versions []*record.Version) error
	EndRetirement(model string, version int) error
	Models(ctx context.Context) ([]string, error)
	Versions(ctx context.Context, model string) ([]*record.Version, error)
	Version(ctx context.Context, model string, version int) (*record.Version, error)
	Alias(ctx context.Context, model, alias string) (version int, err error)
	Aliases(ctx context.Context) ([]record.Alias, error)
	Moves(ctx context.Context, model, alias string) ([]record.Move, error)
	// Served gives the digests of what was left for servers.
	Served(ctx context.Context) ([]string, error)
	// Path is where the rows are, for whoever has to mend one.
	Path() string
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
	return r.ledger.PutVersion(v, move)
}

// Find gives the version of a model that has this artifact, or nil.
func (r *Registry) Find(ctx context.Context, model, artifact string) (*record.Version, error) {
	versions, err := r.ledger.Versions(ctx, model)
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
	number, err := r.ledger.Alias(ctx, model, alias)
	if err != nil || number == 0 {
		return nil, err
	}
	return r.ledger.Version(ctx, model, number)
}

// Champion gives the version that serving follows, or nil.
func (r *Registry) Champion(ctx context.Context, model string) (*record.Version, error) {
	return r.At(ctx, model, record.Champion)
}

// Standing gives the number of the champion, 0 where none stands.
func (r *Registry) Standing(ctx context.Context, model string) (version int, err error) {
	return r.ledger.Alias(ctx, model, record.Champion)
}

// Champions gives every model's champion, sorted by model.
func (r *Registry) Champions(ctx context.Context) ([]*record.Version, error) {
	aliases, err := r.ledger.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	var all []*record.Version
	for _, a := range aliases {
		if a.Alias != record.Champion || a.Version == 0 {
			continue
		}
		v, err := r.ledger.Version(ctx, a.Model, a.Version)
		if err != nil {
			return nil, err
		}
		if v != nil {
			all = append(all, v)
		}
	}
	return all, nil
}

// Aliases gives where every alias of every model stands, sorted.
func (r *Registry) Aliases(ctx context.Context) ([]record.Alias, error) { return r.ledger.Aliases(ctx) }

// Models gives the names of all models, sorted.
func (r *Registry) Models(ctx context.Context) ([]string, error) {
	return r.ledger.Models(ctx)
}

// Versions gives the versions of a model, the oldest first; it must exist.
func (r *Registry) Versions(ctx context.Context, model string) ([]*record.Version, error) {
	versions, err := r.ledger.Versions(ctx, model)
	if err == nil && (len(versions) == 0 || model == "") {
		return nil, r.unknown(ctx, model)
	}
	return versions, err
}

// ErrConflict is in errors that come from where the champion or another alias
// stands, not from what was asked for.
var ErrConflict = errors.New("the alias stands elsewhere")

// Output gives what a stage left. The error is ErrLost where it is gone.
func (r *Registry) Output(s *record.Stage) (*artifact.Artifact, error) {
	files, err := r.store.Tree(s.Output)
	if err != nil {
		return nil, err
	}
	return &artifact.Artifact{Stage: s.Name, Types: s.Makes, Digest: s.Output, Files: files}, nil
}

// Judged gives the files of the fit by which a version is judged and compared, as
// the output of the stage that trained it. Nothing else asks it: Answering answers.
func (r *Registry) Judged(v *record.Version) (*artifact.Artifact, error) {
	return r.open(v, v.Artifact)
}

// Answering gives the files of the fit that answers for a version: the final one,
// if it has one, else the judged one. Figures of a version are not of it.
func (r *Registry) Answering(v *record.Version) (*artifact.Artifact, error) {
	return r.open(v, v.Answering())
}

func (r *Registry) open(v *record.Version, digest string) (*artifact.Artifact, error) {
	files, err := r.store.Tree(digest)
	switch {
	case errors.Is(err, ErrLost) && !v.Retired.IsZero():
		return nil, retired(v, err)
	case errors.Is(err, ErrLost) && !isDigest(digest):
		return nil, &diag.Error{File: r.ledger.Path(), What: "the row of " + Name(v) + " is damaged: its artifact is no digest",
			Found: fmt.Sprintf("%q", digest), Wanted: "64 hex digits", Err: err,
			Hint: "restore a copy of the database, or promote another version"}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", Name(v), err)
	}
	return &artifact.Artifact{Stage: v.Stage, Types: []artifact.Type{artifact.Model}, Digest: digest, Files: files}, nil
}

// isDigest says whether a text of the ledger can be an artifact's digest.
func isDigest(text string) bool {
	bytes, err := hex.DecodeString(text)
	return err == nil && len(bytes) == sha256.Size && text == strings.ToLower(text)
}

// Pinned gives the digests of the artifacts that garbage collection must
// spare, sorted: both fits of every version that is not retired, for any of them may
// be promoted, and a champion that was rolled back is compared with those to come; and
// what serve stages left for them, without which a server could not prove them, nor
// find similar rows. Both are small beside the tables that they were made from.
func (r *Registry) Pinned(ctx context.Context) ([]string, error) {
	versions, err := r.ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	digests, err := r.ledger.Served(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if v.Retired.IsZero() {
			digests = append(digests, v.Artifact, v.Answering())
		}
	}
	slices.Sort(digests)
	return slices.Compact(digests), nil
}

// Name is how a version is written: diamonds@3.
func Name(v *record.Version) string { return fmt.Sprintf("%s@%d", v.Model, v.Version) }

// Fits says of a version with two fits to which rows they are, "" of others.
func Fits(v *record.Version) string {
	if v.Final == nil {
		return ""
	}
	return fmt.Sprintf("fitted to %s; judged by a fit to %s of them", human.Count(v.Final.Rows, "row"), human.Int(v.Final.Judged))
}

func (r *Registry) unknown(ctx context.Context, model string) error {
	names, err := r.Models(ctx)
	if err != nil {
		return err
	}
	hint := "run a pipeline with a register stage first"
	switch {
	case slices.Contains(names, model):
		hint = "it was registered a moment ago: ask again"
	case len(names) > 0:
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

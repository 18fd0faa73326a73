package registry

import (
	"context"
	"errors"
	"fmt"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// Line gives the champion and the one below it in the line of champions, as the
// history of moves and the model's versions tell: those that were promoted and not
// taken back, without those that were retracted or retired. Each is 0 where there is none.
func Line(history []record.Move, versions []*record.Version) (standing, before int) {
	retracted := map[int]bool{}
	for _, v := range versions {
		retracted[v.Version] = v.Retracted != "" || !v.Retired.IsZero()
	}
	var line []int
	for _, m := range history {
		if m.Kind != record.Promotion && m.Kind != "" {
			for len(line) > 0 && line[len(line)-1] != m.To {
				line = line[:len(line)-1]
			}
		}
		if m.To != 0 && (len(line) == 0 || line[len(line)-1] != m.To) {
			line = append(line, m.To)
		}
	}
	if len(history) == 0 {
		return 0, 0
	}
	standing = history[len(history)-1].To
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] != standing && !retracted[line[i]] {
			return standing, line[i]
		}
	}
	return standing, 0
}

// Retraction is a version that was retracted, and what became of the title.
type Retraction struct {
	Version *record.Version `json:"version"`
	// Move is away from it; nil where it was not the champion.
	Move *record.Move `json:"move,omitempty"`
}

// Retract takes a version out of the running for good: it stays registered, with
// the reason, and no run makes it champion any more. Where it is the champion, the
// one below it in the line takes its place, or none.
func (r *Registry) Retract(ctx context.Context, model string, version int, why, actor string) (*Retraction, error) {
	versions, err := r.Versions(ctx, model)
	if err != nil {
		return nil, err
	}
	v, err := r.ledger.Version(ctx, model, version)
	if err != nil {
		return nil, err
	}
	history, err := r.History(ctx, model)
	if err != nil {
		return nil, err
	}
	standing, before := Line(history, versions)
	switch {
	case v == nil:
		return nil, r.unknownVersion(ctx, model, fmt.Sprint(version))
	case v.Retracted != "" && standing != version: // one that was promoted by hand since goes again
		return nil, &diag.Error{What: Name(v) + " is retracted already: " + v.Retracted, Hint: "see labbook models show " + model, Err: ErrConflict}
	}
	out := &Retraction{Version: v}
	if standing == version {
		out.Move = &record.Move{Model: model, Alias: record.Champion, Kind: record.Retreat, From: version, To: before, Reason: "retracted: " + why, Actor: actor}
	}
	err = r.ledger.PutRetraction(model, version, why, actor, out.Move)
	var other *record.MovedError
	if errors.As(err, &other) {
		return nil, moved(other)
	}
	v.Retracted = why
	return out, err
}

package requests

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Idempotent is the answer to a request that is to be done once, for whoever asks
// again. It is kept for KeepIdempotent, and made durable with the request.
type Idempotent struct {
	ID       string // digest of who asked and of the key that they chose
	Asked    string // digest of what was asked
	Status   int
	Location string
	Type     string // of the answer
	Answer   []byte
}

// KeepIdempotent is how long such answers are kept.
const KeepIdempotent = 24 * time.Hour

// Idempotent gives the answer that is kept under an id, or nil.
func (s *Store) Idempotent(ctx context.Context, id string) (*Idempotent, error) {
	k := &Idempotent{ID: id}
	err := s.db.read.QueryRowContext(ctx, "select asked, status, location, type, answer from idempotent where id = $1 and time > $2",
		id, s.options.Clock().Add(-KeepIdempotent).UnixNano()).Scan(&k.Asked, &k.Status, &k.Location, &k.Type, &k.Answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return k, err
}

// insertIdempotent keeps an answer, in the place of one that is too old to count.
func insertIdempotent(ctx context.Context, tx *sql.Tx, k *Idempotent, at time.Time) error {
	if _, err := tx.ExecContext(ctx, "delete from idempotent where time <= $1", at.Add(-KeepIdempotent).UnixNano()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, insertion("idempotent", []string{"id", "time", "asked", "status", "location", "type", "answer"}, 1)+" on conflict do nothing",
		k.ID, at.UnixNano(), k.Asked, k.Status, k.Location, k.Type, nonNil(k.Answer))
	return err
}

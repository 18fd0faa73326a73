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
	err := s.db.read.QueryRowContext(ctx, "select asked, status, location, type, answer from idempotent where id = $1 and time > $2 and status > 0",
		id, s.options.Clock().Add(-KeepIdempotent).UnixNano()).Scan(&k.Asked, &k.Status, &k.Location, &k.Type, &k.Answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return k, err
}

// claimLasts is how long another server waits for one that does not say how it ended:
// longer than a request may take.
const claimLasts = 2 * time.Minute

// Claim takes an id for a request that is to be done once, where several servers share
// the database; mine says whether no other has it, or has an answer. Until Record keeps the
// answer, or Unclaim gives the id back, it is the caller's. In SQLite it is always: there
// the one server knows by itself.
func (s *Store) Claim(ctx context.Context, id string) (mine bool, err error) {
	if s.db.tidy != nil {
		return true, nil
	}
	now := s.options.Clock()
	done, err := s.db.write.ExecContext(ctx, insertion("idempotent", []string{"id", "time", "asked", "status", "location", "type", "answer"}, 1)+`
on conflict (id) do update set time = excluded.time, status = 0
where idempotent.status = 0 and idempotent.time <= $8 or idempotent.time <= $9`,
		id, now.UnixNano(), "", 0, "", "", []byte{}, now.Add(-claimLasts).UnixNano(), now.Add(-KeepIdempotent).UnixNano())
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// Unclaim gives an id back for which there is no answer to keep.
func (s *Store) Unclaim(ctx context.Context, id string) error {
	if s.db.tidy != nil {
		return nil
	}
	_, err := s.db.write.ExecContext(ctx, "delete from idempotent where id = $1 and status = 0", id)
	return err
}

// insertIdempotent keeps an answer, in the place of a claim, or of one that is too old to
// count.
func insertIdempotent(ctx context.Context, tx *sql.Conn, k *Idempotent, at time.Time) error {
	if _, err := tx.ExecContext(ctx, "delete from idempotent where time <= $1", at.Add(-KeepIdempotent).UnixNano()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, insertion("idempotent", []string{"id", "time", "asked", "status", "location", "type", "answer"}, 1)+`
on conflict (id) do update set time = excluded.time, asked = excluded.asked, status = excluded.status, location = excluded.location, type = excluded.type, answer = excluded.answer
where idempotent.status = 0`,
		k.ID, at.UnixNano(), k.Asked, k.Status, k.Location, k.Type, nonNil(k.Answer))
	return err
}

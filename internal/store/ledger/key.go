package ledger

import (
	"context"
	"database/sql"
	"time"

	"labbook/internal/data/record"
)

// PutKey adds a key with its first secret, and the event; taken says that there
// is one of that name already, or was, and then nothing happens.
func (db *DB) PutKey(k *record.Key, e *record.Event) (taken bool, err error) {
	err = db.change(func(tx *tx) error {
		done, err := tx.exec("access_key_put", named("name", k.Name), named("scopes", encoded{k.Scopes}), named("pipelines", encoded{k.Pipelines}),
			named("created", at(&k.Created)), named("creator", k.Creator), named("expires", at(&k.Expires)))
		if taken, err = nothing(done, err); taken || err != nil {
			return err
		}
		for i := range k.Secrets {
			if err := insertSecret(tx, k.Name, &k.Secrets[i]); err != nil {
				return err
			}
		}
		return insertEvent(tx, e)
	})
	return taken, err
}

// PutSecret gives a key a further secret, and ends those that it has at a time.
func (db *DB) PutSecret(name string, s *record.Secret, others time.Time, e *record.Event) error {
	return db.change(func(tx *tx) error {
		if _, err := tx.exec("access_secret_expire", named("name", name), named("expires", at(&others))); err != nil {
			return err
		}
		if err := insertSecret(tx, name, s); err != nil {
			return err
		}
		return insertEvent(tx, e)
	})
}

// ExpireKey sets when a key ends; the zero time means never. none says that no
// such key is left to change, and then nothing happens.
func (db *DB) ExpireKey(name string, when time.Time, e *record.Event) (none bool, err error) {
	return db.changeOne(e, "access_key_expire", named("name", name), named("expires", at(&when)))
}

// RevokeKey ends a key for good, and says none as ExpireKey does.
func (db *DB) RevokeKey(name string, when time.Time, e *record.Event) (none bool, err error) {
	return db.changeOne(e, "access_key_revoke", named("name", name), named("revoked", at(&when)))
}

func (db *DB) changeOne(e *record.Event, statement string, args ...any) (none bool, err error) {
	err = db.change(func(tx *tx) error {
		done, err := tx.exec(statement, args...)
		if none, err = nothing(done, err); none || err != nil {
			return err
		}
		return insertEvent(tx, e)
	})
	return none, err
}

// nothing says whether a statement changed no row.
func nothing(done sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 0, err
}

func insertSecret(tx *tx, name string, s *record.Secret) error {
	_, err := tx.exec("access_secret_put", named("digest", s.Digest), named("name", name), named("hint", s.Hint), named("created", at(&s.Created)))
	return err
}

// Keys gives every key, sorted by name, with its secrets.
func (db *DB) Keys(ctx context.Context) ([]*record.Key, error) {
	byName := map[string]*record.Key{}
	keys, err := list(ctx, db, "access_key_list", func(row scanner) (*record.Key, error) {
		var k record.Key
		err := row.Scan(&k.Name, encoded{&k.Scopes}, encoded{&k.Pipelines}, at(&k.Created), &k.Creator, at(&k.Expires), at(&k.Revoked))
		byName[k.Name] = &k
		return &k, err
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	_, err = list(ctx, db, "access_secret_list", func(row scanner) (none struct{}, err error) {
		var name string
		var s record.Secret
		err = row.Scan(&name, &s.Digest, &s.Hint, at(&s.Created), at(&s.Expires))
		if k := byName[name]; k != nil {
			k.Secrets = append(k.Secrets, s)
		}
		return none, err
	})
	return keys, err
}

// PutSession begins a session, forgets those that are over, and adds the event.
func (db *DB) PutSession(s *record.Session, e *record.Event) error {
	return db.change(func(tx *tx) error {
		if _, err := tx.exec("session_trim", named("now", at(&s.Created))); err != nil {
			return err
		}
		if _, err := tx.exec("session_put", named("digest", s.Digest), named("name", s.Key), named("secret", s.Secret),
			named("created", at(&s.Created)), named("expires", at(&s.Expires))); err != nil {
			return err
		}
		return insertEvent(tx, e)
	})
}

// EndSession ends a session; none says that there was none.
func (db *DB) EndSession(digest string, e *record.Event) (none bool, err error) {
	return db.changeOne(e, "session_end", named("digest", digest))
}

// Sessions gives those that have not expired.
func (db *DB) Sessions(ctx context.Context, now time.Time) ([]record.Session, error) {
	return list(ctx, db, "session_list", func(row scanner) (s record.Session, err error) {
		return s, row.Scan(&s.Digest, &s.Key, &s.Secret, at(&s.Created), at(&s.Expires))
	}, named("now", at(&now)))
}

// PutEvent adds a line to the audit trail.
func (db *DB) PutEvent(e *record.Event) error {
	return db.change(func(tx *tx) error { return insertEvent(tx, e) })
}

func insertEvent(tx *tx, e *record.Event) error {
	_, err := tx.exec("event_put", named("time", at(&e.Time)), named("actor", e.Actor), named("client", e.Client),
		named("action", e.Action), named("subject", e.Subject), named("detail", e.Detail))
	return err
}

// Trail gives the audit trail, the newest line first: at most limit lines,
// before a time where that is not zero. Moves of aliases and retractions stand
// in it, whoever made them.
func (db *DB) Trail(ctx context.Context, before time.Time, limit int) ([]record.Event, error) {
	return list(ctx, db, "event_list", func(row scanner) (e record.Event, err error) {
		return e, row.Scan(at(&e.Time), &e.Actor, &e.Client, &e.Action, &e.Subject, &e.Detail)
	}, named("before", at(&before)), named("limit", limit))
}

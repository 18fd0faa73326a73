package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"

	"labbook/internal/data/record"
)

// Batches of predictions are in a ledger that several machines have, and only there: a
// server by itself keeps them as folders.

// AddBatch adds a batch that nobody has taken.
func (db *DB) AddBatch(b *record.Batch) error {
	_, err := db.doAgain("batch_put", named("id", b.ID), named("state", string(b.State)), named("place", b.Place))
	return err
}

// Batches gives all batches, the oldest first.
func (db *DB) Batches(ctx context.Context) ([]*record.Batch, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	mine := process{host: host, pid: os.Getpid(), identity: processIdentity(os.Getpid())}
	return list(ctx, db, "batch_list", func(row scanner) (*record.Batch, error) {
		var b record.Batch
		var state string
		var silent bool
		err := row.Scan(&b.ID, &state, &b.Place, &b.Ended, &b.Host, &b.PID, &b.Process, &silent)
		by := process{b.Host, b.PID, b.Process, false}
		b.State, b.Taken = json.RawMessage(state), b.PID != 0 && by != mine && !db.isGone(&process{b.Host, b.PID, b.Process, silent}, host)
		return &b, err
	})
}

// TakeBatch has this process work at a batch, as Batches gave it, and says whether it may: it may not where
// another was first.
func (db *DB) TakeBatch(b *record.Batch) (bool, error) {
	if err := db.live(); err != nil {
		return false, err
	}
	args, err := mine(b.ID)
	if err != nil {
		return false, err
	}
	return db.doAgain("batch_take", append(args, named("was_host", b.Host), named("was_pid", b.PID), named("was_process", b.Process))...)
}

// PutBatch says how a batch stands that this process took. It is false where it was removed, or
// another has taken it.
func (db *DB) PutBatch(b *record.Batch) (bool, error) {
	args, err := mine(b.ID)
	if err != nil {
		return false, err
	}
	return db.doAgain("batch_state", append(args, named("state", string(b.State)), named("ended", b.Ended))...)
}

// FreeBatch lets others take a batch that this process took.
func (db *DB) FreeBatch(id string) error {
	args, err := mine(id)
	if err == nil {
		_, err = db.doAgain("batch_free", args...)
	}
	return err
}

// RemoveBatch removes a batch; whoever works at it is told by PutBatch.
func (db *DB) RemoveBatch(id string) error {
	_, err := db.doAgain("batch_remove", named("id", id))
	return err
}

// mine gives the arguments of a statement about what this process took.
func mine(id string) ([]any, error) {
	host, err := os.Hostname()
	return []any{named("id", id), named("host", host), named("pid", os.Getpid()), named("process", processIdentity(os.Getpid()))}, err
}

// doAgain runs a statement that may be run twice, and says whether it changed a row.
func (db *DB) doAgain(name string, args ...any) (bool, error) {
	var result sql.Result
	err := db.repeat(func(tx *tx) (err error) {
		result, err = tx.exec(name, args...)
		return err
	})
	none, err := nothing(result, err)
	return !none && err == nil, err
}

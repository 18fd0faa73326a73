package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"labbook/internal/data/record"
)

// queueMost bounds the queue.
const queueMost = 100

// Enqueue puts a job at the end of the queue. It ends with record.ErrQueueFull where there
// is no room.
func (db *DB) Enqueue(q *record.Queued) error {
	if db.full != nil {
		return db.full
	}
	result, err := db.write.Exec(query("queue_put"), named("id", q.ID), named("pipeline", q.Pipeline), named("job", string(q.Job)),
		named("asked", at(&q.Asked)), named("most", queueMost))
	if err != nil {
		return explain(db.path, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, record.ErrQueueFull)
	}
	return nil
}

// Queue gives the jobs whose runs have not begun, the first first.
func (db *DB) Queue(ctx context.Context) ([]*record.Queued, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return list(ctx, db, "queue_list", func(row scanner) (*record.Queued, error) {
		var q record.Queued
		var job string
		err := row.Scan(&q.ID, &q.Pipeline, &job, at(&q.Asked), &q.Host, &q.PID, &q.Process)
		q.Job, q.Taken = json.RawMessage(job), q.PID != 0 && !(q.Host == host && isGone(q.PID, q.Process))
		return &q, err
	})
}

// TakeQueued takes the first job of the queue that nobody else is beginning, for this
// process, or gives nil. It leaves the queue when its run is recorded.
func (db *DB) TakeQueued(ctx context.Context) (*record.Queued, error) {
	if db.full != nil {
		return nil, db.full
	}
	all, err := db.Queue(ctx)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if q.Taken {
			continue
		}
		result, err := db.write.Exec(query("queue_take"), named("id", q.ID), named("host", host), named("pid", os.Getpid()), named("process", processIdentity(os.Getpid())),
			named("was_host", q.Host), named("was_pid", q.PID), named("was_process", q.Process))
		if err != nil {
			return nil, explain(db.path, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return q, err
		}
	}
	return nil, nil
}

// Dequeue takes a job that waits out of the queue, and says whether it was there.
func (db *DB) Dequeue(id string) (bool, error) {
	if db.full != nil {
		return false, db.full
	}
	result, err := db.write.Exec(query("queue_remove"), named("id", id))
	if err != nil {
		return false, explain(db.path, err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"os"

	"labbook/internal/data/record"
)

// queueMost bounds the queue.
const queueMost = 100

// Enqueue puts a job at the end of the queue. It ends with record.ErrQueueFull where there
// is no room.
func (db *DB) Enqueue(q *record.Queued) error {
	result, err := db.exec("queue_put", named("id", q.ID), named("pipeline", q.Pipeline), named("job", string(q.Job)),
		named("asked", at(&q.Asked)), named("most", queueMost))
	if none, err := nothing(result, err); none || err != nil {
		return cmp.Or(err, record.ErrQueueFull)
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
		var silent bool
		err := row.Scan(&q.ID, &q.Pipeline, &job, at(&q.Asked), &q.Host, &q.PID, &q.Process, &silent)
		q.Job, q.Taken = json.RawMessage(job), q.PID != 0 && !db.isGone(&process{q.Host, q.PID, q.Process, silent}, host)
		return &q, err
	})
}

// TakeQueued takes the first job of the queue that nobody else is beginning, for this
// process, or gives nil. It leaves the queue when its run is recorded.
func (db *DB) TakeQueued(ctx context.Context) (*record.Queued, error) {
	all, err := db.Queue(ctx)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	if len(all) > 0 {
		if err := db.live(); err != nil {
			return nil, err
		}
	}
	for _, q := range all {
		if q.Taken {
			continue
		}
		result, err := db.exec("queue_take", named("id", q.ID), named("host", host), named("pid", os.Getpid()), named("process", processIdentity(os.Getpid())),
			named("was_host", q.Host), named("was_pid", q.PID), named("was_process", q.Process))
		if none, err := nothing(result, err); !none || err != nil {
			return q, err
		}
	}
	return nil, nil
}

// Dequeue takes a job that waits out of the queue, and says whether it was there.
func (db *DB) Dequeue(id string) (bool, error) {
	result, err := db.exec("queue_remove", named("id", id))
	none, err := nothing(result, err)
	return !none && err == nil, err
}

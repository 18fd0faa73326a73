package ledger

import (
	"context"
	"time"
)

// LastDue gives until when somebody has seen to all that was due of a pipeline. The
// first to ask begins its history, with now.
func (db *DB) LastDue(ctx context.Context, pipeline string, now time.Time) (time.Time, error) {
	last, err := db.SeenDue(ctx, pipeline)
	if err != nil || !last.IsZero() {
		return last, err
	}
	if _, err := db.exec("schedule_begin", named("pipeline", pipeline), named("due", at(&now))); err != nil {
		return last, err
	}
	return db.SeenDue(ctx, pipeline)
}

// SeenDue is LastDue that begins nothing: the zero time where nobody has asked yet.
func (db *DB) SeenDue(ctx context.Context, pipeline string) (last time.Time, err error) {
	found, err := list(ctx, db, "schedule_last", func(row scanner) (t time.Time, err error) { return t, row.Scan(at(&t)) }, named("pipeline", pipeline))
	if len(found) > 0 {
		last = found[0]
	}
	return last, err
}

// ClaimDue notes that what was due from last until due is seen to, and says whether that is for the caller to
// do: it is not where another was first.
func (db *DB) ClaimDue(pipeline string, last, due time.Time) (mine bool, err error) {
	result, err := db.exec("schedule_claim", named("pipeline", pipeline), named("last", at(&last)), named("due", at(&due)))
	none, err := nothing(result, err)
	return !none && err == nil, err
}

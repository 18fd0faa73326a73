package requests

import (
	"context"
	"time"
)

// checkpointPause is about how long a record stays in SQLite's write-ahead log
// alone.
const checkpointPause = 50 * time.Millisecond

// wrote notes that there is something to move.
func (s *Store) wrote() {
	select {
	case s.written <- struct{}{}:
	default:
	}
}

// checkpoint moves the write-ahead log into the file little by little, on a
// connection of its own, while the writer goes on: otherwise it would have to
// move megabytes at once, and every request would wait for that. It never locks
// the writer out ("passive").
func (s *Store) checkpoint() {
	for {
		select {
		case <-s.stop:
			return
		case <-s.written:
		}
		select {
		case <-s.stop:
			return
		case <-time.After(checkpointPause):
		}
		if _, err := s.db.tidy.ExecContext(context.Background(), "pragma wal_checkpoint(passive)"); err != nil {
			s.options.Failed(err)
		}
	}
}

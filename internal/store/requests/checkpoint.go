package requests

import (
	"context"
	"database/sql"
	"os"
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
	stretched := s.options.Durability != Full
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
		var busy, frames, moved int
		err := s.db.tidy.QueryRowContext(context.Background(), "pragma wal_checkpoint(passive)").Scan(&busy, &frames, &moved)
		if err == nil && !stretched && frames >= busyLog {
			stretched = true
			err = s.stretch()
		}
		if err != nil {
			s.options.Failed(err)
		}
	}
}

// A file that grows is synced in twice the time of one that does not, for where its end
// is has to be written, too. So where much is recorded the log is made as long as it
// becomes anyway.
const (
	busyLog     = 256  // frames of a log that does not begin anew in the pauses
	longestLog  = 4000 // frames, after which the writer moves them itself
	frameSize   = 24 + 4096
	stretchStep = 1 << 20 // bytes
)

// stretch appends zeros to the write-ahead log, which SQLite takes for its end: a frame
// of page 0 is none. It keeps writers out for a megabyte at a time, and they do not wait
// while the disk writes it.
func (s *Store) stretch() error {
	f, err := os.OpenFile(s.db.log, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	zeros := make([]byte, stretchStep)
	for size := int64(0); size < longestLog*frameSize; {
		select {
		case <-s.stop:
			return nil
		default:
		}
		err := s.db.change(context.Background(), func(context.Context, *sql.Conn) error {
			at, err := f.Stat()
			if err != nil {
				return err
			}
			size = at.Size() + stretchStep
			_, err = f.WriteAt(zeros, at.Size())
			return err
		})
		if err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return nil
}

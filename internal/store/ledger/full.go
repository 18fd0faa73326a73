package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// noRoom says whether an error comes from a disk that is full.
func noRoom(err error) bool {
	var failure sqlite3.Error
	if errors.As(err, &failure) {
		return failure.Code == sqlite3.ErrFull || isFull(failure.SystemErrno)
	}
	return isFull(err)
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// readable says that there is a ledger, in a folder in which nothing can be made.
func (db *DB) readable() bool {
	_, err := os.Stat(db.path)
	return err == nil && !mayWrite(filepath.Dir(db.path))
}

// openFull opens for reading what could not be opened because the disk is full, or
// nothing can be written: even a reader of SQLite makes a file, the index of the
// write-ahead log. With a log there is "frozen", which keeps that index in memory.
// Without one nobody else has the file open, so it can be read as one that does not
// change.
func (db *DB) openFull(cause error) error {
	db.Close()
	db.read, db.write = nil, nil
	mode := "immutable"
	if log, err := os.Stat(db.path + "-wal"); err == nil && log.Size() > 0 {
		mode = "frozen"
	}
	if err := db.openAs(mode); err != nil {
		return errors.Join(cause, err)
	}
	db.full = db.explain(cause)
	return nil
}

// Package ledger keeps what happened in SQLite (runs/labbook.db) or, where several
// machines share a history, in PostgreSQL: every run with its stages, metrics and logs,
// every model version, and every move of an alias. Rows are only added; what changes is a
// run's or stage's end.
//
// Both databases are told the same statements (query/), and promise the same: writes queue
// up behind one another, whoever writes, and reads never wait. What differs stands in
// dialect.go, in postgres.go and below postgres/.
package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"

	"labbook/internal/base/diag"
	"labbook/internal/store/databases"
)

// Options say how a ledger is opened. The zero value is what a run wants.
type Options struct {
	// ReadOnly opens it for looking only: no file is made, changed or waited
	// for. Where there is no ledger yet, an empty one stands in.
	ReadOnly bool
	// OrRead opens it for looking where the disk is too full for more, or nothing
	// can be written. What would write then fails, and says why.
	OrRead bool
	// OrEmpty has an empty one, to look at, stand in for one that cannot be read. Check
	// then says why: for who asks whether all is well, and will not stop at that.
	OrEmpty bool
	// Durable makes every commit survive a power cut (synchronous=FULL); by
	// default it survives the death of the process, and a power cut may take
	// the last commits but never the order of what came before. How durable commits are
	// in PostgreSQL is the server's business (synchronous_commit).
	Durable bool
	// Busy is how long a write waits for the writes of other processes before
	// it fails; 0 means a minute.
	Busy time.Duration
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Random feeds the ends of run ids; nil means crypto/rand.
	Random io.Reader
}

// DB is an open ledger. It is safe for concurrent use by goroutines, and its
// file by processes: writes queue up behind one another, reads never wait.
//
// Methods that read take a context. Those that write take none: what happened
// must be recorded, above all when somebody is interrupting it.
type DB struct {
	path    string // of the file, or where the server's database is, for people
	address string // of the server's database
	dialect dialect
	options Options
	// write has one connection, whose transactions begin as writers: one that
	// began as a reader could not become a writer without an error when
	// another was faster.
	write *sql.DB
	read  *sql.DB

	living sync.Mutex
	dead   chan struct{} // closed: this process no longer says that it lives
	beats  sync.WaitGroup

	full error // why nothing can be written, of one opened on a full disk
	lost error // why nothing can be read, of an empty one in its place
}

// Open opens the ledger at an address, the path of a file or the URL of a PostgreSQL
// database; unless told to only read, it makes or upgrades it first. One written by a
// newer labbook is refused.
//
// An up-to-date ledger costs one connection and one query here.
func Open(address string, options Options) (*DB, error) {
	if options.Busy == 0 {
		options.Busy = time.Minute
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	db := &DB{path: address, dialect: inSQLite{}, options: options}
	open := db.openToWrite
	switch {
	case databases.IsPostgres(address):
		db.path, db.address = databases.Shown(address), address
		open = db.openPostgres
	case options.ReadOnly:
		open = db.openToRead
	}
	err := open()
	if err != nil && (options.ReadOnly && noRoom(err) || options.OrRead && (noRoom(err) || db.readable())) {
		err = db.openFull(err)
	}
	if err != nil && options.OrEmpty {
		db.Close()
		db.lost = db.explain(err)
		err = db.openInMemory(nil)
	}
	if err != nil {
		db.Close()
		return nil, db.explain(err)
	}
	return db, nil
}

func (db *DB) openToWrite() error {
	if err := os.MkdirAll(filepath.Dir(db.path), 0o777); err != nil {
		return err
	}
	db.write = connect(db.path, db.options, "rwc", 1)
	db.read = connect(db.path, db.options, "ro", 8)
	version, err := versionOf(db.write)
	if err != nil || version == latest() {
		return err
	}
	if version > latest() {
		return newer(db.path, version)
	}
	return db.migrate()
}

// openToRead opens the file as it is. A ledger that does not exist yet, or
// still has an older schema, is represented by one in memory.
func (db *DB) openToRead() error {
	if _, err := os.Stat(db.path); errors.Is(err, fs.ErrNotExist) {
		return db.openInMemory(nil)
	}
	return db.openAs(db.readMode())
}

func (db *DB) openAs(mode string) error {
	db.read = connect(db.path, db.options, mode, 8)
	db.write = db.read
	version, err := versionOf(db.read)
	switch {
	case err != nil:
		return err
	case version > latest():
		return newer(db.path, version)
	case version < latest():
		old := db.read
		defer old.Close()
		return db.openInMemory(old)
	}
	return nil
}

// readMode gives the way of reading that leaves no file behind. While it is
// read, a database has a write-ahead log: a connection that may not write
// leaves one as it was, but would also leave one that it had to make itself,
// which a connection that may write removes again. In a folder where none can
// be made nobody else can write either.
func (db *DB) readMode() string {
	if _, err := os.Stat(db.path + "-wal"); err == nil {
		return "ro"
	}
	if !mayWrite(filepath.Dir(db.path)) {
		return "immutable"
	}
	return "rw"
}

// openInMemory makes a ledger that vanishes on Close, with the content of
// another when there is one.
func (db *DB) openInMemory(from *sql.DB) error {
	db.dialect = inSQLite{}
	db.read = connect(":memory:", db.options, "memory", 1)
	db.write = db.read
	if from != nil {
		if err := backup(db.read, from); err != nil {
			return err
		}
	}
	if err := upgrade(db.read); err != nil {
		return err
	}
	_, err := db.read.Exec("pragma query_only = on")
	return err
}

// logLimit is the size in bytes that the write-ahead log is left with at most. The
// schema of a new ledger takes 300 KiB of it.
const logLimit = 352 << 10

// Close ends the use of the ledger. The last connection to leave moves the
// write-ahead log into the file, which costs some fsyncs: far more than a run
// that had nothing to do. So a short log is left for a later Close, by letting
// a connection leave last that may not write.
func (db *DB) Close() error {
	db.die()
	first, last := db.read, db.write
	if log, err := os.Stat(db.path + "-wal"); err == nil && log.Size() < logLimit && db.write != db.read {
		if _, err := versionOf(db.read); err == nil { // it has to be connected
			first, last = last, first
		}
	}
	var errs []error
	for _, pool := range []*sql.DB{first, last} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// Shared says whether other machines can have this ledger, too.
func (db *DB) Shared() bool { return db.address != "" }

// Path gives where the ledger is, for people and, if it is a file, for programs.
func (db *DB) Path() string { return db.path }

// Check proves the file sound: every page, every index, every reference. Of what stands in
// PostgreSQL, which is proved by the tools of PostgreSQL, it says whether it answers.
func (db *DB) Check(ctx context.Context) error {
	if db.lost != nil {
		return db.lost
	}
	if db.dialect != (inSQLite{}) {
		_, err := db.dialect.version(db.read)
		return db.explain(err)
	}
	for _, pragma := range []string{"pragma integrity_check", "pragma foreign_key_check"} {
		rows, err := db.read.QueryContext(ctx, pragma)
		if err != nil {
			return db.explain(err)
		}
		found, err := collect(rows, func(row scanner) (s string, err error) {
			columns, err := rows.Columns()
			if err != nil {
				return "", err
			}
			values, pointers := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				pointers[i] = &values[i]
			}
			err = row.Scan(pointers...)
			return fmt.Sprint(values...), err
		})
		if err != nil {
			return db.explain(err)
		}
		if len(found) > 0 && found[0] != "ok" {
			return fmt.Errorf("%s: %s says %q", db.path, pragma, found)
		}
	}
	return nil
}

// Copy writes what the ledger holds at this moment to a file of SQLite that is not there
// yet, beside whoever writes.
func (db *DB) Copy(ctx context.Context, to string) error {
	if db.dialect != (inSQLite{}) {
		return db.copyToFile(ctx, to)
	}
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return db.explain(err)
	}
	defer conn.Close()
	// A connection that may only ask takes no copy either.
	if _, err := conn.ExecContext(ctx, "pragma query_only = off"); err != nil {
		return db.explain(err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "pragma query_only = on")
	_, err = conn.ExecContext(ctx, "vacuum into ?", to)
	return err
}

func newer(path string, version int) error {
	return &diag.Error{
		File:   path,
		What:   "the database was written by a newer labbook",
		Found:  fmt.Sprintf("schema %d", version),
		Wanted: fmt.Sprintf("schema %d or older", latest()),
		Hint:   "update labbook, or work in another folder with -C",
	}
}

// explain says in words what a person can mend.
func (db *DB) explain(err error) error {
	path := db.path
	if db.address != "" {
		return databases.Explain(path, err)
	}
	var failure sqlite3.Error
	if !errors.As(err, &failure) {
		return err
	}
	problem := &diag.Error{File: path, Err: err}
	switch failure.Code {
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		problem.What = "the file is damaged, or no database of labbook's: " + failure.Error()
		problem.Hint = "move it away or restore a copy; without one the next run starts a new history"
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		problem.What = "the database cannot be opened for writing: " + failure.Error()
		problem.Hint = "give this user write permission for the file and its folder"
	case sqlite3.ErrFull, sqlite3.ErrIoErr:
		problem.What = "the database cannot be written: " + failure.Error()
		problem.Hint = "free some space (labbook gc), then run again"
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		problem.What = "another process has been writing to the database all the while"
		problem.Hint = "see who it is with: labbook runs"
	default:
		return fmt.Errorf("%s: %w", path, err)
	}
	return problem
}

package requests

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// connector opens connections to one SQLite file, without a driver registered
// by name, which would be state of the whole program.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// openSQLite opens or makes the file. Writes have one connection; reads have
// others, and never wait for them.
func openSQLite(path string, durability Durability) (*database, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	dsn := func(more url.Values) string {
		more.Set("_busy_timeout", "5000")
		more.Set("_cache_size", "-2048") // KiB
		more.Set("_synchronous", string(durability))
		file := url.URL{Path: filepath.ToSlash(path)}
		return "file:" + file.EscapedPath() + "?" + more.Encode()
	}
	write := sql.OpenDB(connector{dsn(url.Values{"mode": {"rwc"}, "_txlock": {"immediate"}})})
	write.SetMaxOpenConns(1)
	read := sql.OpenDB(connector{dsn(url.Values{"mode": {"ro"}, "_query_only": {"on"}})})
	read.SetMaxOpenConns(4)
	tidy := sql.OpenDB(connector{dsn(url.Values{"mode": {"rw"}})})
	tidy.SetMaxOpenConns(1)
	db := &database{write: write, read: read, tidy: tidy, dialect: goose.DialectSQLite3, chunk: 64}
	// Every 16 MB the writer itself moves the write-ahead log into the file, for
	// only then can the log begin anew, and requests wait for it: what checkpoint
	// has left is little.
	for _, pragma := range []string{"auto_vacuum = incremental", "journal_mode = wal", "wal_autocheckpoint = 4000", "journal_size_limit = 33554432"} {
		if _, err := write.Exec("pragma " + pragma); err != nil {
			db.close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return db, nil
}

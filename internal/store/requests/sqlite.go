package requests

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pressly/goose/v3"

	"labbook/internal/store/databases"
)

// openSQLite opens or makes the file. Writes have one connection; reads have
// others, and never wait for them.
func openSQLite(path string, durability Durability) (*database, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	open := func(connections int, more url.Values) *sql.DB {
		more.Set("_busy_timeout", strconv.Itoa(int(patience.Milliseconds())))
		more.Set("_cache_size", "-2048") // KiB
		more.Set("_synchronous", string(durability))
		pool := databases.SQLite(path, more)
		pool.SetMaxOpenConns(connections)
		return pool
	}
	write := open(1, url.Values{"mode": {"rwc"}, "_txlock": {"immediate"}, "_stmt_cache_size": {"32"}})
	read := open(4, url.Values{"mode": {"ro"}, "_query_only": {"on"}})
	tidy := open(1, url.Values{"mode": {"rw"}})
	db := &database{write: write, read: read, tidy: tidy, log: path + "-wal", dialect: goose.DialectSQLite3, begin: "begin immediate", chunk: 64}
	// Every 16 MB the writer itself moves the write-ahead log into the file, for
	// only then can the log begin anew, and requests wait for it: what checkpoint
	// has left is little.
	for _, pragma := range []string{"auto_vacuum = incremental", "journal_mode = wal", fmt.Sprint("wal_autocheckpoint = ", longestLog), "journal_size_limit = 33554432"} {
		if _, err := write.Exec("pragma " + pragma); err != nil {
			db.close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return db, nil
}

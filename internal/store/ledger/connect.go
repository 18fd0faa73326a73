package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	"github.com/mattn/go-sqlite3"

	"labbook/internal/store/databases"
)

// connect gives a pool of at most that many connections, none of them open
// yet. mode is SQLite's, "rwc", "memory", "rw" or "ro"; or "immutable", "ro" of
// a file that nobody can change; or "frozen", "ro" of one whose write-ahead log
// nobody can change. All but the first two refuse to write.
//
// The journal mode is not set here: WAL is a property of the file, and setting
// it is the one statement for which SQLite does not wait for others.
func connect(path string, options Options, mode string, connections int) *sql.DB {
	synchronous := "normal"
	if options.Durable {
		synchronous = "full"
	}
	query := url.Values{
		"mode":          {mode},
		"_busy_timeout": {fmt.Sprint(options.Busy.Milliseconds())},
		"_foreign_keys": {"on"},
		"_synchronous":  {synchronous},
		"_cache_size":   {"-65536"}, // KiB at most: a transaction of 10,000 stages should not spill
	}
	switch mode {
	case "rwc", "memory":
		query.Set("_txlock", "immediate")
	case "immutable":
		query.Set("mode", "ro")
		query.Set("immutable", "1")
	case "frozen":
		query.Set("mode", "ro")
		query.Set("readonly_shm", "1")
	}
	if mode != "rwc" && mode != "memory" {
		query.Set("_query_only", "on")
	}
	pool := databases.SQLite(path, query)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool
}

// backup copies all of one database over another.
func backup(to, from *sql.DB) error {
	return raw(to, func(dst *sqlite3.SQLiteConn) error {
		return raw(from, func(src *sqlite3.SQLiteConn) error {
			copying, err := dst.Backup("main", src, "main")
			if err != nil {
				return err
			}
			if _, err := copying.Step(-1); err != nil {
				copying.Finish()
				return err
			}
			return copying.Finish()
		})
	})
}

// raw lends a connection of the pool as the driver knows it.
func raw(db *sql.DB, use func(*sqlite3.SQLiteConn) error) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error { return use(c.(*sqlite3.SQLiteConn)) })
}

package requests

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	"labbook/internal/store/databases"
)

// Check proves a SQLite file of requests sound: every page and every index. It only
// reads, beside whoever writes. What stands in PostgreSQL is proved by the tools of
// PostgreSQL.
func Check(ctx context.Context, path string) error {
	db := openToLook(path)
	defer db.Close()
	var said string // "ok", or the first of what is wrong
	if err := db.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&said); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if said != "ok" {
		return fmt.Errorf("%s is damaged: %s", path, said)
	}
	return nil
}

// Copy writes what a SQLite file of requests holds at this moment to a file that is
// not there yet, beside whoever writes.
func Copy(ctx context.Context, path, to string) error {
	db := openToLook(path)
	defer db.Close()
	_, err := db.ExecContext(ctx, "vacuum into ?", to)
	return err
}

// openToLook opens a SQLite file that others may be writing.
func openToLook(path string) *sql.DB {
	return databases.SQLite(path, url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}})
}

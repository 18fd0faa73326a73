package requests

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
)

// Check proves a SQLite file of requests sound: every page and every index. It only
// reads, beside whoever writes. What stands in PostgreSQL is proved by the tools of
// PostgreSQL.
func Check(ctx context.Context, path string) error {
	file := url.URL{Path: filepath.ToSlash(path)}
	db := sql.OpenDB(connector{"file:" + file.EscapedPath() + "?mode=ro&_query_only=on&_busy_timeout=5000"})
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

// Package databases opens the two databases that a project's history and its requests can
// be kept in: a SQLite file, or PostgreSQL. It says in words what keeps one from being
// used, and knows nothing of what is in it.
package databases

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// connector opens connections to one SQLite file. It is used instead of a registered
// driver's name, which would be state of the whole program.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// SQLite gives a pool of connections to a file, none of them open yet, with parameters
// of the driver: mode, _busy_timeout and so on.
func SQLite(path string, parameters url.Values) *sql.DB {
	file := url.URL{Path: filepath.ToSlash(path)}
	return sql.OpenDB(connector{"file:" + file.EscapedPath() + "?" + parameters.Encode()})
}

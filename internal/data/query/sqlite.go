package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// sqliteFile gives the SQLite file of a project at a path.
func sqliteFile(project, name string) *Server {
	path := filepath.Join(project, filepath.FromSlash(name))
	s := &Server{Name: name, ID: identity("sqlite", name), Files: []string{path, path + "-wal"}}
	s.ask = func(ctx context.Context, text string, to *writer) error { return askSQLite(ctx, name, path, text, to) }
	return s
}

// sqliteMagic begins a file of SQLite: https://sqlite.org/fileformat.html.
const sqliteMagic = "SQLite format 3\x00"

// openSQLite opens a file to read it, and leaves nothing beside it. One that is
// written by way of a log, where there is none now, would get one by being opened,
// also where its folder cannot be written: it is opened as a file that nobody
// changes, and whoever asks proves that nobody did.
func openSQLite(name, path string) (*sql.DB, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &diag.Error{File: name, What: "there is no such file", Hint: "check from: it is a path in the project, or postgres://HOST/DATABASE", Err: err}
	}
	if err != nil {
		return nil, &diag.Error{File: name, What: "cannot be read: " + err.Error(), Hint: "see who may read it", Err: err}
	}
	head := make([]byte, 20)
	n, _ := io.ReadFull(f, head)
	f.Close()
	if n < len(head) || string(head[:len(sqliteMagic)]) != sqliteMagic {
		return nil, &diag.Error{File: name, What: "is no SQLite file", Hint: "for a file of another form write path: instead of query: and from:"}
	}
	const logged = 2
	how := "mode=ro"
	if head[19] == logged && !filled(path+"-wal") {
		how = "mode=ro&immutable=1"
	}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: how + "&_query_only=1&_busy_timeout=5000"}
	db, err := sql.Open("sqlite3", address.String())
	if err != nil {
		return nil, &diag.Error{File: name, What: "cannot be read: " + err.Error(), Err: err}
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// askSQLite asks a file.
func askSQLite(ctx context.Context, name, path, text string, to *writer) error {
	db, err := openSQLite(name, path)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return wrongSQLite(name, err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error { c.(*sqlite3.SQLiteConn).RegisterAuthorizer(OnlyReads); return nil }); err != nil {
		return err
	}
	text, more := first(text)
	if more {
		return &diag.Error{What: "the query is more than one statement", Wanted: "one select", Hint: "leave out what stands after the first semicolon"}
	}
	types, err := columnsOf(ctx, conn, text)
	if err != nil {
		return wrongSQLite(name, err)
	}
	if len(types) == 0 {
		return &diag.Error{What: "the query gives no columns", Wanted: "one select", Hint: "write what it is to read: select … from …"}
	}
	rows, err := conn.QueryContext(ctx, plain(text, len(types)))
	if err != nil {
		return wrongSQLite(name, err)
	}
	defer rows.Close()
	values := make([]loose, len(types))
	into := make([]any, len(types))
	for j, t := range types {
		values[j] = loose{name: t.Name(), declared: strings.ToLower(t.DatabaseTypeName())}
		into[j] = &values[j]
	}
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return inSQLite(err, n+1)
		}
		if to.progress != nil && n%batchRows == batchRows-1 {
			to.progress(n + 1)
		}
	}
	if err := rows.Err(); err != nil {
		return wrongSQLite(name, err)
	}
	return writeLoose(values, n, to)
}

// columnsOf gives the columns of a query, as they are declared.
func columnsOf(ctx context.Context, conn *sql.Conn, text string) ([]*sql.ColumnType, error) {
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return rows.ColumnTypes()
}

// inSQLite gives an error of a value the row that it stands in.
func inSQLite(err error, row int) error {
	var bad *valueError
	if !errors.As(err, &bad) {
		return err
	}
	return inRow(bad.column, row, bad.of)
}

// valueError is of a value that cannot be taken.
type valueError struct {
	column string
	of     *diag.Error
}

func (e *valueError) Error() string { return e.of.Error() }

// plain gives a query whose values come as they are stored. The driver makes what
// it takes for truth values and times of those whose columns are declared so, and
// loses what it cannot read; of an expression it knows no declaration. The order
// of the rows stays that of the query, which is the only thing that is read from.
func plain(text string, columns int) string {
	var names, values []string
	for j := range columns {
		names = append(names, fmt.Sprintf("c%d", j))
		values = append(values, fmt.Sprintf("+c%d", j))
	}
	return "with labbook_answer(" + strings.Join(names, ", ") + ") as (\n" + text + "\n) select " + strings.Join(values, ", ") + " from labbook_answer"
}

// OnlyReads lets a statement of SQLite do nothing but read and compute; it is for
// RegisterAuthorizer (https://sqlite.org/c3ref/set_authorizer.html).
func OnlyReads(action int, _, function, _ string) int {
	const recursive = 33 // SQLITE_RECURSIVE, for with recursive
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, recursive:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_FUNCTION:
		if function != "load_extension" {
			return sqlite3.SQLITE_OK
		}
	}
	return sqlite3.SQLITE_DENY
}

// wrongSQLite says in words what is wrong with a query or its file.
func wrongSQLite(name string, err error) error {
	var failure sqlite3.Error
	if !errors.As(err, &failure) {
		return err
	}
	text := human.Line(failure.Error(), limited)
	e := &diag.Error{What: fmt.Sprintf("%s: %s", name, text), Hint: "ask it by hand in sqlite3 until it answers"}
	switch {
	case failure.Code == sqlite3.ErrAuth, failure.Code == sqlite3.ErrReadonly, strings.Contains(text, "prohibited"), strings.Contains(text, "not authorized"):
		e.What, e.Found, e.Wanted, e.Hint = "the query writes", text, "one that only reads", "ask with select; what has to be written, write before the run"
	case failure.Code == sqlite3.ErrBusy, failure.Code == sqlite3.ErrLocked:
		e.Hint = "another program holds it; let that end, then run again"
	case failure.Code == sqlite3.ErrCantOpen:
		e.Hint = "where it is written by way of a log (name-wal), copy both files, or close the program that writes it"
	case failure.Code == sqlite3.ErrCorrupt, failure.Code == sqlite3.ErrNotADB:
		e.Hint = "the file is damaged: fetch it again, or see what sqlite3's .recover saves"
	}
	return e
}

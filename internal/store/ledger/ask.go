package ledger

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	outer "labbook/internal/data/query"
)

// Answer is what a query gave: int64, float64, string or nil by row and column.
type Answer struct {
	Columns []string
	Rows    [][]any
}

// Ask answers a query over the Views, and does nothing else whatever it says: the
// connection may only read, and SQLite asks which statements and tables are
// allowed before it runs anything; see askPostgres. requests is the file that a server
// keeps requests in, which need not be there, or the address of the ledger's own database
// if it keeps them there; where it is "" there is no such view. A query that is wrong, and requests that cannot be read, are a *diag.Error; a
// query whose ctx ends is stopped.
func (db *DB) Ask(ctx context.Context, query, requests string) (*Answer, error) {
	if db.dialect != (inSQLite{}) {
		return db.askPostgres(ctx, query, requests)
	}
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, db.explain(err)
	}
	defer conn.Close()
	defer dropViews(conn)
	if err := prepareViews(ctx, conn, requests); err != nil {
		return nil, db.explain(err)
	}
	if err := authorize(conn, outer.OnlyReads); err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, wrongQuery(err, requests)
	}
	defer rows.Close()
	answer := &Answer{}
	if answer.Columns, err = rows.Columns(); err != nil {
		return nil, err
	}
	if len(answer.Columns) == 0 {
		return nil, noQuery()
	}
	for rows.Next() {
		row, into := make([]any, len(answer.Columns)), make([]any, len(answer.Columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = string(b)
			}
		}
		answer.Rows = append(answer.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, wrongQuery(err, requests)
	}
	return answer, nil
}

// prepareViews makes the views, which only this connection sees.
func prepareViews(ctx context.Context, conn *sql.Conn, requests string) error {
	if _, err := conn.ExecContext(ctx, "pragma query_only = off"); err != nil {
		return err
	}
	asked, callers := false, false
	if _, err := os.Stat(requests); err == nil {
		file := url.URL{Path: filepath.ToSlash(requests)}
		_, err := conn.ExecContext(ctx, "attach database ? as asked", "file:"+file.EscapedPath()+"?mode=ro")
		if err == nil {
			_, err = conn.ExecContext(ctx, "select id from asked.request limit 1")
		}
		_, lacks := conn.ExecContext(ctx, "select caller from asked.request limit 1")
		callers = lacks == nil
		if err != nil {
			return diag.New(requests+": the requests cannot be read: "+err.Error(), "move it away, or name another with --database")
		}
		asked = true
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, v := range Views() {
		query := v.query
		switch {
		case v.Name == viewRequests && requests == "":
			continue
		case v.Name == viewRequests && !asked:
			query = v.nothing()
		case v.Name == viewRequests && !callers: // of before there were keys
			query = strings.Replace(query, "request.caller", "''", 1)
		}
		if _, err := conn.ExecContext(ctx, "create temp view "+v.Name+" as\n"+query); err != nil {
			return err
		}
	}
	_, err := conn.ExecContext(ctx, "pragma query_only = on")
	return err
}

// dropViews leaves the connection as others know it.
func dropViews(conn *sql.Conn) {
	ctx := context.Background()
	authorize(conn, nil)
	conn.ExecContext(ctx, "pragma query_only = off")
	for _, v := range Views() {
		conn.ExecContext(ctx, "drop view if exists temp."+v.Name)
	}
	conn.ExecContext(ctx, "detach database asked")
	conn.ExecContext(ctx, "pragma query_only = on")
}

// authorize has SQLite ask a function about every statement; nil allows all.
func authorize(conn *sql.Conn, may func(action int, first, second, third string) int) error {
	return conn.Raw(func(c any) error { c.(*sqlite3.SQLiteConn).RegisterAuthorizer(may); return nil })
}

var missing = lazy.Regexp(`^no such (table|column): (.*)$`)

// wrongQuery says in words what is wrong with a query.
func wrongQuery(err error, requests string) error {
	var failure sqlite3.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch text := failure.Error(); {
	case failure.Code == sqlite3.ErrAuth, failure.Code == sqlite3.ErrReadonly, strings.Contains(text, "prohibited"), strings.Contains(text, "cannot modify"), strings.Contains(text, "not authorized"):
		return onlyReads()
	case missing().MatchString(text):
		found := missing().FindStringSubmatch(text)
		name := found[2][strings.LastIndex(found[2], ".")+1:]
		return unknownName(found[1], name, requests == "", "requests are kept in PostgreSQL, which labbook sql does not read beside the runs of a file",
			"ask there, for the table is the same: psql … -c 'select * from request'")
	default:
		return cannotBeAnswered(text)
	}
}

func noQuery() error { return diag.New("that is no query", `write it as select … from runs`) }

func onlyReads() error {
	return diag.New("a query may only read", "labbook sql answers select, over "+diag.Names(viewNames))
}

func cannotBeAnswered(why string) error {
	return diag.New("the query cannot be answered: "+why, "`labbook sql` lists the views and their columns")
}

// unknownName says that there is no such column, or no such view. Of requests that are
// apart it says where they are instead, and what to do.
func unknownName(kind, name string, apart bool, where, what string) error {
	switch {
	case kind == "column":
		var names []string
		for _, v := range Views() {
			for _, c := range v.Columns {
				names = append(names, c.Name)
			}
		}
		return diag.New("there is no column "+diag.Names([]string{name}), orList(diag.DidYouMean(name, names)))
	case name == viewRequests && apart:
		return diag.New(where, what)
	}
	return diag.New("there is no view "+diag.Names([]string{name}), orList(diag.DidYouMean(name, viewNames)))
}

// orList gives a hint, and where there is none says where the names are.
func orList(hint string) string {
	if hint == "" {
		return "`labbook sql` lists the views and their columns"
	}
	return hint
}

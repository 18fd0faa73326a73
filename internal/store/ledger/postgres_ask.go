package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"labbook/internal/base/lazy"
)

// askPostgres is Ask of a PostgreSQL database, in whose own words the query is. A cursor
// takes only what reads, a transaction that may only read lets no function write, and the
// connection, which has seen a stranger's words, is not used again.
func (db *DB) askPostgres(ctx context.Context, query, requests string) (*Answer, error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, db.explain(err)
	}
	defer conn.Close()
	defer conn.Raw(func(any) error { return driver.ErrBadConn })
	if strings.TrimSpace(comment().ReplaceAllString(query+"\n", "")) == "" {
		return nil, noQuery()
	}
	if err := prepareViewsPostgres(ctx, conn, requests == db.address); err != nil {
		return nil, db.explain(err)
	}
	if _, err := conn.ExecContext(ctx, "declare answer no scroll cursor for "+query); err != nil {
		return nil, wrongPostgresQuery(err, requests == db.address)
	}
	rows, err := conn.QueryContext(ctx, "fetch all from answer")
	if err != nil {
		return nil, wrongPostgresQuery(err, true)
	}
	answer, err := readAnswer(rows)
	if err != nil {
		return nil, wrongPostgresQuery(err, true)
	}
	return answer, nil
}

// prepareViewsPostgres makes the views, which only this connection sees, and begins a
// transaction that reads. here says that requests are kept in this database.
func prepareViewsPostgres(ctx context.Context, conn *sql.Conn, here bool) error {
	if _, err := conn.ExecContext(ctx, "begin transaction isolation level repeatable read read write"); err != nil {
		return err
	}
	var kept bool
	if err := conn.QueryRowContext(ctx, "select to_regclass('request') is not null").Scan(&kept); err != nil {
		return err
	}
	statements := []string{wordsFunction}
	for _, v := range Views() {
		query := forPostgres(v.query)
		switch {
		case v.Name == viewRequests && !here:
			continue
		case v.Name == viewRequests && !kept:
			query = v.nothing()
		}
		statements = append(statements, "create temp view "+v.Name+" as\n"+query)
	}
	for _, s := range append(statements, "set transaction read only") {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// wordsFunction reads bytes as text, where they are: a body may have been cut anywhere.
const wordsFunction = `create function pg_temp.words(bytes bytea) returns text language plpgsql as $$
begin
  return convert_from(bytes, 'UTF8');
exception when others then
  return encode(bytes, 'escape');
end;
$$`

var (
	aMoment = lazy.Regexp(`strftime\('%Y-%m-%dT%H:%M:%fZ', (.+?) / 1e9, 'unixepoch'\)`)
	ofBytes = lazy.Regexp(`cast\((request\.\w+) as text\)`)
)

// forPostgres says a view in the words of PostgreSQL.
func forPostgres(view string) string {
	view = aMoment().ReplaceAllString(view, `to_char(to_timestamp($1 / 1e9) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)
	view = ofBytes().ReplaceAllString(view, "pg_temp.words($1)")
	return strings.NewReplacer("/ 1e9", "/ 1e9::float8", "/ 1e6", "/ 1e6::float8", "from asked.request", "from request").Replace(view)
}

// readAnswer reads all rows, and closes them.
func readAnswer(rows *sql.Rows) (*Answer, error) {
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	answer := &Answer{}
	for _, t := range types {
		answer.Columns = append(answer.Columns, t.Name())
	}
	for rows.Next() {
		row, into := make([]any, len(types)), make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range row {
			row[i] = plainValue(v, types[i].DatabaseTypeName())
		}
		answer.Rows = append(answer.Rows, row)
	}
	return answer, rows.Err()
}

// plainValue gives a value as SQLite would have it: int64, float64 or string.
func plainValue(v any, of string) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case string:
		if n, err := strconv.ParseFloat(v, 64); of == "NUMERIC" && err == nil {
			return n
		}
	}
	return v
}

var missingThere = lazy.Regexp(`^(relation|column) "?([^" ]+)"? does not exist`)

// wrongPostgresQuery says in words what is wrong with a query.
func wrongPostgresQuery(err error, requestsHere bool) error {
	var told *pgconn.PgError
	switch {
	case !errors.As(err, &told):
		return err
	case told.Code == "57014": // stopped
		return context.Canceled
	case told.Code == "25006", told.Code == "42501":
		return onlyReads()
	}
	found := missingThere().FindStringSubmatch(told.Message)
	if found == nil {
		return cannotBeAnswered(told.Message)
	}
	kind := map[string]string{"relation": "table", "column": "column"}[found[1]]
	return unknownName(kind, found[2][strings.LastIndex(found[2], ".")+1:], !requestsHere, "requests are kept elsewhere, which labbook sql does not read beside the runs of a PostgreSQL database",
		"name that database for requests, too, or ask where they are")
}

package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"labbook/internal/store/databases"
)

// queries holds the statements, one file each, used by one method each.
//
//go:embed query/*.sql
var queries embed.FS

// query gives the text of query/<name>.sql.
func query(name string) string {
	text, err := queries.ReadFile("query/" + name + ".sql")
	if err != nil {
		panic("ledger: " + err.Error())
	}
	return string(text)
}

// scanner is a row of a result.
type scanner interface{ Scan(...any) error }

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, read func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// list runs a query that reads, and gives its rows.
func list[T any](ctx context.Context, db *DB, name string, read func(scanner) (T, error), args ...any) ([]T, error) {
	rows, err := db.query(ctx, name, args...)
	if err != nil {
		return nil, err
	}
	all, err := collect(rows, read)
	return all, db.explain(err)
}

// query asks a statement that reads.
func (db *DB) query(ctx context.Context, name string, args ...any) (*sql.Rows, error) {
	text, args, err := db.dialect.statement(name, args)
	if err != nil {
		return nil, err
	}
	rows, err := db.read.QueryContext(ctx, text, args...)
	return rows, db.explain(err)
}

// exec runs one statement that writes.
func (db *DB) exec(name string, args ...any) (result sql.Result, err error) {
	return result, db.change(func(tx *tx) error {
		result, err = tx.exec(name, args...)
		return err
	})
}

// change runs statements as one transaction. It may begin them again, where a
// connection was lost before they were all there.
func (db *DB) change(do func(*tx) error) error { return db.written(do, false) }

// repeat is change of what may be done twice.
func (db *DB) repeat(do func(*tx) error) error { return db.written(do, true) }

// written runs a transaction, and where the server of the database is gone asks again,
// until options.Busy has passed. What was lost while it was committed may have been
// recorded, and is only done again where twice is harmless.
func (db *DB) written(do func(*tx) error, twice bool) error {
	if db.full != nil {
		return db.full
	}
	until := time.Now().Add(db.options.Busy)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		asked, err := db.attempt(do)
		switch {
		case !databases.Lost(err):
			return db.explain(err)
		case asked && !twice:
			return fmt.Errorf("the connection was lost, so it is not known whether this was recorded: %w", db.explain(err))
		case time.Now().Add(pause).After(until):
			return db.explain(err)
		}
		time.Sleep(pause)
	}
}

// attempt runs a transaction once; asked says whether it came to be committed.
func (db *DB) attempt(do func(*tx) error) (asked bool, err error) {
	began, err := db.write.Begin()
	if err != nil {
		return false, err
	}
	defer began.Rollback()
	if err := db.dialect.queueUp(began); err != nil {
		return false, err
	}
	if err := do(&tx{began, db.dialect}); err != nil {
		return false, err
	}
	return true, began.Commit()
}

// tx is a transaction that writes.
type tx struct {
	*sql.Tx
	dialect dialect
}

func (t *tx) exec(name string, args ...any) (sql.Result, error) {
	text, args, err := t.dialect.statement(name, args)
	if err != nil {
		return nil, err
	}
	return t.Tx.Exec(text, args...)
}

// get reads the only value of the first row.
func (t *tx) get(into any, name string, args ...any) error {
	text, args, err := t.dialect.statement(name, args)
	if err != nil {
		return err
	}
	return t.Tx.QueryRow(text, args...).Scan(into)
}

// inserter inserts rows, whose arguments it takes by position.
type inserter interface {
	exec(args ...any) error
	// end inserts what is not there yet.
	end() error
}

// prepared inserts each row as it comes.
type prepared struct{ *sql.Stmt }

func (p prepared) exec(args ...any) error {
	_, err := p.Stmt.Exec(args...)
	return err
}

func (p prepared) end() error { return p.Stmt.Close() }

// named is sql.Named, short enough for long lists.
func named(name string, value any) sql.NamedArg { return sql.Named(name, value) }

// instant is a time as nanoseconds since 1970 UTC; the zero time is null.
type instant struct{ *time.Time }

func at(t *time.Time) instant { return instant{t} }

// Value implements driver.Valuer.
func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.UnixNano(), nil
}

// Scan implements sql.Scanner.
func (i instant) Scan(from any) error {
	switch v := from.(type) {
	case nil:
		*i.Time = time.Time{}
	case int64:
		*i.Time = time.Unix(0, v).UTC()
	default:
		return fmt.Errorf("a time is %T", from)
	}
	return nil
}

// number is a float; NaN, which SQLite does not know, is null.
type number struct{ *float64 }

// Value implements driver.Valuer.
func (n number) Value() (driver.Value, error) {
	if math.IsNaN(*n.float64) {
		return nil, nil
	}
	return *n.float64, nil
}

// Scan implements sql.Scanner.
func (n number) Scan(from any) error {
	var v sql.NullFloat64
	if err := v.Scan(from); err != nil {
		return err
	}
	*n.float64 = v.Float64
	if !v.Valid {
		*n.float64 = math.NaN()
	}
	return nil
}

// encoded is a value as JSON text; into points at it.
type encoded struct{ into any }

// Value implements driver.Valuer.
func (e encoded) Value() (driver.Value, error) {
	text, err := json.Marshal(e.into)
	return string(text), err
}

// Scan implements sql.Scanner.
func (e encoded) Scan(from any) error {
	switch text := from.(type) {
	case string:
		return json.Unmarshal([]byte(text), e.into)
	case []byte:
		return json.Unmarshal(text, e.into)
	}
	return fmt.Errorf("a JSON column is %T", from)
}

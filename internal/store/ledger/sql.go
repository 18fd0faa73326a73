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
	rows, err := db.read.QueryContext(ctx, query(name), args...)
	if err != nil {
		return nil, explain(db.path, err)
	}
	all, err := collect(rows, read)
	return all, explain(db.path, err)
}

// change runs statements as one transaction.
func (db *DB) change(do func(*sql.Tx) error) error {
	if db.full != nil {
		return db.full
	}
	tx, err := db.write.Begin()
	if err != nil {
		return explain(db.path, err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return explain(db.path, err)
	}
	return explain(db.path, tx.Commit())
}

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
	text, ok := from.(string)
	if !ok {
		return fmt.Errorf("a JSON column is %T", from)
	}
	return json.Unmarshal([]byte(text), e.into)
}

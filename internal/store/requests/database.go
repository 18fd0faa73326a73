package requests

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// schema holds the migrations, one file a version.
//
//go:embed schema/*.sql
var schema embed.FS

// database is SQLite or PostgreSQL. Its statements are the same for both:
// parameters are $1, $2, … in the order of their first use.
type database struct {
	write, read *sql.DB
	tidy        *sql.DB // for checkpoints; nil in PostgreSQL, which makes its own
	log         string  // the file of SQLite's write-ahead log
	schema      *sql.DB // for migrations, if not nil in the place of write: they take the time that they need
	dialect     goose.Dialect
	begin       string // the statement
	chunk       int    // rows that one statement inserts at most
}

// migrate brings the schema up to date. Two that start at once are kept apart
// by the database.
func (db *database) migrate(ctx context.Context) error {
	files, err := fs.Sub(schema, "schema")
	if err != nil {
		return err
	}
	with := db.write
	if db.schema != nil {
		with = db.schema
		defer with.Close()
	}
	provider, err := goose.NewProvider(db.dialect, with, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err = provider.Up(ctx); err == nil {
		return nil
	}
	// Another process was faster with the same migration.
	if pending, again := provider.HasPending(ctx); again == nil && !pending {
		return nil
	}
	return err
}

// requestColumns are those of the view request.
var requestColumns = []string{"id", "time", "method", "route", "path", "pipeline", "model", "version", "run", "status", "latency", "client", "caller",
	"request_type", "request_size", "request", "response_type", "response_size", "response", "error"}

// recordColumns are those of the table record, in the order of arguments.
var recordColumns = []string{"id", "time", "shared", "pipeline", "path", "status", "latency", "client", "request_size", "response_size", "error", "request", "response"}

// arguments appends what is a request's own; number stands for what it shares.
func (r *Request) arguments(args []any, number int) []any {
	return append(args, r.ID, r.Time.UnixNano(), number, r.Pipeline, r.ownPath(), r.Status, int64(r.Latency), r.Client, r.Request.Size, r.Response.Size, r.Error,
		nonNil(r.Request.Kept), nonNil(r.Response.Kept))
}

// ownPath is the path where it is not the route.
func (r *Request) ownPath() string {
	if r.Path == r.Route {
		return ""
	}
	return r.Path
}

// recordBytes is what a request counts for in retention by size, besides its bodies
// and texts: about what the file holds for it, with indexes.
const recordBytes = 185

// bytes is what a request counts for in retention by size.
func (r *Request) bytes() int64 {
	return int64(len(r.Request.Kept)+len(r.Response.Kept)+len(r.ownPath())+len(r.Error)) + recordBytes
}

// insertion gives the statement that inserts n rows.
func insertion(table string, columns []string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "insert into %s (%s) values ", table, strings.Join(columns, ", "))
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range columns {
			sep := ", "
			if j == 0 {
				sep = "("
			}
			fmt.Fprintf(&b, "%s$%d", sep, i*len(columns)+j+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// insert adds requests, the predictions saved with them, and what shadows said, in one
// transaction.
func (db *database) insert(ctx context.Context, w *writing, requests []*Request, shadows []*Shadow) error {
	err := db.change(ctx, func(ctx context.Context, tx *sql.Conn) error {
		var bytes int64
		for rest := requests; len(rest) > 0; {
			n := largestPower(min(len(rest), db.chunk))
			w.args = w.args[:0]
			for _, r := range rest[:n] {
				number, more, err := w.number(ctx, tx, r)
				if err != nil {
					return err
				}
				w.args = r.arguments(w.args, number)
				bytes += r.bytes() + more
			}
			if _, err := tx.ExecContext(ctx, w.insertion(n), w.args...); err != nil {
				return err
			}
			rest = rest[n:]
		}
		for _, r := range requests {
			if r.Prediction != nil {
				if err := insertPrediction(ctx, tx, r.Prediction); err != nil {
					return err
				}
			}
			if r.Idempotent != nil {
				if err := insertIdempotent(ctx, tx, r.Idempotent, r.Time); err != nil {
					return err
				}
			}
		}
		said, err := insertShadows(ctx, tx, shadows)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update stored set requests = requests + $1, bytes = bytes + $2", len(requests), bytes+said)
		return err
	})
	if err != nil {
		w.known = nil // some of it may not have come to stay
	}
	return err
}

// try inserts a request and removes it in one transaction.
func (db *database) try(ctx context.Context, w *writing, r *Request) error {
	return db.change(ctx, func(ctx context.Context, tx *sql.Conn) error {
		w.args = r.arguments(w.args[:0], 0)
		if _, err := tx.ExecContext(ctx, w.insertion(1), w.args...); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "delete from record where id = $1", r.ID)
		return err
	})
}

// writing is the memory of who writes: statements by their number of rows, which are
// powers of two, arguments, and what requests have in common.
type writing struct {
	requests   []*Request
	insertions map[int]string
	args       []any
	known      map[common]numbered // nil: not read yet
}

// insertion gives the statement that inserts n records.
func (w *writing) insertion(n int) string {
	if w.insertions == nil {
		w.insertions = map[int]string{}
	}
	if w.insertions[n] == "" {
		w.insertions[n] = insertion("record", recordColumns, n)
	}
	return w.insertions[n]
}

// largestPower gives the largest power of two up to n, which is at least 1.
func largestPower(n int) int {
	p := 1
	for 2*p <= n {
		p *= 2
	}
	return p
}

func insertPrediction(ctx context.Context, tx *sql.Conn, p *Prediction) error {
	columns := []string{"id", "time", "pipeline", "model", "version", "run", "request", "input", "answer", "note"}
	_, err := tx.ExecContext(ctx, insertion("prediction", columns, 1), p.ID, p.Time.UnixNano(), p.Pipeline, p.Model, p.Version, p.Run,
		p.Request, string(p.Input), string(p.Answer), p.Note)
	return err
}

// change runs statements as one transaction. (A sql.Tx has a goroutine of its own,
// which costs as much as the statements do.)
func (db *database) change(ctx context.Context, do func(context.Context, *sql.Conn) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if db.tidy != nil {
		// SQLite itself waits no longer than patience for a lock. Of what can be
		// cancelled its driver runs each statement in another goroutine.
		ctx = context.WithoutCancel(ctx)
	}
	if _, err := conn.ExecContext(ctx, db.begin); err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			db.rollback(conn)
		}
	}()
	if err := do(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "commit"); err != nil {
		return err
	}
	open = false
	return nil
}

// rollback ends a transaction that failed, and the connection where that fails too:
// of SQLite only what has been rolled back already.
func (db *database) rollback(conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "rollback"); err != nil && db.tidy == nil {
		conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// trim removes at most limit of the oldest requests that are older than an id,
// or that the total is too large for. It says how many went.
func (db *database) trim(ctx context.Context, before string, most int64, limit int) (removed int, err error) {
	err = db.change(ctx, func(ctx context.Context, tx *sql.Conn) error {
		var total int64
		if err := tx.QueryRowContext(ctx, "select bytes from stored").Scan(&total); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `select id, length(request) + length(response) + octet_length(path) + octet_length(error) + $1
from record order by id limit $2`, recordBytes, limit) // as Request.bytes
		if err != nil {
			return err
		}
		last, freed := "", int64(0)
		for rows.Next() {
			var id string
			var bytes int64
			if err := rows.Scan(&id, &bytes); err != nil {
				rows.Close()
				return err
			}
			if id >= before && total-freed <= most {
				break
			}
			last, freed, removed = id, freed+bytes, removed+1
		}
		if err := errors.Join(rows.Close(), rows.Err()); err != nil || removed == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from record where id <= $1", last); err != nil {
			return err
		}
		said, err := trimShadows(ctx, tx, last)
		if err != nil {
			return err
		}
		freed += said
		_, err = tx.ExecContext(ctx, "update stored set requests = requests - $1, bytes = bytes - $2", removed, freed)
		return err
	})
	return removed, err
}

// setOutcome attaches the outcome to a saved prediction, and says whether there
// is one.
func (db *database) setOutcome(ctx context.Context, pipeline, id string, outcome json.RawMessage, note *string, at time.Time) (bool, error) {
	var value, told any // of null
	if len(outcome) > 0 && string(outcome) != "null" {
		value, told = string(outcome), at.UnixNano()
	}
	result, err := db.write.ExecContext(ctx, `update prediction
set outcome = case when $1 = 0 then outcome else $2 end, outcome_time = case when $1 = 0 then outcome_time else $3 end, note = coalesce($4, note)
where pipeline = $5 and id = $6`, len(outcome), value, told, note, pipeline, id)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (db *database) close() error {
	if db.schema != nil {
		db.schema.Close()
	}
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.tidy.Close(), db.write.Close())
}

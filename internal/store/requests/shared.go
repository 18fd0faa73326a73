package requests

import (
	"context"
	"database/sql"
	"time"
)

// common is what many requests have in common. It is kept once, under a number
// that the rows of these requests have in its place.
type common struct {
	method, route, model           string
	version                        int
	run, caller, request, response string
}

func (r *Request) common() common {
	return common{r.Method, r.Route, r.Model, r.Version, r.Run, r.Caller, r.Request.Type, r.Response.Type}
}

// numbered is a common by its number, and until when requests may use it.
type numbered struct {
	number int
	until  int64
}

// reserve is how far ahead a common's until is set, so that it is rarely set.
const reserve = time.Hour

// remembered bounds how many commons a writer knows by heart. They are few, unless
// somebody invents methods or types of content.
const remembered = 1000

// number gives the number of what a request has in common with others, and what it
// counts for if it is new. It makes sure that the row stays while the request does.
// Two with the same content, of two writers, do no harm.
func (w *writing) number(ctx context.Context, tx *sql.Conn, r *Request) (number int, bytes int64, err error) {
	if w.known == nil {
		if err := w.learn(ctx, tx); err != nil {
			return 0, 0, err
		}
	}
	c, at := r.common(), r.Time.UnixNano()
	known, ok := w.known[c]
	if ok && at <= known.until {
		return known.number, 0, nil
	}
	until := at + int64(reserve)
	if ok {
		done, err := tx.ExecContext(ctx, "update shared set until = $1 where number = $2 and until < $1", until, known.number)
		if err != nil {
			return 0, 0, err
		}
		if n, err := done.RowsAffected(); err == nil && n > 0 {
			w.known[c] = numbered{known.number, until}
			return known.number, 0, nil
		}
	}
	for {
		if err := tx.QueryRowContext(ctx, "select coalesce(max(number), 0) + 1 from shared").Scan(&number); err != nil {
			return 0, 0, err
		}
		columns := []string{"number", "method", "route", "model", "version", "run", "caller", "request_type", "response_type", "until"}
		done, err := tx.ExecContext(ctx, insertion("shared", columns, 1)+" on conflict do nothing",
			number, c.method, c.route, c.model, c.version, c.run, c.caller, c.request, c.response, until)
		if err != nil {
			return 0, 0, err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 { // else another server took the number
			if len(w.known) >= remembered {
				clear(w.known)
			}
			w.known[c] = numbered{number, until}
			return number, c.bytes(), err
		}
	}
}

// learn reads the commons that stand, as far as they are remembered.
func (w *writing) learn(ctx context.Context, tx *sql.Conn) error {
	rows, err := tx.QueryContext(ctx, `select number, method, route, model, version, run, caller, request_type, response_type, until
from shared order by until desc limit $1`, remembered/2)
	if err != nil {
		return err
	}
	defer rows.Close()
	known := map[common]numbered{}
	for rows.Next() {
		var c common
		var n numbered
		if err := rows.Scan(&n.number, &c.method, &c.route, &c.model, &c.version, &c.run, &c.caller, &c.request, &c.response, &n.until); err != nil {
			return err
		}
		if _, twice := known[c]; !twice {
			known[c] = n
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	w.known = known
	return nil
}

// sharedBytes is what a common counts for in retention by size, besides its texts.
const sharedBytes = 30

func (c common) bytes() int64 {
	n := sharedBytes
	for _, text := range []string{c.method, c.route, c.model, c.run, c.caller, c.request, c.response} {
		n += len(text)
	}
	return int64(n)
}

// trimShared removes what no request that is kept can have in common with another.
func (db *database) trimShared(ctx context.Context, now time.Time) error {
	return db.change(ctx, func(ctx context.Context, tx *sql.Conn) error {
		oldest := now.UnixNano()
		if err := tx.QueryRowContext(ctx, "select coalesce(min(time), $1) from (select time from record order by id limit 1) as oldest", oldest).Scan(&oldest); err != nil {
			return err
		}
		// Rows come about in the order in which requests were answered, nearly.
		oldest -= int64(reserve)
		var freed int64
		if err := tx.QueryRowContext(ctx, `select coalesce(sum(octet_length(method) + octet_length(route) + octet_length(model) + octet_length(run)
  + octet_length(caller) + octet_length(request_type) + octet_length(response_type) + $1), 0) from shared where until < $2`, sharedBytes, oldest).Scan(&freed); err != nil || freed == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from shared where until < $1", oldest); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "update stored set bytes = bytes - $1", freed)
		return err
	})
}

package requests

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// where gathers conditions with their arguments.
type where struct {
	conditions []string
	args       []any
}

// add adds a condition, in which ? stands for the argument.
func (w *where) add(condition string, arg any) {
	if text, ok := arg.(string); ok {
		arg = storable(text) // what no row can have finds none
	}
	w.args = append(w.args, arg)
	w.conditions = append(w.conditions, strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1))
}

// text gives the clause, with the newest first and at most n.
func (w *where) text(n int) string {
	w.args = append(w.args, n)
	clause := ""
	if len(w.conditions) > 0 {
		clause = "where " + strings.Join(w.conditions, " and ")
	}
	return fmt.Sprintf("%s order by id desc limit $%d", clause, len(w.args))
}

func (f *Filter) where() *where {
	w := &where{}
	for _, equal := range []struct{ column, value string }{{"pipeline", f.Pipeline}, {"route", f.Route}, {"model", f.Model}, {"caller", f.Caller}} {
		if equal.value != "" {
			w.add(equal.column+" = ?", equal.value)
		}
	}
	if f.Method != "" {
		w.add("method = ?", f.Method)
	}
	if len(f.Routes) > 0 {
		list := make([]string, len(f.Routes))
		for i, route := range f.Routes {
			w.args = append(w.args, storable(route))
			list[i] = fmt.Sprintf("$%d", len(w.args))
		}
		w.conditions = append(w.conditions, "route in ("+strings.Join(list, ", ")+")")
	}
	if f.Version > 0 {
		w.add("version = ?", f.Version)
	}
	switch {
	case f.Status >= 100:
		w.add("status = ?", f.Status)
	case f.Status > 0:
		w.add("status >= ?", f.Status*100)
		w.add("status < ?", f.Status*100+100)
	}
	if f.refused() {
		w.conditions = append(w.conditions, "status >= 400") // names the index of failures
	}
	f.within(w)
	return w
}

// refused says whether only requests are chosen that were not answered.
func (f *Filter) refused() bool { return f.Status >= 400 || f.Status >= 4 && f.Status < 10 }

// within adds between which ids a filter chooses.
func (f *Filter) within(w *where) {
	if !f.From.IsZero() {
		w.add("id >= ?", idAt(f.From))
	}
	if !f.Until.IsZero() {
		w.add("id < ?", idAt(f.Until))
	}
	if f.Before != "" {
		w.add("id < ?", f.Before)
	}
	if f.Since != "" {
		w.add("id >= ?", f.Since)
	}
}

// edge gives the id of the n-th newest of those that an index leads to for a filter: of its
// pipeline, or of those that were refused; "" where there are not so many.
func (db *database) edge(ctx context.Context, f Filter, n int) (string, error) {
	w := &where{}
	switch {
	case f.Pipeline != "":
		w.add("pipeline = ?", f.Pipeline)
	case f.refused():
		w.conditions = append(w.conditions, "status >= 400")
	}
	f.within(w)
	return db.nth(ctx, "record", w, n)
}

// nth gives the id of the n-th newest row; "" where there are not so many.
func (db *database) nth(ctx context.Context, table string, w *where, n int) (id string, err error) {
	query := "select id from " + table + " " + w.text(1)
	w.args = append(w.args, n-1)
	err = db.read.QueryRowContext(ctx, fmt.Sprintf("%s offset $%d", query, len(w.args)), w.args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

// timings gives how long answers took, the newest first, at most n.
func (db *database) timings(ctx context.Context, f Filter, n int) ([]Timing, error) {
	w := f.where()
	rows, err := db.read.QueryContext(ctx, "select time, latency, status from request "+w.text(n), w.args...)
	return collect(rows, err, func() (t Timing, err error) {
		var at int64
		err = rows.Scan(&at, &t.Latency, &t.Status)
		t.Time = time.Unix(0, at).UTC()
		return t, err
	})
}

func (db *database) requests(ctx context.Context, f Filter) ([]*Request, error) {
	columns := strings.Join(requestColumns, ", ")
	if f.Excerpt > 0 {
		columns = strings.Replace(columns, " request,", fmt.Sprintf(" substr(request, 1, %d),", f.Excerpt), 1)
		columns = strings.Replace(columns, " response,", fmt.Sprintf(" substr(response, 1, %d),", f.Excerpt), 1)
	} else if !f.Bodies {
		columns = strings.Replace(columns, " request,", " null,", 1)
		columns = strings.Replace(columns, " response,", " null,", 1)
	}
	w := f.where()
	rows, err := db.read.QueryContext(ctx, "select "+columns+" from request "+w.text(limit(f.Limit)), w.args...)
	return collect(rows, err, func() (*Request, error) {
		var r Request
		var at int64
		err := rows.Scan(&r.ID, &at, &r.Method, &r.Route, &r.Path, &r.Pipeline, &r.Model, &r.Version, &r.Run, &r.Status, &r.Latency, &r.Client, &r.Caller,
			&r.Request.Type, &r.Request.Size, &r.Request.Kept, &r.Response.Type, &r.Response.Size, &r.Response.Kept, &r.Error)
		r.Time = time.Unix(0, at).UTC()
		return &r, err
	})
}

func (db *database) request(ctx context.Context, id string) (*Request, error) {
	all, err := db.requests(ctx, Filter{Before: id + "~", Limit: 1, Bodies: true})
	if err != nil || len(all) == 0 || all[0].ID != id {
		return nil, err
	}
	return all[0], nil
}

func (f *PredictionFilter) where(id string) *where {
	w := &where{}
	w.add("pipeline = ?", f.Pipeline)
	if id != "" {
		w.add("id = ?", id)
	}
	if f.Version > 0 {
		w.add("version = ?", f.Version)
	}
	if f.Before != "" {
		w.add("id < ?", f.Before)
	}
	if f.Since != "" {
		w.add("id >= ?", f.Since)
	}
	if f.Known != nil {
		known := 0
		if *f.Known {
			known = 1
		}
		w.conditions = append(w.conditions, fmt.Sprintf("(case when outcome is null then 0 else 1 end) = %d", known)) // as the index has it
	}
	for _, word := range strings.Fields(strings.ToLower(f.Text)) {
		w.add(`lower(input || ' ' || answer || ' ' || note) like ? escape '\'`, "%"+likely.Replace(word)+"%")
	}
	return w
}

func (db *database) predictions(ctx context.Context, f PredictionFilter, id string) ([]*Prediction, error) {
	w := f.where(id)
	rows, err := db.read.QueryContext(ctx, `select id, time, pipeline, model, version, run, request, input, answer, note, outcome, outcome_time
from prediction `+w.text(limit(f.Limit)), w.args...)
	return collect(rows, err, func() (*Prediction, error) {
		var p Prediction
		var at int64
		var input, answer string
		var outcome sql.NullString
		var told sql.NullInt64
		err := rows.Scan(&p.ID, &at, &p.Pipeline, &p.Model, &p.Version, &p.Run, &p.Request, &input, &answer, &p.Note, &outcome, &told)
		p.Time, p.Input, p.Answer = time.Unix(0, at).UTC(), []byte(input), []byte(answer)
		if outcome.Valid {
			p.Outcome = []byte(outcome.String)
		}
		if told.Valid {
			p.OutcomeTime = time.Unix(0, told.Int64).UTC()
		}
		return &p, err
	})
}

// predictionEdge gives the id of the n-th newest prediction of a pipeline that is older
// than f.Before; "" where there are not so many.
func (db *database) predictionEdge(ctx context.Context, f PredictionFilter, n int) (string, error) {
	w := &where{}
	w.add("pipeline = ?", f.Pipeline)
	if f.Before != "" {
		w.add("id < ?", f.Before)
	}
	return db.nth(ctx, "prediction", w, n)
}

// told names the state of the newest n predictions of a pipeline whose outcome is known.
func (db *database) told(ctx context.Context, pipeline string, n int) (state string, err error) {
	var count, last int64
	var newest string
	err = db.read.QueryRowContext(ctx, `select count(*), coalesce(max(outcome_time), 0), coalesce(max(id), '') from (
select id, outcome_time from prediction where pipeline = $1 and (case when outcome is null then 0 else 1 end) = 1 order by id desc limit $2) as known`,
		storable(pipeline), n).Scan(&count, &last, &newest)
	return fmt.Sprint(count, " ", last, " ", newest), err
}

// likely takes from a word what it would mean in a pattern.
var likely = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// stored gives how many requests there are, and their bytes.
func (db *database) stored(ctx context.Context) (requests, bytes int64, err error) {
	err = db.read.QueryRowContext(ctx, "select requests, bytes from stored").Scan(&requests, &bytes)
	return requests, bytes, err
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, err error, read func() (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := read()
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

package ledger

import (
	"context"
	"fmt"
	"math"
	"os"

	"labbook/internal/data/record"
)

// StartRun records a run; one that is over already is recorded whole. Where
// they are empty it fills in the id, the start, the status (running), the host
// and the process.
func (db *DB) StartRun(r *record.Run) error {
	if r.Started.IsZero() {
		r.Started = db.options.Clock()
	}
	if r.Status == "" {
		r.Status = record.Running
	}
	if r.Host == "" {
		r.Host, _ = os.Hostname()
	}
	if r.PID == 0 {
		r.PID = os.Getpid()
	}
	if r.Process == "" && r.Status == record.Running {
		r.Process = processIdentity(r.PID)
	}
	if r.Status == record.Running {
		if err := db.live(); err != nil {
			return err
		}
	}
	chosen := r.ID != ""
	for attempt := 0; ; attempt++ {
		if !chosen {
			id, err := record.NewRunID(r.Started, db.options.Random)
			if err != nil {
				return err
			}
			r.ID = id
		}
		_, err := db.exec("run_start",
			named("id", r.ID), named("pipeline", r.Pipeline), named("status", r.Status),
			named("same_as", r.SameAs), named("started", at(&r.Started)), named("ended", at(&r.Ended)),
			named("git", r.Commit), named("dirty", r.Dirty),
			named("command", encoded{r.Command}), named("params", encoded{r.Params}), named("declared", r.Declaration),
			named("host", r.Host), named("pid", r.PID), named("process", r.Process),
			named("versions", encoded{r.Versions}), named("error", r.Error))
		if chosen || !isTaken(err) || attempt == 3 {
			return err
		}
	}
}

// FinishRun records how a run ended: its Status, SameAs, Ended (now, when it is
// zero) and Error.
func (db *DB) FinishRun(r *record.Run) error {
	if r.Ended.IsZero() {
		r.Ended = db.options.Clock()
	}
	return db.repeat(func(tx *tx) error {
		_, err := tx.exec("run_finish",
			named("id", r.ID), named("status", r.Status), named("same_as", r.SameAs),
			named("ended", at(&r.Ended)), named("error", r.Error))
		return err
	})
}

// Gone gives the ids of the runs that stand as running and whose process is
// gone. A run of another host is not judged in SQLite; in PostgreSQL its process has to
// say that it lives.
func (db *DB) Gone(ctx context.Context) ([]string, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	var gone []string
	_, err = list(ctx, db, "run_alive", func(row scanner) (none struct{}, err error) {
		var id string
		var p process
		if err = row.Scan(&id, &p.host, &p.pid, &p.identity, &p.silent); err == nil && db.isGone(&p, host) {
			gone = append(gone, id)
		}
		return none, err
	}, named("host", host))
	return gone, err
}

// MarkInterrupted ends the runs that are Gone, and gives their ids.
func (db *DB) MarkInterrupted(ctx context.Context) ([]string, error) {
	dead, err := db.Gone(ctx)
	if err != nil || len(dead) == 0 {
		return nil, err
	}
	return dead, db.change(func(tx *tx) error {
		for _, id := range dead {
			_, err := tx.exec("run_interrupt", named("id", id), named("error", "its process was killed"))
			if err != nil {
				return err
			}
			if _, err := tx.exec("stage_interrupt", named("run", id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Runs gives the chosen runs, the newest first.
func (db *DB) Runs(ctx context.Context, f record.Filter) ([]*record.Run, error) {
	if f.Limit == 0 {
		f.Limit = math.MaxInt64
	}
	args := []any{named("status", f.Status), named("before", f.Before), named("limit", f.Limit), named("offset", f.Offset)}
	if f.Pipeline == "" {
		return list(ctx, db, "run_list", scanRun, args...)
	}
	return list(ctx, db, "run_list_of", scanRun, append(args, named("pipeline", f.Pipeline))...)
}

// Pipelines gives the names of the pipelines that were ever run, sorted.
func (db *DB) Pipelines(ctx context.Context) ([]string, error) {
	return list(ctx, db, "run_pipelines", func(row scanner) (name string, err error) {
		return name, row.Scan(&name)
	})
}

// LastRun gives the newest run of a pipeline, or nil.
func (db *DB) LastRun(ctx context.Context, pipeline string) (*record.Run, error) {
	runs, err := db.Runs(ctx, record.Filter{Pipeline: pipeline, Limit: 1})
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return runs[0], nil
}

func scanRun(row scanner) (*record.Run, error) {
	var r record.Run
	err := row.Scan(&r.ID, &r.Pipeline, &r.Status, &r.SameAs, at(&r.Started), at(&r.Ended),
		&r.Commit, &r.Dirty, encoded{&r.Command}, encoded{&r.Params}, &r.Declaration,
		&r.Host, &r.PID, &r.Process, encoded{&r.Versions}, &r.Error)
	if err != nil {
		return nil, fmt.Errorf("run row: %w", err)
	}
	return &r, nil
}

package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// tables are those of the ledger, each after those that it refers to, and how rows are
// ordered that refer to one another.
var tables = []struct{ name, order string }{
	{"run", "sequence"}, {"key", "digest"}, {"stage", "run, name"}, {"metric", "run, stage, ordinal"}, {"warning", "run, stage, ordinal"},
	{"trial", "study, number"}, {"version", "model, version"}, {"version_metric", "model, version, ordinal"}, {"move", "id"}, {"retraction", "model, version"},
	{"final_fit", "model, version"}, {"retirement", "model, version"}, {"schedule", "pipeline"}, {"access_key", "name"}, {"access_secret", "digest"},
	{"session", "digest"}, {"event", "id"}, {"queue", "place"}, {"remark", "run"},
}

// carry copies all rows from one ledger into another that has none, of whichever
// databases: tables and columns have the same names in both.
func carry(ctx context.Context, to *tx, from *sql.Tx) error {
	for _, t := range tables {
		if err := carryTable(ctx, to, from, t.name, t.order); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

func carryTable(ctx context.Context, to *tx, from *sql.Tx, table, order string) error {
	rows, err := from.QueryContext(ctx, "select * from "+table+" order by "+order)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	places := make([]string, len(columns))
	for i := range columns {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	insert, err := to.PrepareContext(ctx, fmt.Sprintf(`insert into %s ("%s") values (%s)`, table, strings.Join(columns, `", "`), strings.Join(places, ", ")))
	if err != nil {
		return err
	}
	defer insert.Close()
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok { // JSON
				row[i] = string(b)
			}
		}
		if row, err = to.dialect.values(row); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// copyToFile writes what PostgreSQL holds at this moment as a ledger of SQLite.
func (db *DB) copyToFile(ctx context.Context, to string) error {
	from, err := db.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return db.explain(err)
	}
	defer from.Rollback()
	folder, err := os.MkdirTemp("", "labbook-ledger-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file, err := Open(folder+"/labbook.db", Options{})
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.change(func(tx *tx) error { return carry(ctx, tx, from) }); err != nil {
		return err
	}
	return file.Copy(ctx, to)
}

// Fill puts all that a ledger in a SQLite file holds into this one, all or nothing. It
// must hold nothing: no history is put over another.
func (db *DB) Fill(ctx context.Context, path string) error {
	file, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer file.Close()
	from, err := file.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return file.explain(err)
	}
	defer from.Rollback()
	return db.change(func(tx *tx) error {
		var holds int64
		if err := tx.QueryRowContext(ctx, "select (select count(*) from run) + (select count(*) from version)").Scan(&holds); err != nil {
			return err
		}
		if holds > 0 {
			return Holds(db.path)
		}
		if err := carry(ctx, tx, from); err != nil {
			return err
		}
		return tx.dialect.numbered(tx.Tx)
	})
}

// Empty says whether a ledger holds no history.
func (db *DB) Empty(ctx context.Context) (bool, error) {
	runs, err := db.Runs(ctx, record.Filter{Limit: 1})
	if err != nil || len(runs) > 0 {
		return false, err
	}
	models, err := db.Models(ctx)
	return len(models) == 0, err
}

// Holds is why nothing is put where a history is.
func Holds(where string) error {
	return diag.New(where+" has a history already, and nothing is put over it", "restore into another folder with -C, or move runs/ away first; in PostgreSQL name another database")
}

package ledger

import (
	"context"
)

// While a run lives, it and others say things to one another that nobody needs later: how
// far it is, and that it shall stop. On one machine that is in files; machines that share a
// ledger have it there, without waiting for others that write.

// Say says something of a run, in place of what was said before of the same.
func (db *DB) Say(run, of, text string) error {
	return db.sayBy("said_put", named("run", run), named("of", of), named("text", text))
}

// Unsay takes back all that was said of a run.
func (db *DB) Unsay(run string) error { return db.sayBy("said_remove", named("run", run)) }

func (db *DB) sayBy(name string, args ...any) error {
	if db.full != nil {
		return db.full
	}
	text, args, err := db.dialect.statement(name, args)
	if err == nil {
		_, err = db.write.Exec(text, args...)
	}
	return db.explain(err)
}

// Said gives what was said of a run; ok is false where it is nothing.
func (db *DB) Said(ctx context.Context, run, of string) (text string, ok bool, err error) {
	found, err := list(ctx, db, "said_get", func(row scanner) (text string, err error) { return text, row.Scan(&text) }, named("run", run), named("of", of))
	if err != nil || len(found) == 0 {
		return "", false, err
	}
	return found[0], true, nil
}

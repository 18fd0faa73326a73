package ledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// schema holds the migrations, one file a version: 00001_ledger.sql, …
//
//go:embed schema/*.sql
var schema embed.FS

// latest gives the schema's version that this labbook writes: the number of
// migrations, which TestMigrationsAreNumbered keeps without gaps.
func latest() int {
	files, err := schema.ReadDir("schema")
	if err != nil {
		panic("ledger: " + err.Error())
	}
	return len(files)
}

// versionOf gives the schema's version of a database, 0 for an empty one. It
// is kept in the file's header besides goose's own table, where reading it
// costs a page.
func versionOf(db *sql.DB) (version int, err error) {
	err = db.QueryRow("pragma user_version").Scan(&version)
	return version, err
}

// migrate upgrades the file, under a lock that the kernel frees when its
// holder dies. Whoever comes second finds the work done.
func (db *DB) migrate() error {
	unlock, err := lockedfile.MutexAt(db.path + ".lock").Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if version, err := versionOf(db.write); err != nil || version == latest() {
		return err
	}
	if _, err := db.write.Exec("pragma journal_mode = wal"); err != nil {
		return err
	}
	return upgrade(db.write)
}

// upgrade brings a database that nobody else migrates to the latest schema.
func upgrade(db *sql.DB) error {
	files, err := fs.Sub(schema, "schema")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := provider.Up(context.Background()); err != nil {
		return err
	}
	_, err = db.Exec(fmt.Sprintf("pragma user_version = %d", latest()))
	return err
}

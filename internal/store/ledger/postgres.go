package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"labbook/internal/base/lazy"
	"labbook/internal/store/databases"
)

// ofPostgres holds what PostgreSQL is told in other words: migrations, and those of the
// statements that it does not understand.
//
//go:embed postgres
var ofPostgres embed.FS

// inPostgres is the dialect of PostgreSQL.
type inPostgres struct{}

// openPostgres connects to the database, and makes or upgrades the schema where more than
// looking is wanted.
func (db *DB) openPostgres() error {
	config, err := databases.Postgres(db.address)
	if err != nil {
		return err
	}
	// One round trip a statement, and the types of arguments are those that Go has.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["application_name"] = "labbook"
	config.RuntimeParams["lock_timeout"] = fmt.Sprint(db.options.Busy.Milliseconds())
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "60000" // of a machine that is gone
	db.dialect = inPostgres{}
	db.read = stdlib.OpenDB(*config)
	db.read.SetMaxOpenConns(8)
	db.read.SetMaxIdleConns(4)
	db.write = db.read
	version, err := db.dialect.version(db.read)
	switch {
	case err != nil:
		return err
	case version > latest():
		return newer(db.path, version)
	case version == 0 && db.options.ReadOnly:
		db.read.Close()
		return db.openInMemory(nil)
	case version < latest():
		if err := db.migratePostgres(); err != nil {
			return err
		}
	}
	if !db.options.ReadOnly {
		return nil
	}
	db.read.Close()
	config.RuntimeParams["default_transaction_read_only"] = "on"
	db.read = stdlib.OpenDB(*config)
	db.write = db.read
	return nil
}

// writersQueue takes the lock under which one writes at a time, of a ledger: it is that of
// the schema. Reads take no lock, as in SQLite.
const writersQueue = "select pg_advisory_xact_lock(hashtext('labbook ledger'), hashtext(current_schema()))"

func (inPostgres) queueUp(tx *sql.Tx) error {
	_, err := tx.Exec(writersQueue)
	return err
}

func (inPostgres) numbered(tx *sql.Tx) error {
	_, err := tx.Exec(`select setval(pg_get_serial_sequence('move', 'id'), 1 + coalesce((select max(id) from move), 0), false),
  setval(pg_get_serial_sequence('event', 'id'), 1 + coalesce((select max(id) from event), 0), false)`)
	return err
}

// version looks into the table of goose, which is not there before the first migration.
func (inPostgres) version(db *sql.DB) (version int, err error) {
	err = db.QueryRow("select coalesce(max(version_id), 0) from ledger_version where is_applied").Scan(&version)
	var told *pgconn.PgError
	if errors.As(err, &told) && told.Code == "42P01" {
		return 0, nil
	}
	return version, err
}

// migratePostgres brings the schema up to date. Those that start at once queue up as
// those that write.
func (db *DB) migratePostgres() error {
	queue, err := db.write.Begin()
	if err != nil {
		return err
	}
	defer queue.Rollback()
	if err := db.dialect.queueUp(queue); err != nil {
		return err
	}
	if version, err := db.dialect.version(db.write); err != nil || version == latest() {
		return err
	}
	files, err := fs.Sub(ofPostgres, "postgres/schema")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db.write, files, goose.WithDisableGlobalRegistry(true), goose.WithTableName("ledger_version"))
	if err != nil {
		return err
	}
	_, err = provider.Up(context.Background())
	return err
}

// argument finds the names of arguments in a statement.
var argument = lazy.Regexp(`:\w+`)

// comment finds lines that are comments.
var comment = lazy.Regexp(`(?m)^--.*\n`)

// statement numbers the arguments in the order in which they are first named.
func (d inPostgres) statement(name string, args []any) (string, []any, error) {
	written, err := ofPostgres.ReadFile("postgres/query/" + name + ".sql")
	if err != nil {
		written = []byte(query(name))
	}
	var names []string
	numbers := map[string]int{}
	text := argument().ReplaceAllStringFunc(comment().ReplaceAllString(string(written), ""), func(found string) string {
		if numbers[found] == 0 {
			names = append(names, found[1:])
			numbers[found] = len(names)
		}
		return fmt.Sprintf("$%d", numbers[found])
	})
	if len(args) == 0 {
		return text, nil, nil
	}
	if _, ok := args[0].(sql.NamedArg); !ok {
		args, err = d.values(args)
		return text, args, err
	}
	given := map[string]any{}
	for _, a := range args {
		given[a.(sql.NamedArg).Name] = a.(sql.NamedArg).Value
	}
	inOrder := make([]any, len(names))
	for i, name := range names {
		inOrder[i] = given[name]
	}
	inOrder, err = d.values(inOrder)
	return text, inOrder, err
}

// allAtOnce sends all rows in one statement, as JSON, for each round trip takes as long as
// hundreds of rows. What :name is in SQLite's statement is the column.
type allAtOnce struct {
	tx      *tx
	name    string
	columns []string
	rows    []map[string]any
}

func (inPostgres) inserter(tx *tx, name string) (inserter, error) {
	a := &allAtOnce{tx: tx, name: name}
	for _, found := range argument().FindAllString(comment().ReplaceAllString(query(name), ""), -1) {
		a.columns = append(a.columns, found[1:])
	}
	return a, nil
}

func (a *allAtOnce) exec(args ...any) error {
	args, err := a.tx.dialect.values(args)
	if err != nil {
		return err
	}
	row := make(map[string]any, len(args))
	for i, v := range args {
		if f, ok := v.(float64); ok {
			v = strconv.FormatFloat(f, 'g', -1, 64) // JSON has no infinity
		}
		row[a.columns[i]] = v
	}
	a.rows = append(a.rows, row)
	return nil
}

func (a *allAtOnce) end() error {
	if len(a.rows) == 0 {
		return nil
	}
	_, err := a.tx.exec(a.name, named("rows", encoded{a.rows}))
	return err
}

// values makes of arguments what columns take: 1 for true, and text that is none of theirs
// without what it lacks: PostgreSQL takes no NUL and no other bytes than UTF-8.
func (inPostgres) values(args []any) ([]any, error) {
	plain := make([]any, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, err
		}
		switch of := v.(type) {
		case bool:
			v = int64(0)
			if of {
				v = int64(1)
			}
		case string:
			v = strings.ReplaceAll(strings.ToValidUTF8(of, "\ufffd"), "\x00", "\ufffd")
		}
		plain[i] = v
	}
	return plain, nil
}

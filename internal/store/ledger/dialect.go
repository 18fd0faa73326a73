package ledger

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// dialect is what SQLite and PostgreSQL do differently. All else is said to both in the
// same words.
type dialect interface {
	// statement gives the text of a statement of query/ and the arguments as the driver
	// takes them.
	statement(name string, args []any) (string, []any, error)
	// inserter makes ready to insert many rows by a statement.
	inserter(tx *tx, name string) (inserter, error)
	// values gives arguments by position as the driver takes them.
	values(args []any) ([]any, error)
	// queueUp has a transaction that writes wait until it is the only one, whoever writes,
	// so that what it reads stands until it ends.
	queueUp(*sql.Tx) error
	// version gives the schema's version, 0 where there is none.
	version(*sql.DB) (int, error)
	// numbered has rows that come be numbered behind those that are there.
	numbered(*sql.Tx) error
}

// inSQLite is the dialect of the file: transactions begin as writers anyway.
type inSQLite struct{}

func (inSQLite) statement(name string, args []any) (string, []any, error) {
	return query(name), args, nil
}
func (inSQLite) inserter(tx *tx, name string) (inserter, error) {
	s, err := tx.Prepare(query(name))
	return prepared{s}, err
}
func (inSQLite) values(args []any) ([]any, error) { return args, nil }
func (inSQLite) queueUp(*sql.Tx) error            { return nil }
func (inSQLite) numbered(*sql.Tx) error           { return nil }
func (inSQLite) version(db *sql.DB) (int, error)  { return versionOf(db) }

// isTaken says whether a row was not inserted because its primary key is taken.
func isTaken(err error) bool {
	var file sqlite3.Error
	var server *pgconn.PgError
	return errors.As(err, &file) && file.ExtendedCode == sqlite3.ErrConstraintPrimaryKey ||
		errors.As(err, &server) && server.Code == "23505" && server.ConstraintName == server.TableName+"_pkey"
}

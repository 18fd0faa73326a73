package query

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// longestConnecting bounds how long it may take to reach a server, where the
// address does not say.
const longestConnecting = 10 * time.Second

// postgres gives the server at an address, with what libpq's environment variables
// and files say besides. what is what the address is called: it is not shown, nor
// why it cannot be read, which would quote it.
func postgres(address, what string) (*Server, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, &diag.Error{What: what + " cannot be read", Wanted: "postgres://USER:PASSWORD@HOST/DATABASE",
			Hint: "write signs of user, password and database with %-escapes, and see to it that the files that PGPASSFILE, PGSERVICEFILE and sslrootcert name are there"}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = longestConnecting
	}
	settings := config.RuntimeParams
	var told []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if name != "application_name" {
			told = append(told, name, settings[name])
		}
	}
	settings["client_encoding"] = "UTF8"
	if settings["application_name"] == "" {
		settings["application_name"] = "labbook"
	}
	port := strconv.Itoa(int(config.Port))
	s := &Server{
		Name: nameOf(config.Host, port, config.Database),
		ID:   identity(append([]string{"postgres", config.Host, port, config.Database, config.User}, told...)...),
	}
	s.ask = func(ctx context.Context, text string, to *writer) error {
		p := asking{Server: s, to: to, password: config.Password}
		return p.ask(ctx, config, text)
	}
	return s, nil
}

// nameOf is what people call a server: its address, without a user.
func nameOf(host, port, database string) string {
	u := url.URL{Scheme: "postgres", Host: host, Path: "/" + database}
	switch {
	case strings.HasPrefix(host, "/"): // a folder with a socket
		u.Host = "localhost"
	case port != "5432":
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	}
	return u.String()
}

// asking is one query to a server.
type asking struct {
	*Server
	to       *writer
	password string
}

// statement is what the query is called on the server.
const statement = "labbook"

// ask asks in one transaction that reads, and so of one state. A statement that
// writes is refused by the server, several statements by its protocol.

func (a *asking) ask(ctx context.Context, config *pgx.ConnConfig, text string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return a.unreached(err)
	}
	defer func() { // which ends the transaction
		bounded, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer stop()
		conn.Close(bounded)
	}()
	pg := conn.PgConn()
	if err := pg.Exec(ctx, "begin isolation level repeatable read, read only").Close(); err != nil {
		return a.failed(err)
	}
	described, err := pg.Prepare(ctx, statement, text, nil)
	if err != nil {
		return a.failed(err)
	}
	if len(described.Fields) == 0 {
		return &diag.Error{What: "the query gives no columns", Wanted: "one select", Hint: "write what it is to read: select … from …"}
	}
	if n := len(described.ParamOIDs); n > 0 {
		return &diag.Error{What: fmt.Sprintf("the query leaves %s open", human.Count(n, "value")), Found: "$1", Hint: "write the value itself, or ${params.name}"}
	}
	columns, err := a.columns(ctx, conn, described.Fields)
	if err != nil {
		return err
	}
	if err := a.to.begin(columns); err != nil {
		return err
	}
	rows := pg.ExecPrepared(ctx, statement, nil, nil, []int16{pgx.BinaryFormatCode})
	if err := a.read(rows, columns); err != nil {
		stop()
		rows.Close()
		return err
	}
	if _, err := rows.Close(); err != nil {
		return a.failed(err)
	}
	return nil
}

// read takes the rows as they come, in the order of the server.
func (a *asking) read(rows *pgconn.ResultReader, columns []column) error {
	readers := make([]reader, len(columns))
	for j, c := range columns {
		readers[j] = c.reader(a.to.columns[j])
	}
	for rows.NextRow() {
		size := 0
		for j, value := range rows.Values() {
			a.to.digest(value)
			if value == nil {
				a.to.columns[j].AppendNull()
				continue
			}
			size += len(value)
			if err := readers[j](value); err != nil {
				return inRow(columns[j].name, a.to.rows+1, err)
			}
		}
		if err := a.to.end(size); err != nil {
			return err
		}
	}
	return nil
}

// inRow says where in the answer a value stands that cannot be taken.
func inRow(column string, row int, err error) error {
	var e *diag.Error
	if !errors.As(err, &e) {
		e = &diag.Error{What: err.Error()}
	}
	placed := *e
	placed.What = fmt.Sprintf("column %s, row %s of the answer: %s", diag.Names([]string{column}), human.Int(row), e.What)
	return &placed
}

// columns gives what the columns are that the fields become. Fields that no table
// can hold are refused, all of them at once.
func (a *asking) columns(ctx context.Context, conn *pgx.Conn, fields []pgconn.FieldDescription) ([]column, error) {
	others, err := a.otherTypes(ctx, conn, fields)
	if err != nil {
		return nil, err
	}
	columns := make([]column, len(fields))
	var refused diag.List
	for j, f := range fields {
		c, known := columnOf(f.DataTypeOID, f.TypeModifier)
		if other, ok := others[f.DataTypeOID]; ok && !known {
			switch {
			case other.levels != nil:
				c, known = levelColumn(other.levels), true
			case other.textual:
				c, known = textColumn, true
			default:
				refused = append(refused, refuse(f.Name, other))
			}
		}
		c.name = f.Name
		columns[j] = c
	}
	return columns, refused.Err()
}

// otherType is a type that is not one of those that columnOf knows.
type otherType struct {
	name    string
	levels  []string // of an enum, in its order
	textual bool     // as citext is
	nested  string   // "a list", "an object"; "" for others
}

// otherTypes asks the catalog about types that columnOf does not know.
func (a *asking) otherTypes(ctx context.Context, conn *pgx.Conn, fields []pgconn.FieldDescription) (map[uint32]otherType, error) {
	types := map[uint32]otherType{}
	for _, f := range fields {
		if _, known := columnOf(f.DataTypeOID, f.TypeModifier); known {
			continue
		}
		var t otherType
		var kind, category string
		err := conn.QueryRow(ctx, `select format_type(oid, null), typtype::text, typcategory::text,
			array(select enumlabel::text from pg_catalog.pg_enum where enumtypid = pg_type.oid order by enumsortorder)
			from pg_catalog.pg_type where oid = $1`, f.DataTypeOID).Scan(&t.name, &kind, &category, &t.levels)
		if err != nil {
			return nil, a.failed(err)
		}
		if kind != "e" {
			t.levels = nil
		}
		t.textual = category == "S"
		switch {
		case category == "A":
			t.nested = "lists"
		case kind == "c", t.name == "record":
			t.nested = "rows"
		case t.name == "json", t.name == "jsonb":
			t.nested = "JSON"
		}
		types[f.DataTypeOID] = t
	}
	return types, nil
}

// refuse says that a column is of a type that no column of a table can be.
func refuse(name string, t otherType) *diag.Error {
	column := diag.Names([]string{name})
	e := &diag.Error{What: fmt.Sprintf("column %s of the query is of the type %s", column, t.name), Wanted: "numbers, truth values, texts, enums, dates or times",
		Hint: fmt.Sprintf("cast it in the query, as in %s::text, or leave it out", column)}
	switch {
	case t.nested == "JSON":
		e.Hint = fmt.Sprintf("take the values out of it that are wanted, as in %s->>'name', or cast it: %s::text", column, column)
	case t.nested == "lists":
		e.Hint = fmt.Sprintf("make one value of it in the query, as in array_to_string(%s, ' ') or %s[1], or leave it out", column, column)
	case t.nested != "":
		e.Hint = fmt.Sprintf("name its fields in the query, as in (%s).field, or leave it out", column)
	case t.name == "interval":
		e.Hint = fmt.Sprintf("count it in the query, as in extract(epoch from %s), or cast it: %s::text", column, column)
	case t.name == "money":
		e.Hint = fmt.Sprintf("cast it in the query: %s::numeric", column)
	case t.name == "bytea":
		e.Hint = fmt.Sprintf("write it as a text in the query, as in encode(%s, 'hex'), or leave it out", column)
	}
	return e
}

// unreached says in words why a server was not reached.
func (a *asking) unreached(err error) error {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return a.told(told)
	}
	e := &diag.Error{What: a.Name + " does not answer", Found: a.words(lastOf(err)), Err: errUnreached,
		Hint: "see whether the server runs and can be reached from here; PGHOST, PGPORT and the address say where it is"}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Found = "nothing in time"
	}
	return e
}

// errUnreached is the cause of errors that are of no query.
var errUnreached = errors.New("the server cannot be reached")

// lastOf gives the innermost of errors that wrap one another: what wraps it quotes
// user and address.
func lastOf(err error) error {
	for {
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner := e.Unwrap()
			if inner == nil {
				return err
			}
			err = inner
		case interface{ Unwrap() []error }:
			all := e.Unwrap()
			if len(all) == 0 {
				return err
			}
			err = all[len(all)-1]
		default:
			return err
		}
	}
}

// failed says in words why a query failed.
func (a *asking) failed(err error) error {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return a.told(told)
	}
	return &diag.Error{What: fmt.Sprintf("%s went away after %s", a.Name, human.Count(a.to.rows, "row")), Found: a.words(lastOf(err)), Err: errUnreached,
		Hint: "nothing of the answer was kept; see the server's log, then run again"}
}

// told passes on what a server says, with what to do about it. The classes of codes
// are those of https://www.postgresql.org/docs/current/errcodes-appendix.html.
func (a *asking) told(err *pgconn.PgError) error {
	e := &diag.Error{What: a.Name + ": " + a.words(err), Hint: "ask it by hand in psql until it answers"}
	switch class := err.Code[:min(2, len(err.Code))]; {
	case err.Code == "25006": // read_only_sql_transaction
		e.What, e.Found, e.Wanted = "the query writes", a.words(err), "one that only reads"
		e.Hint = "ask with select; what has to be written, write before the run"
	case class == "28": // invalid authorization
		e.Hint, e.Err = "user and password come from PGUSER and PGPASSWORD, ~/.pgpass, or an address in a variable: from: $DATABASE_URL", errUnreached
	case err.Code == "3D000": // invalid_catalog_name
		e.Hint, e.Err = "correct the database in from, or PGDATABASE", errUnreached
	case err.Code == "42501": // insufficient_privilege
		e.Hint = "have the user granted select, or ask as another: PGUSER"
	case err.Code == "55P03", err.Code == "40P01": // lock_not_available, deadlock_detected
		e.Hint = "another session holds a lock; let it end, then run again"
	case class == "57": // operator intervention: shut down, cancelled, timed out
		e.What, e.Err = fmt.Sprintf("%s broke off after %s: %s", a.Name, human.Count(a.to.rows, "row"), a.words(err)), errUnreached
		e.Hint = "nothing of the answer was kept; run again when the server is there, and give it time (statement_timeout) or less to do"
	case class == "53": // insufficient resources
		e.Hint, e.Err = "run again when the server is less busy", errUnreached
	case err.Position > 0:
		e.Hint = fmt.Sprintf("look at letter %d of the query; psql says the same", err.Position)
	}
	if err.Hint != "" {
		e.Hint = human.Line(a.hide(err.Hint), limited) + "; or " + e.Hint
	}
	return e
}

// words gives what an error says on one line, without what lets people in.
func (a *asking) words(err error) string {
	text := err.Error()
	var told *pgconn.PgError
	if errors.As(err, &told) {
		text = told.Message
	}
	return human.Line(a.hide(text), limited)
}

// hide takes the password out of a text of others, where it is long enough to be
// told from a word.
func (a *asking) hide(text string) string {
	if len(a.password) > 3 {
		text = strings.ReplaceAll(text, a.password, "…")
	}
	return text
}

package databases

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"labbook/internal/base/diag"
)

// IsPostgres says whether an address is that of PostgreSQL.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// Postgres reads the address of a database, with what the environment says of it as for
// any program of PostgreSQL (PGPASSWORD, ~/.pgpass, PGSSLMODE and so on). It connects to
// nothing.
func Postgres(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil { // whose text may hold the address
		return nil, &diag.Error{What: "the address of the PostgreSQL database cannot be read", Wanted: "postgres://USER@HOST:5432/NAME", Found: "something else", Secret: true,
			Hint: "write user, password and name with %-escapes"}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	return config, nil
}

// Shown is an address of PostgreSQL as people may see it: without what lets one in.
func Shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "postgres://…"
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return "postgres://…"
	}
	shown := url.URL{Scheme: "postgres", User: url.User(config.User), Path: "/" + config.Database, Host: config.Host}
	if strings.HasPrefix(config.Host, "/") { // a socket's folder
		shown.Host, shown.RawQuery = "", "host="+config.Host
	} else if config.Port != 5432 {
		shown.Host = net.JoinHostPort(config.Host, fmt.Sprint(config.Port))
	}
	if schema := u.Query().Get("search_path"); schema != "" {
		shown.RawQuery = strings.TrimPrefix(shown.RawQuery+"&search_path="+url.QueryEscape(schema), "&")
	}
	return shown.String()
}

// Lost says whether an error means that the server is not there, or was left while it
// was asked: who asks again later may be answered.
func Lost(err error) bool {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		// 08 is the connection; 57P01 to 57P03 are a server that stops or starts.
		// 53300 is one that has too many connections just now.
		return strings.HasPrefix(told.Code, "08") || told.Code == "53300" || told.Code == "57P01" || told.Code == "57P02" || told.Code == "57P03"
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) ||
		err != nil && strings.HasSuffix(err.Error(), "conn closed")
}

// Explain says in words what keeps PostgreSQL from doing what was asked, and what a
// person can mend. shown is where that is, as Shown gives it.
func Explain(shown string, err error) error {
	var known *diag.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	var told *pgconn.PgError
	problem := &diag.Error{File: shown, Err: err}
	switch errors.As(err, &told); {
	case told != nil && strings.HasPrefix(told.Code, "28"):
		problem.What = "the server does not let this user in: " + told.Message
		problem.Hint = "give the password in PGPASSWORD or ~/.pgpass; pg_hba.conf of the server says who may come from where"
	case told != nil && told.Code == "3D000":
		problem.What = "there is no such database: " + told.Message
		problem.Hint = "make it once: createdb NAME"
	case told != nil && told.Code == "42501":
		problem.What = "the user may not do that: " + told.Message
		problem.Hint = "make it the owner of the database: ALTER DATABASE name OWNER TO user"
	case told != nil && told.Code == "3F000":
		problem.What = "the schema of search_path is not there: " + told.Message
		problem.Hint = "make it once: create schema name"
	case told != nil && told.Code == "25006":
		problem.What = "the database only answers, and records nothing: " + told.Message
		problem.Hint = "name the primary server, not a copy that follows it"
	case told != nil && told.Code == "55P03":
		problem.What = "another process has been writing to the database all the while"
		problem.Hint = "see who it is with: labbook runs"
	case told != nil && (told.Code == "53100" || told.Code == "53200" || told.Code == "53300"):
		problem.What = "the server has no room: " + told.Message
		problem.Hint = "free disk or memory there, or let it take more connections"
	case Lost(err):
		problem.What = "the PostgreSQL server cannot be reached: " + reason(err)
		problem.Hint = "start it, or mend the address; `psql` with the same address says more"
	default:
		return fmt.Errorf("%s: %w", shown, err)
	}
	return problem
}

// reason is why no connection came to be, without the address, which stands beside it.
func reason(err error) string {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return told.Message
	}
	var operation *net.OpError
	if errors.As(err, &operation) {
		return operation.Err.Error()
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return name.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it does not answer"
	}
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}

// Package query asks databases and writes what they answer to a file: SQLite
// files of the project, and PostgreSQL.
//
// An answer is an Arrow IPC file with the types of the database, which package
// formats reads as it reads any other. A query is one statement that only reads,
// and sees one state of the database. Equal answers give equal bytes; whether the
// rows come in the same order twice is the query's matter, see Ordered.
//
// What a person is told of a server is its address without user and password, and
// no error of this package holds either of them.
package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"labbook/internal/base/diag"
)

// Server is a database that can be asked.
type Server struct {
	// Name is what people call it: "data/shop.db", "postgres://db.example.org/shop".
	Name string
	// ID tells it from others, and from itself as another user sees it. It is a
	// digest, of which nothing can be read.
	ID string
	// Files are those that hold all that the database knows, absolute, and "" never.
	// Some of them need not exist. Nil: it is known to the server alone.
	Files []string

	ask func(ctx context.Context, text string, to *writer) error
}

func identity(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return hex.EncodeToString(sum[:])
}

// Answer says what was written.
type Answer struct {
	Rows int
	// Set is a digest of the rows whatever their order, "" where the query gives them
	// one.
	Set string
}

// Ask asks the server and writes what it answers. progress, which may be nil, is
// told how many rows there are now and then. Errors are *diag.Error, but for that
// of a ctx that ends; then, as after any error, what was written is worth nothing.
func (s *Server) Ask(ctx context.Context, text string, out io.Writer, progress func(rows int)) (*Answer, error) {
	to := &writer{out: out, unordered: !Ordered(text), progress: progress}
	err := s.ask(ctx, text, to)
	if err == nil {
		err = to.close()
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	case to.rows == 0:
		return nil, &diag.Error{What: "the query gives no row", Wanted: "at least one", Hint: "ask it by hand, and loosen its where"}
	}
	return &Answer{Rows: to.rows, Set: to.set()}, nil
}

// Of gives the database that a pipeline names: a file of the project, the address
// of a server, or $NAME for an environment variable that holds such an address.
// env looks variables up. Nothing is asked yet.
func Of(project, from string, env func(string) (string, bool)) (*Server, error) {
	if err := Check(from); err != nil {
		return nil, err
	}
	variable, named := Variable(from)
	switch {
	case named:
		address, set := env(variable)
		if !set || address == "" {
			return nil, diag.New(fmt.Sprintf("the environment variable %s is not set", variable),
				fmt.Sprintf("set it to the address of the database: %s=postgres://USER:PASSWORD@HOST/DATABASE labbook run", variable))
		}
		if !isAddress(address) {
			return nil, &diag.Error{What: fmt.Sprintf("the environment variable %s holds no address of a database", variable), Wanted: "postgres://USER:PASSWORD@HOST/DATABASE",
				Hint: "correct it; what it holds is not shown, for there may be a password in it"}
		}
		return postgres(address, "the address in "+variable)
	case isAddress(from):
		return postgres(from, "the address")
	}
	return sqliteFile(project, from), nil
}

// limited is how many letters of a server's words are passed on.
const limited = 1000

// filled says whether there is a file with bytes in it.
func filled(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

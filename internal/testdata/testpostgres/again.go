package testpostgres

import (
	"crypto/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// variable names the server that tests are to use in the place of files.
const variable = "LABBOOK_TEST_POSTGRES"

// Address is that of the database postgres of the server, with its password.
func (s *Server) Address() string {
	return "postgres://postgres:" + url.QueryEscape(Password) + "@/postgres?host=" + s.Folder
}

// Again runs the tests of a package once more, on PostgreSQL: those that ask Fresh for a
// database. It is called by a test, TestOnPostgreSQL, which does nothing the second time.
// LABBOOK_TEST_POSTGRES may name a server; else one is started, and where none can be,
// the test is skipped.
func Again(t *testing.T) {
	if os.Getenv(variable) != "" && OnPostgres() {
		t.Skip("these are the tests on PostgreSQL")
	}
	address := os.Getenv(variable)
	if address == "" {
		if _, why := Installed(); why != "" {
			t.Skip(why + ", and " + variable + " names no server")
		}
		server, err := Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Remove)
		address = server.Address()
	}
	tests := exec.Command(os.Args[0], "-test.v", "-test.skip=^(Fuzz|TestOnPostgreSQL$)")
	tests.Env = append(os.Environ(), variable+"="+address, variable+"_AGAIN=1")
	out, err := tests.CombinedOutput()
	if err != nil {
		t.Errorf("on PostgreSQL: %v\n%s", err, unsaid.ReplaceAllString(string(out), ""))
	}
	if !strings.Contains(string(out), "--- PASS") {
		t.Errorf("no test ran on PostgreSQL:\n%s", out)
	}
}

// unsaid are the lines about tests that passed.
var unsaid = regexp.MustCompile(`(?m)^ *(=== |--- (PASS|SKIP)).*\n`)

// OnPostgres says whether tests use PostgreSQL now.
func OnPostgres() bool { return os.Getenv(variable+"_AGAIN") != "" }

// Fresh gives the address of a database that is empty: a file in a folder of the test, or
// a schema of PostgreSQL.
func Fresh(t testing.TB) string {
	if !OnPostgres() {
		return filepath.Join(t.TempDir(), "runs", "labbook.db")
	}
	return FreshSchema(t, os.Getenv(variable))
}

// FreshSchema makes an empty schema in a database, and gives the address with it. It goes
// with the test.
func FreshSchema(t testing.TB, address string) string {
	name := "t" + strings.ToLower(rand.Text())
	do := func(statement string) {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	do("create schema " + name)
	return address + "&search_path=" + name
}

// SQLiteOnly skips a test of what only a file does.
func SQLiteOnly(t testing.TB) {
	if OnPostgres() {
		t.Skip("of SQLite's file")
	}
}

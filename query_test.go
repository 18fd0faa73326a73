package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"labbook/internal/testdata/testpostgres"
)

// sqliteCommand is `sqlite FILE STATEMENTS`: it does them in a file, which need not
// exist.
func sqliteCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: sqlite FILE STATEMENTS")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
	db, err := sql.Open("sqlite3", file)
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}

// postgresCommand is `postgres start`, for a server of the script, which PGHOST and
// its kin name from then on; `postgres stop` and `postgres again`; and `postgres do
// STATEMENTS`.
func postgresCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: postgres start | stop | again | do STATEMENTS")
	}
	if args[0] == "start" {
		server, err := testpostgres.Start()
		ts.Check(err)
		ts.Defer(server.Remove)
		for name, value := range map[string]string{"PGHOST": server.Folder, "PGUSER": "postgres", "PGDATABASE": "postgres", "PGPASSWORD": testpostgres.Password} {
			ts.Setenv(name, value)
		}
		return
	}
	server := testpostgres.At(ts.Getenv("PGHOST"))
	switch args[0] {
	case "stop":
		ts.Check(server.Stop())
	case "again":
		ts.Check(server.Run())
	case "do":
		config, err := pgx.ParseConfig("host=" + server.Folder + " user=postgres dbname=postgres")
		ts.Check(err)
		config.Password = testpostgres.Password
		conn, err := pgx.ConnectConfig(context.Background(), config)
		ts.Check(err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), args[1])
		ts.Check(err)
	}
}

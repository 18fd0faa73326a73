package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"labbook/internal/app/cli"
	"labbook/internal/testdata"
	"labbook/internal/testdata/testmodel"
	"labbook/internal/testdata/testpostgres"
	"labbook/internal/testdata/tests3"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"labbook":      func() { os.Exit(cli.Main()) },
		testmodel.Name: testmodel.Main,
	})
}

// TestScript tries the product from outside: each file of testdata/script is a
// behaviour, told as the commands that a person types.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:               scripts(t),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PROJECT", testdata.Root())
			e.Setenv("NO_COLOR", "1")
			return withPython(e)
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "python":
				return hasPython()
			case "postgres":
				_, why := testpostgres.Installed()
				return why == "", nil
			case "hup": // under nohup it is ignored by all that is started
				return !signal.Ignored(syscall.SIGHUP), nil
			case "mount":
			default:
				return false, fmt.Errorf("no condition is called %q", name)
			}
			return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", os.TempDir()).Run() == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": jsonCommand,
			"same": sameCommand,

			"bucket":   bucketCommand,
			"sqlite":   sqliteCommand,
			"postgres": postgresCommand,
		},
	})
}

// scripts are all of testdata/script; in short runs those in which several things go
// on at once, for what the others run is raced by the tests of its own package.
func scripts(t *testing.T) []string {
	t.Helper()
	patterns := []string{"*"}
	if testing.Short() {
		patterns = []string{"run_[fiknosv]*", "gc_bound", "watch", "backup_restore"}
	}
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join("testdata/script", pattern+".txtar"))
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		files = append(files, found...)
	}
	return files
}

// jsonCommand is `json FILE PATH [WANT]`: the JSON in a file (or stdout) has
// this value, or any, at a path like 0.stages.1.name.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: json FILE PATH [WANT]")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	found := true
	for _, step := range strings.Split(args[1], ".") {
		switch x := v.(type) {
		case map[string]any:
			v, found = x[step]
		case []any:
			var i int
			_, err := fmt.Sscan(step, &i)
			if found = err == nil && i < len(x); found {
				v = x[i]
			}
		default:
			found = false
		}
		if !found {
			break
		}
	}
	matches := found && (len(args) == 2 || fmt.Sprint(v) == args[2])
	if matches == neg {
		ts.Fatalf("%s is %v (there: %v)", args[1], v, found)
	}
}

// sameCommand is `same FILE NAME`: the file is byte for byte what it was when
// it was first seen under this name; `! same` that it is not.
func sameCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same FILE NAME")
	}
	kept := ts.MkAbs(filepath.Join(".tmp", "kept-"+args[1]))
	now := ts.ReadFile(args[0])
	before, err := os.ReadFile(kept)
	if err != nil {
		ts.Check(os.WriteFile(kept, []byte(now), 0o666))
		return
	}
	if (string(before) == now) == neg {
		ts.Fatalf("%s: the same as before is %v", args[0], string(before) == now)
	}
}

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

// bucketCommand is `bucket start`, for a bucket of the script, which BUCKET is the
// address of from then on; `bucket fail STATUS CODE`, which answers all requests, and
// `bucket well`; `bucket asked METHOD…`, that it was asked in these ways and in no other
// since then; `bucket age DAYS`, for all that it holds; and `bucket damage PART`, of all
// names that have the part.
func bucketCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: bucket start | fail STATUS CODE | well | asked METHOD… | age DAYS | damage PART")
	}
	if args[0] == "start" {
		b := tests3.Start()
		ts.Defer(b.Close)
		buckets.Store(b.URL, b)
		for name, value := range map[string]string{"ENDPOINT": b.URL, "BUCKET": "s3://" + tests3.Name + "/pre?endpoint=" + b.URL,
			"AWS_ACCESS_KEY_ID": tests3.User, "AWS_SECRET_ACCESS_KEY": tests3.Password, "AWS_EC2_METADATA_DISABLED": "true"} {
			ts.Setenv(name, value)
		}
		return
	}
	found, _ := buckets.Load(ts.Getenv("ENDPOINT"))
	b := found.(*tests3.Bucket)
	switch args[0] {
	case "fail":
		status, err := strconv.Atoi(args[1])
		ts.Check(err)
		b.Fail(func(w http.ResponseWriter, _ *http.Request) bool {
			tests3.Refuse(w, status, args[2])
			return true
		})
	case "well":
		b.Fail(nil)
	case "asked":
		asked := map[string]bool{}
		for _, r := range b.Requests() {
			method, _, _ := strings.Cut(r, " ")
			asked[method] = true
		}
		if got := slices.Sorted(maps.Keys(asked)); !slices.Equal(got, args[1:]) {
			ts.Fatalf("asked by %v, not by %v", got, args[1:])
		}
	case "age":
		days, err := strconv.Atoi(args[1])
		ts.Check(err)
		for _, name := range b.Names("") {
			b.Change(name, func(o tests3.Object) tests3.Object { o.Modified = o.Modified.AddDate(0, 0, -days); return o })
		}
	case "damage":
		for _, name := range b.Names("") {
			if strings.Contains(name, args[1]) {
				b.Change(name, func(o tests3.Object) tests3.Object { o.Data = append([]byte("x"), o.Data[1:]...); return o })
			}
		}
	}
}

// buckets are those of scripts, by their endpoints.
var buckets sync.Map

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

package ledger

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

// started gives a server of the test's own.
func started(t *testing.T) *testpostgres.Server {
	if testpostgres.OnPostgres() {
		t.Skip("these tests have a server of their own")
	}
	if _, why := testpostgres.Installed(); why != "" {
		t.Skip(why)
	}
	server, err := testpostgres.Start()
	require.NoError(t, err)
	t.Cleanup(server.Remove)
	return server
}

// What keeps a database from being used is said with its place and what to do, and never
// with the password.
func TestPostgresSaysWhatIsWrong(t *testing.T) {
	server := started(t)
	password := url.QueryEscape(testpostgres.Password)
	nowhere := t.TempDir()
	for address, want := range map[string]string{
		server.Address() + "&search_path=none":                                 "no schema has been selected to create in",
		strings.Replace(server.Address(), password, "wrong-"+password, 1):      "does not let this user in: password authentication failed",
		strings.Replace(server.Address(), "/postgres?", "/elsewhere?", 1):      `there is no such database: database "elsewhere" does not exist`,
		"postgres://postgres:" + password + "@/postgres?host=" + nowhere:       "cannot be reached: connect: no such file or directory",
		"postgres://postgres:" + password + "@127.0.0.1:1/postgres":            "cannot be reached: connect: connection refused",
		"postgres://postgres:" + password + "@host.invalid/postgres":           "cannot be reached: ",
		"postgres://postgres:" + testpostgres.Password + "@127.0.0.1/postgres": "the address of the PostgreSQL database cannot be read",
	} {
		for _, options := range []Options{{Busy: time.Second}, {Busy: time.Second, ReadOnly: true}} {
			if options.ReadOnly && strings.Contains(address, "search_path") {
				continue // to look at, one that is not there yet is empty
			}
			_, err := Open(address, options)
			var told *diag.Error
			if !assert.ErrorAs(t, err, &told, want) {
				continue
			}
			assert.ErrorContains(t, err, want)
			assert.NotEmpty(t, told.Hint)
			for _, secret := range []string{testpostgres.Password, password} {
				assert.NotContains(t, err.Error(), secret)
				assert.NotContains(t, fmt.Sprint(told.Err), secret)
			}
		}
	}
	db, err := Open("postgres://postgres:"+password+"@/postgres?host="+nowhere, Options{OrEmpty: true})
	require.NoError(t, err)
	defer db.Close()
	assert.ErrorContains(t, db.Check(t.Context()), "cannot be reached")
	assert.Equal(t, "postgres://postgres@/postgres?host="+nowhere, db.Path())
}

// A server that is started again is waited for: no run ends by that, and nothing of it is
// recorded by half or twice. One that stays away is an error after a while.
func TestServerIsStartedAgain(t *testing.T) {
	server := started(t)
	db, err := Open(server.Address(), Options{Busy: 20 * time.Second})
	require.NoError(t, err)
	defer db.Close()
	r := &record.Run{Pipeline: "p"}
	require.NoError(t, db.StartRun(r))
	for restart, record := range []func() error{
		func() error { return db.PutStages(stagesOf(r.ID, 30)) },
		func() error { return db.PutMove(&record.Move{Model: "m", Alias: record.Champion}) },
	} {
		require.NoError(t, server.Stop())
		started := make(chan error, 1)
		time.AfterFunc(300*time.Millisecond, func() { started <- server.Run() })
		require.NoError(t, record(), restart)
		require.NoError(t, <-started)
	}
	stages, err := db.Stages(t.Context(), r.ID)
	require.NoError(t, err)
	assert.Len(t, stages, 30)
	moves, err := db.Moves(t.Context(), "m", "")
	require.NoError(t, err)
	assert.Len(t, moves, 1)

	// The server goes in the middle of a transaction: it is begun anew.
	attempts := 0
	require.NoError(t, db.change(func(tx *tx) error {
		attempts++
		if err := insertEvent(tx, &record.Event{Time: noonOf(1), Action: "once"}); err != nil || attempts > 1 {
			return err
		}
		require.NoError(t, server.Stop())
		require.NoError(t, server.Run())
		return insertEvent(tx, &record.Event{Time: noonOf(2), Action: "lost"})
	}))
	trail, err := db.Trail(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	assert.Len(t, trail, 2, "that event, and the move")

	require.NoError(t, server.Stop())
	db.options.Busy = 200 * time.Millisecond
	assert.ErrorContains(t, db.FinishRun(r), "cannot be reached")
}

func noonOf(day int) time.Time { return time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC) }

// Text that only SQLite takes is kept without what PostgreSQL lacks.
func TestTextOfAnyBytes(t *testing.T) {
	db := open(t)
	r := &record.Run{Pipeline: "p", Status: record.Failed, Error: "a\x00b\xffc"}
	require.NoError(t, db.StartRun(r))
	last, err := db.LastRun(t.Context(), "p")
	require.NoError(t, err)
	want := r.Error
	if testpostgres.OnPostgres() {
		want = "a\ufffdb\ufffdc"
	}
	assert.Equal(t, want, last.Error)
}

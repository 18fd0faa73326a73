package ledger

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

// open opens a ledger in a new folder with a clock that advances by a second
// at every look.
func open(t testing.TB) *DB {
	t.Helper()
	db, err := Open(testpostgres.Fresh(t), Options{Clock: ticking()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// again gives the address at which a ledger was opened.
func (db *DB) again() string { return cmp.Or(db.address, db.path) }

// TestOnPostgreSQL: what a file promises, a server promises too.
func TestOnPostgreSQL(t *testing.T) { testpostgres.Again(t) }

func ticking() func() time.Time {
	now := time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestOpenedTwiceKeepsItsContent(t *testing.T) {
	path := testpostgres.Fresh(t)
	if !testpostgres.OnPostgres() {
		path = filepath.Join(t.TempDir(), "with space?#%41", "labbook.db")
	}
	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.NoError(t, db.StartRun(&record.Run{Pipeline: "diamonds"}))
	require.NoError(t, db.Close())

	db, err = Open(path, Options{})
	require.NoError(t, err)
	defer db.Close()
	runs, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	assert.Len(t, runs, 1)
	assert.NoError(t, db.Check(t.Context()))
}

func TestMigrationsAreNumbered(t *testing.T) {
	files, err := schema.ReadDir("schema")
	require.NoError(t, err)
	same, err := ofPostgres.ReadDir("postgres/schema")
	require.NoError(t, err)
	for i, f := range slices.Backward(same) {
		assert.Contains(t, f.Name(), fmt.Sprintf("%05d_", latest()-len(same)+1+i), "both databases have the same versions")
	}
	for i, f := range files {
		assert.Regexp(t, fmt.Sprintf(`^%05d_[a-z]+\.sql$`, i+1), f.Name())
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	db := open(t)
	newer := "pragma user_version = 99"
	if testpostgres.OnPostgres() {
		newer = "insert into ledger_version (version_id, is_applied) values (99, true)"
	}
	_, err := db.write.Exec(newer)
	require.NoError(t, err)
	for _, readOnly := range []bool{false, true} {
		_, err := Open(db.again(), Options{ReadOnly: readOnly})
		var problem *diag.Error
		require.ErrorAs(t, err, &problem)
		assert.Contains(t, problem.Error(), "newer labbook; found schema 99")
		assert.NotEmpty(t, problem.Hint)
	}
}

func TestNoDatabaseIsRefused(t *testing.T) {
	testpostgres.SQLiteOnly(t)
	path := filepath.Join(t.TempDir(), "labbook.db")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 1000), 0o666))
	_, err := Open(path, Options{})
	var problem *diag.Error
	require.ErrorAs(t, err, &problem)
	assert.Contains(t, problem.What, "damaged, or no database")
}

func TestReadOnlyWritesNothing(t *testing.T) {
	testpostgres.SQLiteOnly(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "runs", "labbook.db")

	t.Run("where none exists", func(t *testing.T) {
		db, err := Open(path, Options{ReadOnly: true})
		require.NoError(t, err)
		defer db.Close()
		last, err := db.LastRun(t.Context(), "diamonds")
		require.NoError(t, err)
		assert.Nil(t, last)
		assert.Error(t, db.StartRun(&record.Run{Pipeline: "diamonds"}))
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		assert.Empty(t, entries)
	})

	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.NoError(t, db.StartRun(&record.Run{Pipeline: "diamonds"}))

	look := func(t *testing.T) {
		before := listing(t, filepath.Dir(path))
		db, err := Open(path, Options{ReadOnly: true})
		require.NoError(t, err)
		last, err := db.LastRun(t.Context(), "diamonds")
		require.NoError(t, err)
		assert.NotNil(t, last)
		assert.Error(t, db.StartRun(&record.Run{Pipeline: "diamonds"}))
		require.NoError(t, db.Close())
		assert.Equal(t, before, listing(t, filepath.Dir(path)))
	}
	t.Run("beside a writer", look)
	require.NoError(t, db.Close())
	t.Run("alone", look)
	t.Run("after all was moved into the file", func(t *testing.T) {
		db := connect(path, Options{Busy: time.Second}, "rwc", 1)
		_, err := versionOf(db)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		require.NoFileExists(t, path+"-wal")
		look(t)
	})
	t.Run("of an older schema", func(t *testing.T) {
		db, err := Open(path, Options{})
		require.NoError(t, err)
		_, err = db.write.Exec("pragma user_version = 0")
		require.NoError(t, err)
		require.NoError(t, db.Close())
		look(t)
	})
}

// listing gives the names and sizes of a folder's files.
func listing(t *testing.T, folder string) []string {
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		names = append(names, fmt.Sprint(e.Name(), " ", info.Size()))
	}
	return names
}

// TestMain lets the tests run this program again as other processes.
func TestMain(m *testing.M) {
	if path := os.Getenv("LEDGER_TEST_WRITER"); path != "" {
		if err := writeSome(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeSome is what one of many processes does.
func writeSome(path string) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	for range 5 {
		r := &record.Run{Pipeline: "many"}
		if err := db.StartRun(r); err != nil {
			return err
		}
		if err := db.PutStages(stagesOf(r.ID, 20)); err != nil {
			return err
		}
		if _, err := db.LastStages(context.Background(), "many"); err != nil {
			return err
		}
		r.Status = record.Succeeded
		if err := db.FinishRun(r); err != nil {
			return err
		}
	}
	return db.Close()
}

func TestManyProcessesMakeAndWriteAtOnce(t *testing.T) {
	processes := 64
	if testpostgres.OnPostgres() {
		processes = 16
	}
	path := testpostgres.Fresh(t)
	failures := make(chan error, processes)
	for range processes {
		go func() {
			command := exec.Command(os.Args[0])
			command.Env = append(os.Environ(), "LEDGER_TEST_WRITER="+path)
			out, err := command.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			failures <- err
		}()
	}
	for range processes {
		assert.NoError(t, <-failures)
	}
	db, err := Open(path, Options{})
	require.NoError(t, err)
	defer db.Close()
	runs, err := db.Runs(t.Context(), record.Filter{Status: record.Succeeded})
	require.NoError(t, err)
	assert.Len(t, runs, processes*5)
	assert.NoError(t, db.Check(t.Context()))
}

// TestKilledWriterLeavesASoundDatabase kills processes that write at random
// moments; what they had committed is there, and nothing is damaged.
func TestKilledWriterLeavesASoundDatabase(t *testing.T) {
	path := testpostgres.Fresh(t)
	for i := range 15 {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), "LEDGER_TEST_WRITER="+path)
		require.NoError(t, command.Start())
		time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		_ = command.Process.Kill()
		_ = command.Wait()

		db, err := Open(path, Options{})
		require.NoError(t, err)
		require.NoError(t, db.Check(t.Context()))
		dead, err := db.MarkInterrupted(t.Context())
		require.NoError(t, err)
		running, err := db.Runs(t.Context(), record.Filter{Status: record.Running})
		require.NoError(t, err)
		assert.Empty(t, running)
		assert.LessOrEqual(t, len(dead), 1)
		require.NoError(t, db.Close())
	}
}

func BenchmarkOpenRecordClose(b *testing.B) {
	path := testpostgres.Fresh(b)
	for b.Loop() {
		db, err := Open(path, Options{})
		require.NoError(b, err)
		require.NoError(b, db.StartRun(&record.Run{Pipeline: "diamonds", Status: record.Cached}))
		require.NoError(b, db.Close())
	}
}

func BenchmarkOpen(b *testing.B) {
	path := testpostgres.Fresh(b)
	keep, err := Open(path, Options{})
	require.NoError(b, err)
	defer keep.Close()
	for b.Loop() {
		db, err := Open(path, Options{})
		require.NoError(b, err)
		require.NoError(b, db.Close())
	}
}

func TestReadOnlyFolderCanBeRead(t *testing.T) {
	testpostgres.SQLiteOnly(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "labbook.db")
	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.NoError(t, db.StartRun(&record.Run{Pipeline: "diamonds"}))
	require.NoError(t, db.write.Close())
	require.NoError(t, db.read.Close())
	require.NoError(t, os.Chmod(folder, 0o555))
	defer os.Chmod(folder, 0o777)
	if mayWrite(folder) {
		t.Skip("needs a user who is bound by permissions")
	}
	db, err = Open(path, Options{ReadOnly: true})
	require.NoError(t, err)
	defer db.Close()
	runs, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	assert.Len(t, runs, 1)
}

// TestReadsWhereNothingCanBeWritten: without a log beside it, too.
func TestReadsWhereNothingCanBeWritten(t *testing.T) {
	testpostgres.SQLiteOnly(t)
	if os.Geteuid() != 0 {
		t.Skip("mounting read-only needs root")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "labbook.db")
	db, err := Open(path, Options{})
	require.NoError(t, err)
	_, err = db.write.Exec("pragma wal_checkpoint(truncate)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	os.Remove(path + "-wal")
	os.Remove(path + "-shm")
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("mounting is not allowed here: ", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		t.Skip("mounting is not allowed here: ", err)
	}
	_, err = Open(path, Options{})
	require.Error(t, err)
	db, err = Open(path, Options{OrRead: true})
	require.NoError(t, err)
	defer db.Close()
	runs, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	assert.Empty(t, runs)
	assert.ErrorContains(t, db.StartRun(&record.Run{Pipeline: "p"}), "cannot be opened for writing")
}

package ledger

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

func TestRunIDsSortByTime(t *testing.T) {
	zeros := strings.NewReader(strings.Repeat("\x00", 100))
	earlier, err := record.NewRunID(time.Date(2026, 11, 21, 23, 31, 5, 0, time.FixedZone("CET", 3600)), zeros)
	require.NoError(t, err)
	assert.Equal(t, "20261121-223105-000000", earlier)
	later, err := record.NewRunID(time.Date(2026, 11, 21, 22, 31, 6, 0, time.UTC), zeros)
	require.NoError(t, err)
	assert.Less(t, earlier, later)
	_, err = record.NewRunID(time.Now(), strings.NewReader("few"))
	assert.Error(t, err)
}

func TestRunComesBackAsItWas(t *testing.T) {
	db := open(t)
	r := &record.Run{
		Pipeline: "diamonds", Commit: "abc", Dirty: true, Command: []string{"labbook", "run"},
		Params: map[string]string{"seed": "42"}, Versions: map[string]string{"go": "1.26"},
	}
	require.NoError(t, db.StartRun(r))
	assert.Equal(t, record.Running, r.Status)
	found, err := db.LastRun(t.Context(), "diamonds")
	require.NoError(t, err)
	assert.Equal(t, r, found)

	r.Status, r.Error = record.Failed, "train/linear: no rows"
	require.NoError(t, db.FinishRun(r))
	found, err = db.LastRun(t.Context(), "diamonds")
	require.NoError(t, err)
	assert.Equal(t, r, found)
	assert.Equal(t, time.Second, found.Took())
}

func TestTakenRunIDsAreDrawnAgain(t *testing.T) {
	db := open(t)
	db.options.Clock = func() time.Time { return time.Unix(1, 0) }
	db.options.Random = strings.NewReader("aaaaaaaaaabbbbb")
	for range 2 {
		require.NoError(t, db.StartRun(&record.Run{Pipeline: "diamonds"}))
	}
	runs, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	assert.Len(t, runs, 2)
}

func TestRunsAreFiltered(t *testing.T) {
	db := open(t)
	for _, r := range []record.Run{{ID: "1", Pipeline: "a", Status: record.Failed}, {ID: "2", Pipeline: "b"}, {ID: "3", Pipeline: "a", Status: record.Cached}} {
		require.NoError(t, db.StartRun(&r))
	}
	ids := func(f record.Filter) (ids []string) {
		runs, err := db.Runs(t.Context(), f)
		require.NoError(t, err)
		for _, r := range runs {
			ids = append(ids, r.ID)
		}
		return ids
	}
	assert.Equal(t, []string{"3", "2", "1"}, ids(record.Filter{}))
	assert.Equal(t, []string{"3", "1"}, ids(record.Filter{Pipeline: "a"}))
	assert.Equal(t, []string{"1"}, ids(record.Filter{Pipeline: "a", Status: record.Failed}))
	assert.Equal(t, []string{"2"}, ids(record.Filter{Limit: 1, Offset: 1}))
}

// Runs are found by an index, and the names of pipelines without looking at all runs.
func TestRunsAreLookedUp(t *testing.T) {
	testpostgres.SQLiteOnly(t)
	db := open(t)
	for name, want := range map[string]string{"run_list": "run_by_sequence", "run_list_of": "run_by_pipeline (pipeline=", "run_pipelines": "SEARCH run USING COVERING INDEX run_by_pipeline (pipeline>"} {
		rows, err := db.read.Query("explain query plan "+query(name), named("pipeline", "p"), named("status", ""), named("before", ""), named("limit", 1), named("offset", 0))
		require.NoError(t, err)
		plan, err := collect(rows, func(row scanner) (step string, err error) {
			var id, parent, none int
			return step, row.Scan(&id, &parent, &none, &step)
		})
		require.NoError(t, err)
		assert.Contains(t, strings.Join(plan, "; "), want, name)
		assert.NotContains(t, strings.Join(plan, "; "), "SCAN run;", name)
	}
}

// TestRunsAreInTheOrderTheyBegan, whatever the clock says.
func TestRunsAreInTheOrderTheyBegan(t *testing.T) {
	db := open(t)
	now := time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)
	db.options.Clock = func() time.Time {
		now = now.Add(-time.Hour)
		return now
	}
	var begun []string
	for range 3 {
		r := &record.Run{Pipeline: "a"}
		require.NoError(t, db.StartRun(r))
		require.NoError(t, db.PutStages(stagesOf(r.ID, 1)))
		begun = append(begun, r.ID)
	}
	runs, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	for i, r := range runs {
		assert.Equal(t, begun[2-i], r.ID)
	}
	latest, err := db.FindRun(t.Context(), "a", "latest")
	require.NoError(t, err)
	assert.Equal(t, begun[2], latest.ID)
	older, err := db.Runs(t.Context(), record.Filter{Before: begun[1]})
	require.NoError(t, err)
	require.Len(t, older, 1)
	assert.Equal(t, begun[0], older[0].ID)
	last, err := db.LastStages(t.Context(), "a")
	require.NoError(t, err)
	for _, s := range last {
		assert.Equal(t, begun[2], s.Run)
	}
}

// TestFirstSchemaKeepsTheOrderItHad: a ledger of the first labbook lists its
// runs as it did, and the new ones before them.
func TestFirstSchemaKeepsTheOrderItHad(t *testing.T) {
	testpostgres.SQLiteOnly(t)
	path := filepath.Join(t.TempDir(), "labbook.db")
	first := connect(path, Options{Busy: time.Second}, "rwc", 1)
	files, err := fs.Sub(schema, "schema")
	require.NoError(t, err)
	provider, err := goose.NewProvider(goose.DialectSQLite3, first, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), 1)
	require.NoError(t, err)
	for _, statement := range []string{
		"pragma journal_mode = wal",
		"pragma user_version = 1",
		"insert into run (id, pipeline, status, started) values ('b', 'p', 'succeeded', 30), ('a', 'p', 'failed', 10), ('d', 'q', 'cached', 20), ('c', 'p', 'succeeded', 20)",
	} {
		_, err := first.Exec(statement)
		require.NoError(t, err)
	}
	require.NoError(t, first.Close())

	ids := func(db *DB) string {
		runs, err := db.Runs(t.Context(), record.Filter{})
		require.NoError(t, err)
		var ids string
		for _, r := range runs {
			ids += r.ID
		}
		return ids
	}
	looked, err := Open(path, Options{ReadOnly: true})
	require.NoError(t, err)
	assert.Equal(t, "bdca", ids(looked))
	require.NoError(t, looked.Close())

	db, err := Open(path, Options{})
	require.NoError(t, err)
	defer db.Close()
	assert.Equal(t, "bdca", ids(db))
	require.NoError(t, db.StartRun(&record.Run{ID: "e", Pipeline: "p", Started: time.Unix(0, 1)}))
	assert.Equal(t, "ebdca", ids(db))
	assert.NoError(t, db.Check(t.Context()))
}

func TestFindRun(t *testing.T) {
	db := open(t)
	for _, id := range []string{"20261121-223105-aaaaaa", "20261121-223105-aabbbb", "20261122-000000-cccccc"} {
		require.NoError(t, db.StartRun(&record.Run{ID: id, Pipeline: id[:8]}))
	}
	tests := []struct{ pipeline, name, want, problem string }{
		{"", "latest", "20261122-000000-cccccc", ""},
		{"", "latest~2", "20261121-223105-aaaaaa", ""},
		{"20261121", "latest", "20261121-223105-aabbbb", ""},
		{"", "20261122", "20261122-000000-cccccc", ""},
		{"", "20261121-223105-aab", "20261121-223105-aabbbb", ""},
		{"", "20261121-223105-aaaaaa", "20261121-223105-aaaaaa", ""},
		{"", "20261121", "", "several runs' ids begin with"},
		{"", "2027", "", "no run's id begins with"},
		{"", "latest~3", "", "there is no run latest~3"},
		{"", "latest~-1", "", "no run's id begins with"},
		{"", "%", "", "no run's id begins with"},
		{"", "", "", "no run is named"},
	}
	for _, tt := range tests {
		r, err := db.FindRun(t.Context(), tt.pipeline, tt.name)
		if tt.problem != "" {
			assert.ErrorContains(t, err, tt.problem, tt.name)
			assert.ErrorContains(t, err, "hint: ", tt.name)
			continue
		}
		if assert.NoError(t, err, tt.name) {
			assert.Equal(t, tt.want, r.ID)
		}
	}
}

func TestRunsOfDeadProcessesAreInterrupted(t *testing.T) {
	if processIdentity(os.Getpid()) == "" {
		t.Skip("processes cannot be told apart on this system")
	}
	child := exec.Command("sleep", "60")
	require.NoError(t, child.Start())
	defer func() { _ = child.Process.Kill() }()
	db := open(t)
	host, err := os.Hostname()
	require.NoError(t, err)
	mine := &record.Run{Pipeline: "mine"}
	theirs := &record.Run{Pipeline: "theirs", PID: child.Process.Pid}
	// The number of this process, which an earlier one had before the boot.
	before := &record.Run{Pipeline: "before", PID: os.Getpid(), Process: "otherboot pid:[1] 1"}
	elsewhere := &record.Run{Pipeline: "elsewhere", Host: host + "2", PID: 1, Process: "otherboot pid:[1] 1"}
	for _, r := range []*record.Run{mine, theirs, before, elsewhere} {
		require.NoError(t, db.StartRun(r))
	}
	if testpostgres.OnPostgres() {
		says := func(ago string) {
			_, err := db.write.Exec("insert into process values ('" + elsewhere.Host + "', 1, 'otherboot pid:[1] 1', now() - interval '" + ago + "') on conflict (host, pid, process) do update set seen = excluded.seen")
			require.NoError(t, err)
		}
		says("20 seconds")
		defer func() {
			dead, err := db.MarkInterrupted(t.Context())
			require.NoError(t, err)
			assert.Empty(t, dead, "it says that it lives")
			says("61 seconds")
			dead, err = db.MarkInterrupted(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []string{elsewhere.ID}, dead)
		}()
	}
	stages := stagesOf(before.ID, 2)
	stages[1].Status = record.Running
	require.NoError(t, db.PutStages(stages))

	dead, err := db.MarkInterrupted(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{before.ID}, dead)
	stages, err = db.Stages(t.Context(), before.ID)
	require.NoError(t, err)
	assert.Equal(t, record.Succeeded, stages[0].Status)
	assert.Equal(t, record.Interrupted, stages[1].Status)
	killed, err := db.FindRun(t.Context(), "", before.ID)
	require.NoError(t, err)
	assert.Equal(t, stages[1].Ended, killed.Ended, "it lived at least so long")

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	dead, err = db.MarkInterrupted(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{theirs.ID}, dead)
	found, err := db.FindRun(t.Context(), "", theirs.ID)
	require.NoError(t, err)
	assert.Equal(t, record.Interrupted, found.Status)
	assert.NotEmpty(t, found.Error)
	assert.Negative(t, found.Took(), "no stage of it ended")
}

func FuzzFindRun(f *testing.F) {
	f.Add("latest~1")
	f.Add("2026")
	f.Add("\x00~%_")
	db := open(f)
	r := &record.Run{ID: "20261121-223105-aaaaaa"}
	require.NoError(f, db.StartRun(r))
	f.Fuzz(func(t *testing.T, name string) {
		found, err := db.FindRun(t.Context(), "", name)
		if err == nil && !strings.HasPrefix(found.ID, name) && !strings.HasPrefix(name, "latest") {
			t.Errorf("%q gave %s", name, found.ID)
		}
	})
}

// What several runs measured is read at once.
func TestMetricsOf(t *testing.T) {
	db, err := Open(testpostgres.Fresh(t), Options{})
	require.NoError(t, err)
	defer db.Close()
	var ids []string
	for i := range 3 {
		run := &record.Run{Pipeline: "p"}
		require.NoError(t, db.StartRun(run))
		ids = append(ids, run.ID)
		require.NoError(t, db.PutStages([]*record.Stage{{Run: run.ID, Name: "train", Status: record.Succeeded,
			Metrics: []metrics.Value{{Name: "mae", Value: float64(i)}, {Name: "r2", Subject: "other", Value: .5}}}}))
	}
	got, err := db.MetricsOf(t.Context(), []string{ids[0], ids[2], "none"})
	require.NoError(t, err)
	assert.Equal(t, map[string][]metrics.Value{
		ids[0]: {{Name: "mae", Subject: "train"}, {Name: "r2", Subject: "other", Value: .5}},
		ids[2]: {{Name: "mae", Subject: "train", Value: 2}, {Name: "r2", Subject: "other", Value: .5}}}, got)
}

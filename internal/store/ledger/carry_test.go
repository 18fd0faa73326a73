package ledger

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

// What a ledger holds is the same in a file, and in another database that is filled from
// that; and both go on where it stood. Every table has its rows there.
func TestLedgersAreCarried(t *testing.T) {
	db := open(t)
	r := &record.Run{Pipeline: "p", Params: map[string]string{"seed": "7"}}
	require.NoError(t, db.StartRun(r))
	require.NoError(t, db.PutStages(stagesOf(r.ID, 3)))
	require.NoError(t, db.StartRun(&record.Run{ID: "0", Pipeline: "p", Status: record.Cached, SameAs: r.ID}))
	v := &record.Version{Model: "m", Artifact: "aa", Run: r.ID, Details: []byte(`{"a":1}`), Final: &record.Final{Artifact: "ff", Rows: 2, Judged: 1}}
	_, err := db.PutVersion(v, &record.Move{Model: "m", Alias: record.Champion})
	require.NoError(t, err)
	require.NoError(t, db.PutRetraction("m", 1, "wrong", "cli", nil))
	require.NoError(t, db.PutRetirement([]*record.Version{v}))
	require.NoError(t, db.PutTrial(&record.Trial{Study: "s", Params: json.RawMessage(`{"x":1}`), State: record.TrialFailed}))
	require.NoError(t, db.PutRemark(r.ID, &record.Remark{Name: "n", Tags: []string{"a"}}))
	require.NoError(t, db.PutSession(&record.Session{Digest: "d", Created: noonOf(1), Expires: noonOf(2)}, &record.Event{Time: noonOf(1), Action: "sign in"}))
	_, err = db.PutKey(&record.Key{Name: "k", Created: noonOf(1), Secrets: []record.Secret{{Digest: "s", Created: noonOf(1)}}}, &record.Event{Time: noonOf(3), Action: "create key"})
	require.NoError(t, err)
	_, err = db.LastDue(t.Context(), "p", noonOf(4))
	require.NoError(t, err)
	require.NoError(t, db.Enqueue(&record.Queued{ID: "q", Pipeline: "p", Job: json.RawMessage(`{}`), Asked: noonOf(1)}))

	file := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, db.Copy(t.Context(), file))
	copied, err := Open(file, Options{})
	require.NoError(t, err)
	defer copied.Close()
	filled, err := Open(testpostgres.Fresh(t), Options{})
	require.NoError(t, err)
	defer filled.Close()
	empty, err := filled.Empty(t.Context())
	require.NoError(t, err)
	assert.True(t, empty)
	require.NoError(t, filled.Fill(t.Context(), file))
	assert.ErrorContains(t, filled.Fill(t.Context(), file), "has a history already")
	for _, other := range []*DB{copied, filled} {
		for _, table := range tables {
			var here, there int
			require.NoError(t, db.read.QueryRow("select count(*) from "+table.name).Scan(&here))
			require.NoError(t, other.read.QueryRow("select count(*) from "+table.name).Scan(&there))
			if table.name != "version_metric" && table.name != "metric" && table.name != "warning" {
				assert.NotZero(t, here, table.name)
			}
			assert.Equal(t, here, there, table.name)
		}
		for _, same := range []func(*DB) (any, error){
			func(db *DB) (any, error) { return db.Runs(t.Context(), record.Filter{}) },
			func(db *DB) (any, error) { return db.Stages(t.Context(), r.ID) },
			func(db *DB) (any, error) { return db.Versions(t.Context(), "") },
			func(db *DB) (any, error) { return db.Trail(t.Context(), time.Time{}, 10) },
			func(db *DB) (any, error) { return db.Trials(t.Context(), "s") },
			func(db *DB) (any, error) { return db.Keys(t.Context()) },
		} {
			want, err := same(db)
			require.NoError(t, err)
			got, err := same(other)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		require.NoError(t, other.PutMove(&record.Move{Model: "m", Alias: "canary", To: 1}))
	}
	of, err := filled.read.Query("select name from sqlite_master where type = 'table'")
	if testpostgres.OnPostgres() {
		of, err = filled.read.Query("select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'")
	}
	require.NoError(t, err)
	names, err := collect(of, func(row scanner) (name string, err error) { return name, row.Scan(&name) })
	require.NoError(t, err)
	for _, name := range names {
		switch name {
		case "goose_db_version", "ledger_version", "sqlite_sequence", "process", "said", "batch":
			continue
		}
		known := false
		for _, table := range tables {
			known = known || table.name == name
		}
		assert.True(t, known, "%s is not carried", name)
	}
}

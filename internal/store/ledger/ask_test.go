package ledger

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

// askedLedger is a ledger with two runs, of which the second had nothing to do.
func askedLedger(t *testing.T) *DB {
	db, err := Open(testpostgres.Fresh(t), Options{Clock: func() time.Time { return time.Unix(1_600_000_000, 123e6) }})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	run := &record.Run{Pipeline: "p", Params: map[string]string{"seed": "7"}}
	require.NoError(t, db.StartRun(run))
	require.NoError(t, db.PutStages([]*record.Stage{{Run: run.ID, Name: "train/a", Kind: "train", Status: record.Succeeded,
		Metrics: []metrics.Value{{Name: "mae", Value: 2.5, Better: metrics.Lower}}}}))
	run.Status = record.Succeeded
	require.NoError(t, db.FinishRun(run))
	require.NoError(t, db.StartRun(&record.Run{Pipeline: "p", Status: record.Cached, SameAs: run.ID}))
	return db
}

// TestViews: every column of every view is documented, and every view can be
// asked of an empty ledger.
func TestViews(t *testing.T) {
	db, err := Open(testpostgres.Fresh(t), Options{ReadOnly: true})
	require.NoError(t, err)
	defer db.Close()
	for _, v := range Views() {
		assert.Regexp(t, `^A row for each .*\.$`, v.Doc, v.Name)
		answer, err := db.Ask(t.Context(), "select * from "+v.Name, cmp.Or(db.address, filepath.Join(t.TempDir(), "none.db")))
		require.NoError(t, err, v.Name)
		var documented []string
		for _, c := range v.Columns {
			documented = append(documented, c.Name)
			assert.NotEmpty(t, c.Doc)
		}
		assert.Equal(t, answer.Columns, documented, v.Name)
		assert.Empty(t, answer.Rows)
	}
}

func TestAsk(t *testing.T) {
	db := askedLedger(t)
	none := filepath.Join(t.TempDir(), "requests.db")
	queries := map[string]string{
		"select number, pipeline, status, started, params ->> 'seed' from runs order by number":     "[[1 p succeeded 2020-09-13T12:26:40.123Z 7] [2 p cached 2020-09-13T12:26:40.123Z <nil>]]",
		"select status from stages order by status":                                                 "[[cached] [succeeded]]",
		"select metric, value, level, better from metrics":                                          "[[mae 2.5 <nil> lower] [mae 2.5 <nil> lower]]",
		"with recursive c(x) as (select 1 union all select x+1 from c where x < 2) select x from c": "[[1] [2]]",
		"select sum(number), 1.5 from runs":                                                         "[[3 1.5]]",
		"select count(*) from requests":                                                             "[[0]]",
	}
	bytes := "select x'616263'"
	if testpostgres.OnPostgres() {
		bytes, none = `select '\x616263'::bytea`, db.address
	}
	queries[bytes] = "[[abc]]"
	for query, want := range queries {
		answer, err := db.Ask(t.Context(), query, none)
		require.NoError(t, err, query)
		assert.Equal(t, want, fmt.Sprint(answer.Rows), query)
	}
	assert.NoFileExists(t, filepath.Join(filepath.Dir(none), "requests.db"))
}

// TestAskOnlyReads: whatever is asked, the files stay as they are.
func TestAskOnlyReads(t *testing.T) {
	db := askedLedger(t)
	before, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	dir := t.TempDir()
	t.Chdir(dir)
	for _, query := range []string{
		"delete from run", "delete from runs", "insert into run select * from run", "update run set pipeline = 'x'", "drop table run", "drop view runs",
		"create table x (a)", "create temp table x (a)", "create temp trigger t instead of delete on runs begin select 1; end", "attach 'x.db' as x", "detach main",
		"pragma query_only = off", "pragma journal_mode = delete", "vacuum", "vacuum into 'x.db'", "begin immediate", "commit", "savepoint a", "reindex", "analyze",
		"select load_extension('x')", "select * from pragma_table_info('run')", "select 1; delete from run", "explain delete from run", "alter table run rename to x",
		"with x as (select 1) delete from run", "create virtual table x using fts5(a)",
	} {
		_, err := db.Ask(t.Context(), query, "")
		var told *diag.Error
		assert.ErrorAs(t, err, &told, query)
	}
	after, err := db.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	assert.Equal(t, before, after)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	require.NoError(t, db.StartRun(&record.Run{Pipeline: "p"}), "others still write")
}

func TestAskSaysWhatIsWrong(t *testing.T) {
	db := askedLedger(t)
	for query, want := range map[string]string{
		"select vlaue from metrics":     `did you mean "value"`,
		"select m.vlaue from metrics m": `there is no column vlaue`,
		"select * from metricz":         `did you mean "metrics"`,
		"select * from requests":        "requests are kept ",
		"selec 1":                       "syntax error",
		"":                              "that is no query",
		"-- nothing":                    "that is no query",
	} {
		_, err := db.Ask(t.Context(), query, "")
		assert.ErrorContains(t, err, want, query)
	}
	if testpostgres.OnPostgres() {
		return
	}
	damaged := filepath.Join(t.TempDir(), "requests.db")
	require.NoError(t, os.WriteFile(damaged, []byte("no database at all, but long enough to be read as one"), 0o666))
	_, err := db.Ask(t.Context(), "select 1", damaged)
	assert.ErrorContains(t, err, damaged)
}

// TestAskIsStopped: a query without end ends with its context.
func TestAskIsStopped(t *testing.T) {
	db := askedLedger(t)
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	_, err := db.Ask(ctx, "with recursive c(x) as (select 1 union all select x+1 from c) select count(*) from c", "")
	assert.ErrorIs(t, err, context.Canceled)
}

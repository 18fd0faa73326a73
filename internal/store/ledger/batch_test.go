package ledger

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

// A batch is taken by one process, which alone says how it stands, until it lets go of it,
// it ends, it dies, or the batch is removed.
func TestBatches(t *testing.T) {
	if !testpostgres.OnPostgres() {
		t.Skip("they are in PostgreSQL only")
	}
	db := open(t)
	for _, id := range []string{"b", "a"} {
		require.NoError(t, db.AddBatch(&record.Batch{ID: id, State: json.RawMessage(`{"rows":0}`), Place: "here"}))
	}
	get := func() *record.Batch {
		all, err := db.Batches(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, all)
		assert.Equal(t, "a", all[0].ID, "the oldest first")
		return all[0]
	}
	told := func(b *record.Batch) bool {
		mine, err := db.PutBatch(b)
		require.NoError(t, err)
		return mine
	}
	takes := func(b *record.Batch) bool {
		mine, err := db.TakeBatch(b)
		require.NoError(t, err)
		return mine
	}
	elsewhere := func(seen string) {
		_, err := db.write.Exec("update batch set host = 'elsewhere', pid = 7, process = 'x' where id = 'a'")
		require.NoError(t, err)
		_, err = db.write.Exec("insert into process values ('elsewhere', 7, 'x', now() - interval '" + seen + "') on conflict (host, pid, process) do update set seen = excluded.seen")
		require.NoError(t, err)
	}
	free := get()
	assert.False(t, told(free), "nobody took it")
	require.True(t, takes(free))
	assert.False(t, get().Taken, "by this process, which may go on with it")
	assert.True(t, told(&record.Batch{ID: "a", State: json.RawMessage(`{"rows":1}`)}))
	assert.JSONEq(t, `{"rows":1}`, string(get().State))

	elsewhere("1 second")
	assert.True(t, get().Taken)
	assert.False(t, told(free), "another has it")
	assert.False(t, takes(free), "another was first")
	elsewhere("2 minutes")
	silent := get()
	assert.False(t, silent.Taken, "who took it has been silent")
	require.True(t, takes(silent))
	require.NoError(t, db.FreeBatch("a"))
	assert.Zero(t, get().PID)

	require.True(t, takes(get()))
	assert.True(t, told(&record.Batch{ID: "a", State: json.RawMessage(`{}`), Ended: true}))
	assert.False(t, takes(get()), "it has ended")
	require.NoError(t, db.RemoveBatch("a"))
	assert.False(t, told(free), "it is gone")
	all, err := db.Batches(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

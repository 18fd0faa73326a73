package ledger

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/testdata/testpostgres"
)

// Each job of a queue is taken by one of those who look, in its order; it leaves the
// queue with its run, or when nobody has taken it; what a dead process took is free.
func TestQueue(t *testing.T) {
	path := testpostgres.Fresh(t)
	db, err := Open(path, Options{})
	require.NoError(t, err)
	defer db.Close()
	at := time.Date(2026, 11, 27, 6, 0, 0, 123456789, time.UTC)
	for i := range queueMost {
		require.NoError(t, db.Enqueue(&record.Queued{ID: fmt.Sprintf("id-%03d", i), Pipeline: "p", Job: json.RawMessage(`{"pipeline":"p"}`), Asked: at}))
	}
	assert.ErrorIs(t, db.Enqueue(&record.Queued{ID: "more", Job: json.RawMessage(`{}`), Asked: at}), record.ErrQueueFull)
	queue, err := db.Queue(t.Context())
	require.NoError(t, err)
	require.Len(t, queue, queueMost)
	assert.Equal(t, &record.Queued{ID: "id-000", Pipeline: "p", Job: json.RawMessage(`{"pipeline":"p"}`), Asked: at}, queue[0])

	var all sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]int{}
	for range 4 {
		other, err := Open(path, Options{})
		require.NoError(t, err)
		defer other.Close()
		all.Go(func() {
			for range 5 {
				if q, err := other.TakeQueued(t.Context()); assert.NoError(t, err) && q != nil {
					mu.Lock()
					taken[q.ID]++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	for id, times := range taken {
		assert.Equal(t, 1, times, id)
	}
	was := len(taken)
	queue, err = db.Queue(t.Context())
	require.NoError(t, err)
	for i, q := range queue {
		assert.Equal(t, i < was, q.Taken, "in their order")
	}
	removed, err := db.Dequeue("id-000")
	require.NoError(t, err)
	assert.False(t, removed, "it is being begun")
	require.NoError(t, db.StartRun(&record.Run{ID: "id-000", Pipeline: "p"}))
	removed, err = db.Dequeue("id-099")
	require.NoError(t, err)
	assert.True(t, removed)
	queue, err = db.Queue(t.Context())
	require.NoError(t, err)
	assert.Len(t, queue, queueMost-2)
	assert.Equal(t, "id-001", queue[0].ID)

	_, err = db.write.Exec("update queue set pid = 4194000, process = 'another-boot pid:[1] 1' where id = 'id-001'")
	require.NoError(t, err)
	q, err := db.TakeQueued(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "id-001", q.ID, "who took it is gone")
}

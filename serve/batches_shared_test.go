package serve

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/formats"
	"labbook/internal/data/record"
	"labbook/serve/batch"
)

// sharedRows are the rows of a ledger, for one process; see its tests for several.
type sharedRows struct {
	mu  sync.Mutex
	all []*record.Batch
}

func (r *sharedRows) change(id string, do func(*record.Batch)) (found bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.all {
		if b.ID == id {
			do(b)
			found = true
		}
	}
	return found, nil
}

func (r *sharedRows) AddBatch(b *record.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, b)
	return nil
}

func (r *sharedRows) Batches(context.Context) (all []*record.Batch, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.all {
		one := *b
		all = append(all, &one)
	}
	return all, nil
}

func (r *sharedRows) TakeBatch(b *record.Batch) (bool, error) {
	return r.change(b.ID, func(b *record.Batch) { b.PID = 1 })
}

func (r *sharedRows) PutBatch(to *record.Batch) (bool, error) {
	return r.change(to.ID, func(b *record.Batch) { b.State, b.Ended = to.State, to.Ended })
}

func (r *sharedRows) FreeBatch(id string) error {
	_, err := r.change(id, func(b *record.Batch) { b.PID = 0 })
	return err
}

func (r *sharedRows) RemoveBatch(id string) error {
	_, err := r.change(id, func(b *record.Batch) { b.ID = "" })
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.all[:0]
	for _, b := range r.all {
		if b.ID != "" {
			kept = append(kept, b)
		}
	}
	r.all = kept
	return err
}

// sharedFiles are files of a bucket.
type sharedFiles map[string][]byte

func (f sharedFiles) KeepFile(_ context.Context, of, digest string, _ int64, path string) error {
	data, err := os.ReadFile(path)
	f[of+digest] = data
	return err
}

func (f sharedFiles) BringFile(_ context.Context, of, digest string, to io.Writer) (bool, error) {
	data, ok := f[of+digest]
	_, err := io.Copy(to, bytes.NewReader(data))
	return ok, err
}

func (f sharedFiles) ForgetFile(_ context.Context, of, digest string) error {
	delete(f, of+digest)
	return nil
}

// With a database and no bucket a batch stays with the machine that took it: others tell
// how it stands, and where its result is.
func TestSharedBatchesWithoutABucket(t *testing.T) {
	shared := &batch.Shared{Rows: &sharedRows{}}
	l := batchLab(t, func(o *Options) { o.Shared = shared })
	id := l.sendBatch(csvStones(3))
	host, err := os.Hostname()
	require.NoError(t, err)
	here, store := l.server.options.Batches, l.server.batches.store
	other := *store
	other.Folder = t.TempDir()
	claim, err := other.Next()
	require.NoError(t, err)
	assert.Nil(t, claim, "it is not there")
	l.work()
	assert.Equal(t, 200, l.ask("GET", "/v1/stones/batches/"+id+"/result.parquet", "", withToken).Code)
	l.server.batches.store = &other
	w := l.ask("GET", "/v1/stones/batches/"+id, "", withToken)
	assert.Contains(t, w.Body.String(), `"done"`)
	w = l.ask("GET", "/v1/stones/batches/"+id+"/result.csv", "", withToken)
	assert.Equal(t, 409, w.Code)
	assert.Contains(t, w.Body.String(), "the machine that took the batch, "+host+", for the servers share a database and no cache")

	// Removed from elsewhere, its files go when they are seen to be nobody's.
	assert.Equal(t, 200, l.ask("DELETE", "/v1/stones/batches/"+id, "", withToken).Code)
	require.NoError(t, store.Tidy())
	assert.DirExists(t, filepath.Join(here, id), "it may be on its way in")
	require.NoError(t, os.Chtimes(filepath.Join(here, id), l.server.started.AddDate(-50, 0, 0), l.server.started.AddDate(-50, 0, 0)))
	require.NoError(t, store.Tidy())
	assert.NoDirExists(t, filepath.Join(here, id))
}

// What a bucket lost makes a batch fail, and a result be away: both are said.
func TestSharedBatchesAreLost(t *testing.T) {
	files := sharedFiles{}
	l := batchLab(t, func(o *Options) { o.Shared = &batch.Shared{Rows: &sharedRows{}, Files: files} })
	lost := l.sendBatch(csvStones(3))
	clear(files)
	id := l.sendBatch(csvStones(4))
	l.work()
	assert.Contains(t, l.ask("GET", "/v1/stones/batches/"+lost, "", withToken).Body.String(), "the file is no longer in the cache that the servers share; send it again")
	b, err := l.server.batches.store.Get(id)
	require.NoError(t, err)
	require.Equal(t, batch.Done, b.Status, b.Detail)
	require.Len(t, files, 1, "the result, and no more what was sent")
	l.server.batches.store.Folder = t.TempDir()
	from, err := l.server.batches.store.Open(b, formats.Lines)
	require.NoError(t, err, "it is brought")
	from.Close()
	clear(files)
	l.server.batches.store.Folder = t.TempDir()
	w := l.ask("GET", "/v1/stones/batches/"+id+"/result.csv", "", withToken)
	assert.Equal(t, 503, w.Code)
	assert.Contains(t, w.Body.String(), "cannot be brought from the cache that the servers share")
}

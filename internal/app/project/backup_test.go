package project

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/ledger"
	"labbook/internal/store/requests"
)

// TestRequestsAreRestored: what was asked while the backup was taken, and the lock
// on the cache, are in nobody's way.
func TestRequestsAreRestored(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	p, err := Open(from, ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	kept, err := requests.Open(t.Context(), filepath.Join(from, "runs", "requests.db"), requests.Options{})
	require.NoError(t, err)
	defer kept.Close()
	require.NoError(t, kept.Record(&requests.Request{ID: requests.NewID(time.Now()), Time: time.Now(), Method: "POST", Path: "/v1/x"}))

	file := filepath.Join(to, "kept.tar.zst")
	written, err := p.Backup(t.Context(), file, true, nil)
	require.NoError(t, err)
	assert.True(t, written.History.Requests)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.EqualValues(t, 0o600, info.Mode().Perm(), "what people asked is for nobody else to read")

	_, err = Restore(t.Context(), to, file, false, nil)
	require.NoError(t, err)
	back, err := requests.Open(t.Context(), filepath.Join(to, "runs", "requests.db"), requests.Options{})
	require.NoError(t, err)
	defer back.Close()
	found, err := back.Requests(t.Context(), requests.Filter{})
	require.NoError(t, err)
	assert.Len(t, found, 1)
}

package requests

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The log is made longer while requests are recorded, and none of them is lost to who opens
// the files as a process that was killed then would have left them.
func TestStretchedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "requests.db")
	s := open(t, path, Options{})
	require.NoError(t, s.Record(stone(0)))
	const clients, each = 4, 25
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				assert.NoError(t, s.Record(stone(1+c*each+i)))
			}
		})
	}
	require.NoError(t, s.stretch())
	all.Wait()
	log, err := os.ReadFile(path + "-wal")
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(log), longestLog*frameSize)

	require.NoError(t, s.Record(stone(1+clients*each)))
	left := filepath.Join(t.TempDir(), "left.db")
	for _, end := range []string{"-wal", ""} { // what is moved after the log was read is in both
		data, err := os.ReadFile(path + end)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(left+end, data, 0o666))
	}
	after := open(t, left, Options{})
	kept, _, err := after.Stored(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, clients*each+2, kept)
	found, err := after.Requests(t.Context(), Filter{Limit: 1000})
	require.NoError(t, err)
	assert.Len(t, found, clients*each+2)
	var ok string
	require.NoError(t, after.db.write.QueryRow("pragma integrity_check").Scan(&ok))
	assert.Equal(t, "ok", ok)
}

package cache

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who looks at a file that is not known is told before it is read, and only then.
func TestHashingIsTold(t *testing.T) {
	c, err := Open(t.TempDir())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "x.csv")
	require.NoError(t, os.WriteFile(path, []byte("bytes"), 0o666))
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, old, old))
	var told []int64
	look := func() {
		_, err := c.Memory().Look(context.Background(), "x.csv", path, func(size int64) { told = append(told, size) })
		require.NoError(t, err)
	}
	look()
	assert.Equal(t, []int64{5}, told)
	look()
	settled := len(told)
	assert.LessOrEqual(t, settled, 2, "a file that changed a moment ago is hashed again")
	require.NoError(t, os.WriteFile(path, []byte("others"), 0o666))
	look()
	assert.Equal(t, int64(6), told[len(told)-1])
	assert.Len(t, told, settled+1)
}

package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two stages that made the same bytes at once failed one another, and one's
// blob was deleted by the other.
func TestTheSameBytesAtOnce(t *testing.T) {
	c := open(t, t.TempDir())
	l := lease(t, c, "1")
	for round := range 100 {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				room, err := l.Room()
				if !assert.NoError(t, err) {
					return
				}
				assert.NoError(t, os.WriteFile(filepath.Join(room.Out, "o"), fmt.Append(nil, "same ", round), 0o666))
				tree, err := c.Ingest(t.Context(), l, room.Out, nil, false)
				if assert.NoError(t, err) {
					assert.NoError(t, c.Prove(tree.Files[0].Digest, tree.Files[0].Size))
				}
			})
		}
		all.Wait()
	}
}

// A run could not begin while another, which also began, swept after the dead.
func TestManyBeginAtOnce(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			c, err := Open(dir)
			if !assert.NoError(t, err) {
				return
			}
			for k := range 10 {
				l, err := c.Lease(t.Context(), fmt.Sprintf("run-%d-%d", i, k))
				if assert.NoError(t, err) {
					_, err = l.Room()
					assert.NoError(t, err)
					assert.NoError(t, l.Close())
				}
			}
		})
	}
	all.Wait()
}

// Two who wrote one file at once, such as the page of a pipeline, took the half
// written file of the other for theirs.
func TestOneFileWrittenByMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 50 {
				assert.NoError(t, WriteFile(path, bytes.Repeat([]byte{byte(i)}, 100_000)))
			}
		})
	}
	all.Wait()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, bytes.Repeat(data[:1], 100_000), data)
	left, err := filepath.Glob(path + ".*")
	require.NoError(t, err)
	assert.Empty(t, left)
}

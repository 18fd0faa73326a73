package bucket

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata/tests3"
	"labbook/runner/cache"
)

// A file of a batch is brought with its bytes or not at all, and goes when it is forgotten,
// or as old as records may get.
func TestFiles(t *testing.T) {
	b := start(t)
	keep := keeper(t, b)
	path := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(path, []byte("a,b\n"), 0o600))
	digest := cache.DigestOf([]byte("a,b\n"))
	bring := func(of string) (string, bool) {
		var to bytes.Buffer
		there, err := keep.BringFile(t.Context(), of, digest, &to)
		require.NoError(t, err)
		return to.String(), there
	}
	for _, of := range []string{"one", "two"} {
		require.NoError(t, keep.KeepFile(t.Context(), of, digest, 4, path))
	}
	text, there := bring("one")
	require.True(t, there)
	assert.Equal(t, "a,b\n", text)
	_, there = bring("none")
	assert.False(t, there)
	require.NoError(t, keep.ForgetFile(t.Context(), "one", digest))
	require.NoError(t, keep.ForgetFile(t.Context(), "one", digest))
	_, there = bring("one")
	assert.False(t, there)

	name := keep.remote.file("two", digest)
	_, err := keep.Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	require.Equal(t, []string{name}, b.Names("some/where/batches/"))
	b.Change(name, func(o tests3.Object) tests3.Object { o.Data = []byte("a,c\n"); return o })
	_, there = bring("two")
	assert.False(t, there)
	older(b, 40, name)
	_, err = keep.Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	assert.Empty(t, b.Names("some/where/batches/"))
}

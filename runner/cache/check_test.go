package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rot changes a byte of a blob below the file system, as far as the memory can
// tell: its Stat is what it was when the blob was proved.
func rot(t testing.TB, c *Cache, digest string) {
	path := c.Path(digest)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[0] ^= 1
	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, os.WriteFile(path, data, 0o644))
	now, err := StatFile(path)
	require.NoError(t, err)
	known, _ := c.memory.lookup(digest)
	known.Stat, known.Settled = now, true
	c.memory.remember(digest, known)
	require.NoError(t, c.Prove(digest, now.Size), "nobody would notice")
}

// checkable is a cache with two results, saved and opened again.
func checkable(t testing.TB) (c *Cache, a, b *Record) {
	dir := t.TempDir()
	c = open(t, dir)
	l := lease(t, c, "1")
	a = keep(t, c, l, "a", map[string]string{"model.json": "abc"})
	b = keep(t, c, l, "b", map[string]string{"table": "def"})
	require.NoError(t, l.Close())
	require.NoError(t, c.Save())
	return open(t, dir), a, b
}

func TestCheckOfWhatIsSound(t *testing.T) {
	c, a, b := checkable(t)
	var last, total int64
	found, err := c.Check(t.Context(), CheckOptions{Progress: func(d, n int64) { last, total = d, n }})
	require.NoError(t, err)
	assert.Equal(t, 2, found.Records)
	assert.Equal(t, len(a.Blobs())+len(b.Blobs()), found.Blobs)
	assert.Empty(t, found.Damaged)
	assert.Equal(t, found.Bytes, last)
	assert.Equal(t, total, last)
	assert.NoFileExists(t, c.roundFile())
}

func TestCheckFindsRotThatNobodyNotices(t *testing.T) {
	c, a, b := checkable(t)
	rot(t, c, a.Files[0].Digest)
	found, err := c.Check(t.Context(), CheckOptions{})
	require.NoError(t, err)
	require.Len(t, found.Damaged, 1)
	assert.Equal(t, Damage{Digest: a.Files[0].Digest, Of: "output model.json of a stage of kind ", Why: "its bytes changed", Mended: true}, found.Damaged[0])

	c = open(t, c.dir) // by another process: a miss, and the other result stands
	r, err := c.Get("a")
	require.NoError(t, err)
	_, err = c.Fetch(t.Context(), r)
	assert.ErrorIs(t, err, ErrLost)
	_, err = c.Fetch(t.Context(), b)
	assert.NoError(t, err)
}

func TestCheckKeepsWhatOnlyAModelNeeds(t *testing.T) {
	c, a, _ := checkable(t)
	model := a.Files[0].Digest
	entries, _, err := c.entries()
	require.NoError(t, err)
	for _, e := range entries { // garbage collection took the records
		for _, file := range e.files {
			require.NoError(t, os.Remove(file))
		}
	}
	rot(t, c, model)
	missing := DigestOf([]byte("never kept"))
	found, err := c.Check(t.Context(), CheckOptions{Pinned: map[string]string{model: "m@2", missing: "m@3"}})
	require.NoError(t, err)
	assert.Equal(t, []Damage{
		{Digest: model, Of: "m@2", Why: "its bytes changed", Model: "m@2"},
		{Digest: missing, Of: "m@3", Why: "it is gone", Model: "m@3"},
	}, found.Damaged)
	assert.FileExists(t, c.Path(model))
	assert.ErrorIs(t, c.Prove(model, 3), ErrLost, "it is noticed from now on")
}

func TestCheckTakesDamagedRecordsAway(t *testing.T) {
	c, _, b := checkable(t)
	entries, _, err := c.entries()
	require.NoError(t, err)
	for _, e := range entries {
		if r, _ := readEntry(e); r.Key == "a" {
			text, err := os.ReadFile(e.files[1])
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(e.files[1], []byte(strings.Replace(string(text), "model.json", "model.jsan", 1)), 0o666))
		}
	}
	found, err := c.Check(t.Context(), CheckOptions{})
	require.NoError(t, err)
	require.Len(t, found.Damaged, 1)
	assert.Equal(t, "its bytes changed", found.Damaged[0].Why)
	_, err = c.Get("a")
	assert.ErrorIs(t, err, ErrNoRecord)
	_, err = c.Get(b.Key)
	assert.NoError(t, err)
}

// A check that is stopped tells later ones what it had found, and does not read
// that part again.
func TestCheckGoesOn(t *testing.T) {
	c, a, b := checkable(t)
	digests := append(a.Blobs(), b.Blobs()...)
	first := digests[0].Digest
	for _, ref := range digests {
		first = min(first, ref.Digest)
	}
	rot(t, c, first)
	ctx, stop := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	_, err := c.Check(ctx, CheckOptions{Progress: func(done, _ int64) {
		if done > 0 {
			stop(enough)
		}
	}})
	require.ErrorIs(t, err, enough)
	require.FileExists(t, c.roundFile())

	found, err := open(t, c.dir).Check(t.Context(), CheckOptions{})
	require.NoError(t, err)
	assert.False(t, found.Resumed.IsZero())
	assert.Equal(t, len(digests), found.Blobs, "of both sittings together")
	require.Len(t, found.Damaged, 1)
	assert.Equal(t, first, found.Damaged[0].Digest)
	assert.NoFileExists(t, filepath.Join(c.dir, "checking"))
}

package bucket

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata/tests3"
	"labbook/runner/cache"
)

// What a registry needs is sent once, stays whatever its age until it is dropped, and is
// brought to where it is not; a tree that is not whole, here or there, is nobody's.
func TestRoots(t *testing.T) {
	b := start(t)
	m := at(t, b)
	keep := keeper(t, b)
	r := m.made("key a", "model")
	other := m.made("key b", "gone")
	require.NoError(t, os.Remove(m.Path(other.Files[0].Digest)))
	require.NoError(t, keep.Publish(t.Context(), m.Cache, []string{r.Tree, other.Tree, cache.DigestOf([]byte("of another machine"))}))
	require.Len(t, b.Names("some/where/roots/"), 1)
	b.Requests()
	require.NoError(t, keep.Publish(t.Context(), m.Cache, []string{r.Tree}))
	assert.Empty(t, b.Requests(), "it is known to be there")

	older(b, 400, b.Names("")...)
	got, err := keep.Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	assert.Zero(t, got.Blobs)
	here := at(t, b)
	require.NoError(t, keep.Bring(t.Context(), here.Cache, here.lease, r.Tree))
	tree, err := here.Cache.Tree(r.Tree)
	require.NoError(t, err)
	for _, ref := range tree.Refs() {
		assert.NoError(t, here.Cache.Prove(ref.Digest, ref.Size))
	}
	assert.ErrorIs(t, keep.Bring(t.Context(), here.Cache, here.lease, other.Tree), ErrLost)

	// Other bytes than a name says are nobody's model, and a bucket that fails says nothing
	// of what it has.
	file := m.remote.object(tree.Files[0].Digest)
	b.Change(file, func(o tests3.Object) tests3.Object { o.Data = []byte("x"); return o })
	third := at(t, b)
	assert.ErrorIs(t, keep.Bring(t.Context(), third.Cache, third.lease, r.Tree), ErrLost)
	b.Fail(func(w http.ResponseWriter, _ *http.Request) bool {
		tests3.Refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	})
	err = keep.Bring(t.Context(), third.Cache, third.lease, r.Tree)
	assert.ErrorContains(t, err, "AccessDenied")
	assert.NotErrorIs(t, err, ErrLost)
	assert.ErrorContains(t, keep.Publish(t.Context(), third.Cache, []string{third.made("key c", "new").Tree}), "AccessDenied")
	b.Fail(nil)

	require.NoError(t, keep.Drop(t.Context(), []string{r.Tree, r.Tree}))
	got, err = keep.Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	assert.Equal(t, len(tree.Refs()), got.Blobs)
	assert.Empty(t, b.Names(""))
}

// The page of a run is the last that was put, and goes with age.
func TestPages(t *testing.T) {
	b := start(t)
	keep := keeper(t, b)
	page, err := keep.Page(t.Context(), "run")
	require.NoError(t, err)
	assert.Nil(t, page)
	for _, text := range []string{"first", "second"} {
		require.NoError(t, keep.PutPage(t.Context(), "run", []byte(text)))
		page, err = keep.Page(t.Context(), "run")
		require.NoError(t, err)
		assert.Equal(t, text, string(page))
	}
	_, err = keep.Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	require.Len(t, b.Names(""), 1)
	older(b, 31, b.Names("")...)
	_, err = keep.Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	assert.Empty(t, b.Names(""))
}

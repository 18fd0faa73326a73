package bucket

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata/tests3"
	"labbook/runner/cache"
)

// keeper gives the bucket for who keeps it.
func keeper(t *testing.T, b *tests3.Bucket) *Bucket {
	a, err := ParseAddress("lab", "s3://team/some/where?endpoint="+b.URL)
	require.NoError(t, err)
	return &Bucket{newRemote(a, 300*time.Millisecond)}
}

// older makes objects older by days.
func older(b *tests3.Bucket, days int, names ...string) {
	for _, name := range names {
		b.Change(name, func(o tests3.Object) tests3.Object { o.Modified = o.Modified.AddDate(0, 0, -days); return o })
	}
}

// Who begins with a bucket is told what is wrong with it.
func TestReach(t *testing.T) {
	b := start(t)
	assert.NoError(t, keeper(t, b).Reach(t.Context()))
	b.Fail(refuse("GET", "", 404, "NoSuchBucket"))
	assert.ErrorContains(t, keeper(t, b).Reach(t.Context()), "lab's cache has no bucket")
	b.Fail(refuse("GET", "", 403, "SignatureDoesNotMatch"))
	assert.ErrorContains(t, keeper(t, b).Reach(t.Context()), "lab's cache says: SignatureDoesNotMatch")
	b.Close()
	assert.ErrorContains(t, keeper(t, b).Reach(t.Context()), "lab's cache cannot be reached")
}

// What nobody wanted for so long goes, with the blobs that nothing else names; blobs
// of others, young ones, and what is none of ours stay.
func TestCollect(t *testing.T) {
	b := start(t)
	m := at(t, b)
	m.add("key a", "one")
	m.Flush(t.Context())
	a := b.Names("some/where/index/")
	m.add("key b", "two")
	shared := m.made("key c", "one") // the blobs of a, under another key
	require.NoError(t, m.Add(shared))
	m.Flush(t.Context())
	older(b, 40, b.Names("")...)
	c := m.remote.index("key c")
	older(b, -40, c)
	m.add("key d", "three")
	m.Flush(t.Context())
	older(b, 40, m.remote.index("key d")) // its blobs are of today
	for _, name := range []string{"some/where/README", "some/where/objects/ab/x", "other/index/ab/abcd"} {
		b.Change(name, func(tests3.Object) tests3.Object { return tests3.Object{Data: []byte("x"), Modified: time.Unix(1, 0)} })
	}
	before := b.Names("")

	dry, err := keeper(t, b).Collect(t.Context(), 30*24*time.Hour, true)
	require.NoError(t, err)
	assert.Equal(t, before, b.Names(""))
	got, err := keeper(t, b).Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	assert.Equal(t, dry, got)
	assert.Equal(t, 3, got.Records)
	assert.Equal(t, 2, got.Blobs, "the text and the list of files of key b")
	assert.Greater(t, got.Before, got.After)
	left := b.Names("")
	assert.NotContains(t, left, a[0])
	assert.Contains(t, left, "some/where/README")
	assert.Contains(t, left, "some/where/objects/ab/x")
	assert.Contains(t, left, "other/index/ab/abcd")
	assert.Len(t, left, len(before)-5)
	fresh := at(t, b)
	assert.Equal(t, "one", fresh.gives("key c"))
	assert.Equal(t, "miss: never run before", fresh.gives("key b"))
}

// A record that comes while garbage is collected keeps its blobs.
func TestCollectBesideARun(t *testing.T) {
	b := start(t)
	m := at(t, b)
	m.add("key a", "one")
	m.Flush(t.Context())
	older(b, 40, b.Names("")...)
	r, err := m.Cache.Get("key a")
	require.NoError(t, err)
	r.Key = "key late"
	lists := 0
	b.Fail(func(_ http.ResponseWriter, q *http.Request) bool {
		if q.URL.Query().Get("prefix") == "some/where/objects/" {
			lists++
			require.True(t, m.sendRecord(r))
		}
		return false
	})
	got, err := keeper(t, b).Collect(t.Context(), 30*24*time.Hour, false)
	require.NoError(t, err)
	assert.Equal(t, 1, lists)
	assert.Equal(t, 1, got.Records)
	assert.Zero(t, got.Blobs)
	assert.Equal(t, "one", at(t, b).gives("key late"))
}

// What is damaged is found and taken away, with the records that rest on it.
func TestCheck(t *testing.T) {
	b := start(t)
	m := at(t, b)
	for _, key := range []string{"key a", "key b", "key c"} {
		m.add(key, "text of "+key)
	}
	m.Flush(t.Context())
	none := func(int64, int64) {}
	found, err := keeper(t, b).Check(t.Context(), none)
	require.NoError(t, err)
	assert.Equal(t, &cache.Checked{Records: 3, Blobs: 6, Bytes: found.Bytes, Damaged: []cache.Damage{}}, found)

	blob := m.remote.object(m.made("key a", "text of key a").Files[0].Digest)
	b.Change(blob, func(o tests3.Object) tests3.Object { o.Data[0] = 'T'; return o })
	b.Change(m.remote.index("key b"), func(o tests3.Object) tests3.Object { o.Data = o.Data[1:]; return o })
	found, err = keeper(t, b).Check(t.Context(), none)
	require.NoError(t, err)
	var why []string
	for _, d := range found.Damaged {
		assert.True(t, d.Mended)
		assert.True(t, cache.IsDigest(d.Digest), d.Digest)
		why = append(why, d.Of+": "+strings.Split(d.Why, ":")[0])
	}
	slices.Sort(why)
	require.Len(t, why, 3)
	assert.Equal(t, "a blob of lab's cache: its bytes changed", why[0])
	assert.Regexp(t, "^a record of lab's cache, of a stage of kind k: [0-9a-f]{8,12} that it names is not there$", why[1])
	assert.Equal(t, "a record of lab's cache: wrong bytes", why[2])

	found, err = keeper(t, b).Check(t.Context(), none)
	require.NoError(t, err)
	assert.Empty(t, found.Damaged)
	assert.Equal(t, 1, found.Records)
	m.add("key a", "text of key a")
	m.Flush(t.Context())
	assert.Equal(t, "text of key a", at(t, b).gives("key a"))
}

// Who keeps a bucket is told what is wrong with it.
func TestKeepersAreTold(t *testing.T) {
	b := start(t)
	b.Fail(silent)
	_, err := keeper(t, b).Collect(t.Context(), time.Hour, true)
	assert.ErrorContains(t, err, "lab's cache does not answer")
	b.Fail(refuse("GET", "", 403, "AccessDenied"))
	_, err = keeper(t, b).Check(t.Context(), func(int64, int64) {})
	assert.ErrorContains(t, err, "lab's cache says: AccessDenied")
}

package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/testdata/tests3"
	"labbook/runner/cache"
)

func TestMain(m *testing.M) {
	minio.DefaultRetryUnit, minio.DefaultRetryCap = time.Millisecond, time.Millisecond
	os.Setenv("AWS_ACCESS_KEY_ID", tests3.User)
	os.Setenv("AWS_SECRET_ACCESS_KEY", tests3.Password)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	os.Exit(m.Run())
}

// machine is a machine with a cache of its own, and what it was told.
type machine struct {
	*Store
	t     *testing.T
	lease *cache.Lease
	mu    sync.Mutex
	said  []string
}

// at gives a new machine beside a bucket.
func at(t *testing.T, b *tests3.Bucket, change ...func(*Options)) *machine {
	c, err := cache.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { c.Save() }) // what makes folders beside ends before they go
	m := &machine{t: t}
	m.with(c, b.URL, change...)
	return m
}

// with opens the store of a cache anew, as the next run does.
func (m *machine) with(c *cache.Cache, url string, change ...func(*Options)) {
	a, err := ParseAddress("lab", "s3://team/some/where?endpoint="+url)
	require.NoError(m.t, err)
	if m.lease != nil {
		require.NoError(m.t, m.lease.Close())
	}
	m.lease, err = c.Lease(m.t.Context(), "run")
	require.NoError(m.t, err)
	o := Options{Lease: m.lease, Tell: func(key string, f notebook.Finding) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.said = append(m.said, strings.TrimSpace(fmt.Sprint(f.Level, ": ", key, " ", f.Text)))
	}}
	for _, f := range change {
		f(&o)
	}
	m.Store = open(m.t.Context(), newRemote(a, 300*time.Millisecond), c, o)
	m.t.Cleanup(func() { m.Flush(m.t.Context()) })
}

// made makes the result of a key, of that text.
func (m *machine) made(key, text string) *cache.Record {
	digest, err := m.Put(m.lease, []byte(text), false)
	require.NoError(m.t, err)
	files := []cache.File{{Name: "out.txt", Size: int64(len(text)), Digest: digest}}
	tree, err := m.Put(m.lease, cache.EncodeTree(files), false)
	require.NoError(m.t, err)
	return &cache.Record{Key: key, Kind: "k", Tree: tree, Files: files, Run: "run-of-" + text, Made: time.Unix(1, 0).UTC()}
}

// add adds such a result, as a run that made it.
func (m *machine) add(key, text string) {
	require.NoError(m.t, m.Add(m.made(key, text)))
}

// gives gives what a run would take for a key: the text, or the reason of a miss.
func (m *machine) gives(key string) string {
	r, err := m.Get(key)
	if err == nil {
		_, err = m.Fetch(m.t.Context(), r)
	}
	if err != nil {
		return "miss: " + err.Error()
	}
	if m.o.Lease == nil {
		return "there, from " + r.From
	}
	data, err := os.ReadFile(m.Path(r.Files[0].Digest))
	require.NoError(m.t, err)
	return string(data)
}

func start(t *testing.T) *tests3.Bucket {
	b := tests3.Start()
	t.Cleanup(b.Close)
	return b
}

// Two machines: what one made the other takes, and the bucket has the layout of the
// local cache.
func TestOneMakesTheOtherTakes(t *testing.T) {
	b := start(t)
	first, second := at(t, b), at(t, b)
	first.add("key a", "one")
	first.Flush(t.Context())
	assert.Empty(t, first.said)
	r, err := first.Cache.Get("key a")
	require.NoError(t, err)
	id := cache.DigestOf([]byte("key a"))
	assert.Equal(t, []string{"some/where/index/" + id[:2] + "/" + id}, b.Names("some/where/index/"))
	for _, ref := range r.Blobs() {
		assert.Contains(t, b.Names("some/where/objects/"), "some/where/objects/"+ref.Digest[:2]+"/"+ref.Digest[2:])
	}

	assert.Equal(t, "one", second.gives("key a"))
	got, err := second.Cache.Get("key a")
	require.NoError(t, err, "it is kept here")
	assert.Empty(t, got.Differences(r))
	b.Requests()
	assert.Equal(t, "one", second.gives("key a"))
	second.Flush(t.Context())
	assert.Empty(t, b.Requests(), "what was seen there lately is not asked for again")
	assert.Equal(t, "miss: never run before", second.gives("key b"))
	assert.Empty(t, second.said)
}

// What was made without the bucket is sent by a run that has it, also where all is
// unchanged.
func TestLaterRunsSend(t *testing.T) {
	b := start(t)
	m := at(t, b, func(o *Options) { o.Offline = true })
	m.add("key a", "one")
	assert.Equal(t, "one", m.gives("key a"))
	assert.Equal(t, "miss: never run before", m.gives("key b"))
	m.Flush(t.Context())
	assert.Empty(t, b.Requests())
	assert.Equal(t, []string{"info:  1 result was not sent to lab's cache; the next run with it sends what it lacks"}, m.said)
	m.with(m.Cache, b.URL)
	assert.Equal(t, "one", m.gives("key a"))
	m.Flush(t.Context())
	assert.Equal(t, "one", at(t, b).gives("key a"))
}

// Without a lease nothing is brought, sent or written.
func TestLooking(t *testing.T) {
	b := start(t)
	m := at(t, b)
	m.add("key a", "one")
	m.Flush(t.Context())
	looks := at(t, b)
	looks.with(cache.Look(looks.Dir()), b.URL, func(o *Options) { o.Lease = nil })
	assert.Equal(t, "there, from lab", looks.gives("key a"))
	assert.NoFileExists(t, looks.Path(m.made("key a", "one").Files[0].Digest))
	_, err := looks.Cache.Get("key a")
	assert.Error(t, err)
}

// Of two results of a key the first stands, and the other is reported; equal ones are
// one, whoever made them.
func TestTheFirstRecordStands(t *testing.T) {
	b := start(t)
	first, same, other := at(t, b), at(t, b), at(t, b)
	first.add("key a", "one")
	first.Flush(t.Context())
	again := same.made("key a", "one")
	again.Run, again.Took = "another", time.Hour
	require.NoError(t, same.Add(again))
	same.Flush(t.Context())
	assert.Empty(t, same.said)
	other.add("key a", "two")
	other.Flush(t.Context())
	require.Len(t, other.said, 1)
	assert.Regexp(t, `^warning: key a not reproducible: made again, out.txt differed from what run run-of-one left in lab's cache, which stays there \([0-9a-f]{12}, here [0-9a-f]{12}\)$`, other.said[0])
	assert.Equal(t, "two", other.gives("key a"), "here it is what was made here")
	assert.Equal(t, "one", at(t, b).gives("key a"))
}

// refuse answers requests of a method, whose name has a part, in that way.
func refuse(method, part string, status int, code string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(method, r.Method) || !strings.Contains(r.URL.Path, part) {
			return false
		}
		tests3.Refuse(w, status, code)
		return true
	}
}

// silent does not answer until whoever asks has gone, which is seen once all was read.
func silent(_ http.ResponseWriter, r *http.Request) bool {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
	return true
}

// cut answers with the first byte of what was asked for, and says there is more.
func cut(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/objects/") {
		return false
	}
	w.Header().Set("Content-Length", "1000000")
	w.Header().Set("ETag", `"x"`)
	w.Header().Set("Last-Modified", "Sat, 28 Nov 2026 00:00:00 GMT")
	w.Write(make([]byte, 1))
	return true
}

// A bucket that fails in whatever way makes no run fail: what it has cannot be had,
// what is made stays here, and each is said once.
func TestBucketsThatFail(t *testing.T) {
	const goesOn, notSent = "labbook goes on, and asks it nothing more", "info:  2 results were not sent to lab's cache; the next run with it sends what it lacks"
	for _, test := range []struct {
		name  string
		fail  func(http.ResponseWriter, *http.Request) bool
		gives string // of a key that it has
		says  []string
	}{
		{"silent", silent, "miss: never run before", []string{"lab's cache does not answer: nothing came from it within .*" + goesOn, notSent}},
		{"forbidden", refuse("GET HEAD PUT", "", 403, "AccessDenied"), "miss: never run before",
			[]string{"lab's cache says: AccessDenied AccessDenied, says the test; whose credentials .*" + goesOn, notSent}},
		{"no such bucket", refuse("GET HEAD PUT", "", 404, "NoSuchBucket"), "miss: never run before",
			[]string{`lab's cache has no bucket: there is no "team" at 127.0.0.1:\d+; make it, or correct farm.yaml. ` + goesOn, notSent}},
		{"down", refuse("GET HEAD PUT", "", 503, "SlowDown"), "miss: never run before", []string{"SlowDown.*" + goesOn, notSent}},
		{"only to be read", refuse("PUT", "", 403, "AccessDenied"), "one", []string{"AccessDenied.*labbook goes on, and sends it nothing more", notSent}},
		{"full", refuse("PUT", "", 507, "InsufficientStorage"), "one", []string{"InsufficientStorage.*sends it nothing more", notSent}},
		{"full for records only", refuse("PUT", "/index/", 507, "InsufficientStorage"), "one", []string{"InsufficientStorage.*sends it nothing more", notSent}},
		{"blobs out of reach", refuse("GET", "/objects/", 500, "InternalError"), `miss: [0-9a-f]{12} could not be had from lab's cache`, []string{"InternalError.*" + goesOn, notSent}},
		{"bodies cut", cut, `miss: [0-9a-f]{12} could not be had from lab's cache`, []string{"cannot be reached: unexpected EOF.*" + goesOn, notSent}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := start(t)
			there := at(t, b)
			there.add("key a", "one")
			there.Flush(t.Context())
			b.Fail(test.fail)
			m := at(t, b)
			assert.Regexp(t, "^"+test.gives+"$", m.gives("key a"))
			m.add("key b", "two")
			m.add("key c", "three")
			assert.Equal(t, "two", m.gives("key b"))
			m.Flush(t.Context())
			require.Len(t, m.said, len(test.says), "%q", m.said)
			for i, want := range test.says {
				assert.Regexp(t, want, m.said[i])
			}

			b.Fail(nil)
			m.with(m.Cache, b.URL)
			assert.Equal(t, "one", m.gives("key a"))
			assert.Equal(t, "two", m.gives("key b"))
			assert.Equal(t, "three", m.gives("key c"))
			m.Flush(t.Context())
			assert.Equal(t, "three", at(t, b).gives("key c"), "the next run sent it")
		})
	}
}

// One that nobody listens at is found out soon.
func TestNobodyListens(t *testing.T) {
	b := tests3.Start()
	b.Close()
	m := at(t, b)
	assert.Equal(t, "miss: never run before", m.gives("key a"))
	m.add("key b", "two")
	m.Flush(t.Context())
	require.Len(t, m.said, 2)
	assert.Regexp(t, `^warning:  lab's cache cannot be reached: .*connection refused; it is s3://team/some/where at 127.0.0.1:\d+; is that right`, m.said[0])
}

// No credentials: that is said in words that help.
func TestNoCredentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
	t.Setenv("AWS_CONFIG_FILE", "/nowhere")
	m := at(t, start(t))
	assert.Equal(t, "miss: never run before", m.gives("key a"))
	require.Len(t, m.said, 1)
	assert.Contains(t, m.said[0], "lab's cache refuses access, and no credentials were found; set AWS_ACCESS_KEY_ID")
}

// A body that is cut once is asked for again.
func TestABodyIsAskedForAgain(t *testing.T) {
	b := start(t)
	there := at(t, b)
	there.add("key a", "one")
	there.Flush(t.Context())
	var once sync.Once
	b.Fail(func(w http.ResponseWriter, r *http.Request) (done bool) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/objects/") {
			once.Do(func() { done = cut(w, r) })
		}
		return done
	})
	m := at(t, b)
	assert.Equal(t, "one", m.gives("key a"))
	assert.Empty(t, m.said)
}

// The bucket goes between the record and its bytes, and while results are sent.
func TestGoneInTheMiddle(t *testing.T) {
	b := start(t)
	there := at(t, b)
	there.add("key a", "one")
	there.Flush(t.Context())
	m := at(t, b)
	r, err := m.Get("key a")
	require.NoError(t, err)
	b.CloseClientConnections()
	b.Close()
	_, err = m.Fetch(t.Context(), r)
	assert.ErrorContains(t, err, "could not be had from lab's cache")
	m.add("key a", "one")
	m.Flush(t.Context())
	assert.Len(t, m.said, 2, "%q", m.said)
}

// What the bucket has and is not what it should be is a miss, and made whole by who
// makes it again.
func TestDamageInTheBucket(t *testing.T) {
	for _, test := range []struct {
		name, folder string
		change       func(tests3.Object) tests3.Object
		gives        string
	}{
		{"blob of other bytes", "objects", func(o tests3.Object) tests3.Object { o.Data = []byte(strings.ToUpper(string(o.Data))); return o }, "[0-9a-f]{12} is damaged in lab's cache"},
		{"blob cut short", "objects", func(o tests3.Object) tests3.Object { o.Data = o.Data[:2]; return o }, "[0-9a-f]{12} is damaged in lab's cache"},
		{"blob gone", "objects", func(o tests3.Object) tests3.Object { o.Data = nil; return o }, "[0-9a-f]{12} is gone from lab's cache"},
		{"record that does not read", "index", func(o tests3.Object) tests3.Object { o.Data = o.Data[:10]; return o }, "lab's cache has a damaged record of it: .*"},
		{"record of another key", "index", func(o tests3.Object) tests3.Object {
			o.Data = []byte(strings.Replace(string(o.Data), "key a", "key b", 1))
			return o
		}, "lab's cache has a damaged record of it: .*its record is of another key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := start(t)
			there := at(t, b)
			there.add("key a", "one")
			there.Flush(t.Context())
			for _, name := range b.Names("some/where/" + test.folder + "/") {
				b.Change(name, test.change)
			}
			m := at(t, b)
			assert.Regexp(t, "^miss: "+test.gives+"$", m.gives("key a"))
			m.add("key a", "one")
			m.Flush(t.Context())
			assert.Empty(t, m.said)
			assert.Equal(t, "one", at(t, b).gives("key a"), "it is whole again")
		})
	}
}

// A record whose bytes are lost gives way to another result of its key.
func TestALostResultIsReplaced(t *testing.T) {
	b := start(t)
	there := at(t, b)
	there.add("key a", "one")
	there.Flush(t.Context())
	for _, name := range b.Names("some/where/objects/") {
		b.Change(name, func(tests3.Object) tests3.Object { return tests3.Object{} })
	}
	m := at(t, b)
	m.add("key a", "two")
	m.Flush(t.Context())
	assert.Empty(t, m.said)
	assert.Equal(t, "two", at(t, b).gives("key a"))
}

// What rotted here is brought from there instead of being made again.
func TestTheBucketMendsTheCache(t *testing.T) {
	b := start(t)
	m := at(t, b)
	m.add("key a", "one")
	m.Flush(t.Context())
	require.NoError(t, os.Remove(m.Path(m.made("key a", "one").Files[0].Digest)))
	assert.Equal(t, "one", m.gives("key a"))
	assert.Empty(t, m.said)
}

// An interrupted run stops sending at once, and says what was not sent.
func TestInterrupted(t *testing.T) {
	b := start(t)
	m := at(t, b)
	ctx, stop := context.WithCancelCause(t.Context())
	m.ctx = ctx
	b.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		stop(errors.New("interrupted"))
		return silent(w, r)
	})
	m.add("key a", "one")
	m.Flush(ctx)
	assert.Equal(t, []string{"info:  1 result was not sent to lab's cache; the next run with it sends what it lacks"}, m.said)
}

// A record that was not wanted for long is written anew by who takes it.
func TestWhoTakesRenews(t *testing.T) {
	b := start(t)
	there := at(t, b)
	there.add("key a", "one")
	there.Flush(t.Context())
	name := b.Names("some/where/index/")[0]
	old := time.Now().Add(-3 * fresh)
	b.Change(name, func(o tests3.Object) tests3.Object { o.Modified = old; return o })
	m := at(t, b)
	assert.Equal(t, "one", m.gives("key a"))
	m.Flush(t.Context())
	b.Change(name, func(o tests3.Object) tests3.Object {
		assert.Greater(t, o.Modified.Sub(old), fresh)
		return o
	})
}

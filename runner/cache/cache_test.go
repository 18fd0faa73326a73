package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB, dir string) *Cache {
	c, err := Open(dir)
	require.NoError(t, err)
	return c
}

func lease(t testing.TB, c *Cache, run string) *Lease {
	l, err := c.Lease(t.Context(), run)
	require.NoError(t, err)
	return l
}

// keep puts files into the cache as the result of a key.
func keep(t testing.TB, c *Cache, l *Lease, key string, files map[string]string) *Record {
	room, err := l.Room()
	require.NoError(t, err)
	defer l.Leave(room)
	for name, text := range files {
		path := filepath.Join(room.Out, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	tree, err := c.Ingest(t.Context(), l, room.Out, nil, false)
	require.NoError(t, err)
	r := &Record{Key: key, Tree: tree.Digest, Files: tree.Files, Run: l.run}
	require.NoError(t, c.Add(r))
	return r
}

func TestWhatWasKeptIsFoundByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	l := lease(t, c, "1")
	made := keep(t, c, l, "k", map[string]string{"a": "1", "d/b": "22", "d/empty": ""})
	require.NoError(t, l.Close())
	require.NoError(t, c.Save())

	c = open(t, dir)
	r, err := c.Get("k")
	require.NoError(t, err)
	assert.Equal(t, made, r)
	_, err = c.Fetch(t.Context(), r)
	require.NoError(t, err)
	tree, err := c.Tree(r.Tree)
	require.NoError(t, err)
	assert.Equal(t, r.Files, tree.Files)
	assert.Equal(t, []string{"a", "d/b", "d/empty"}, []string{tree.Files[0].Name, tree.Files[1].Name, tree.Files[2].Name})
	_, err = c.Get("other")
	assert.ErrorIs(t, err, ErrNoRecord)
}

// Harm to each file of the cache is a miss with a reason, and mended by keeping
// the same again.
func TestHarmIsAMiss(t *testing.T) {
	rewrite := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			os.Chmod(path, 0o644)
			require.NoError(t, os.WriteFile(path, change(data), 0o644))
			require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
		}
	}
	harms := map[string]func(*testing.T, string){
		"deleted":   func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"truncated": rewrite(func(b []byte) []byte { return b[:len(b)/2] }),
		"emptied":   rewrite(func(b []byte) []byte { return nil }),
		"flipped":   rewrite(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }),
		"zeroed":    rewrite(func(b []byte) []byte { return make([]byte, len(b)) }),
		"longer":    rewrite(func(b []byte) []byte { return append(b, 0) }),
	}
	files := map[string]string{"one": strings.Repeat("x", 100), "two": "yy"}
	for what, harm := range harms {
		for _, pattern := range []string{"objects/*/*", "index/*/*-a", "index/*/*-d"} {
			t.Run(what+" "+pattern, func(t *testing.T) {
				dir := t.TempDir()
				c := open(t, dir)
				l := lease(t, c, "1")
				keep(t, c, l, "k", files)
				paths, err := filepath.Glob(filepath.Join(dir, pattern))
				require.NoError(t, err)
				require.NotEmpty(t, paths)
				time.Sleep(20 * time.Millisecond)
				for _, path := range paths {
					harm(t, path)
					for _, c := range []*Cache{c, open(t, dir)} {
						r, err := c.Get("k")
						if err == nil {
							_, err = c.Fetch(t.Context(), r)
						}
						assert.Error(t, err, path)
					}
					r := keep(t, c, l, "k", files)
					_, err = c.Fetch(t.Context(), r)
					require.NoError(t, err, "keeping it again mends %s", path)
				}
			})
		}
	}
}

func TestMemorySparesHashing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o666)) }
	write("a")
	m := newMemory(filepath.Join(dir, "memory"))
	p, err := m.File(t.Context(), "f", path)
	require.NoError(t, err)
	assert.False(t, p.Settled, "it was written just now: another write could look the same")

	time.Sleep(50 * time.Millisecond)
	p, err = m.File(t.Context(), "f", path)
	require.NoError(t, err)
	assert.True(t, p.Settled)
	require.NoError(t, m.save())

	m = newMemory(filepath.Join(dir, "memory"))
	again, ok := m.lookup("f")
	require.True(t, ok)
	assert.Equal(t, p, again)

	later := time.Now().Add(-time.Minute)
	require.NoError(t, os.Chtimes(path, later, later))
	time.Sleep(50 * time.Millisecond)
	touched, err := m.File(t.Context(), "f", path)
	require.NoError(t, err)
	assert.NotEqual(t, p.Stat, touched.Stat)
	again, ok = m.lookup("f")
	assert.True(t, ok)
	assert.Equal(t, touched, again, "touched, it is hashed once and remembered anew")

	write("b")
	q, err := m.File(t.Context(), "f", path)
	require.NoError(t, err)
	assert.NotEqual(t, p.Digest, q.Digest)
	unmoved, err := m.Unmoved(t.Context(), path, p)
	require.NoError(t, err)
	assert.False(t, unmoved)
}

// TestTheSameBytesSettledAtOnceAreKnown: stages that write the same output side
// by side leave a blob that a run without changes trusts.
func TestTheSameBytesSettledAtOnceAreKnown(t *testing.T) {
	c := open(t, t.TempDir())
	l := lease(t, c, "r")
	for i := range 300 {
		data := []byte(strconv.Itoa(i))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				_, err := c.Put(l, data, false)
				assert.NoError(t, err)
			})
		}
		all.Wait()
		p, known := c.Known(DigestOf(data))
		require.True(t, known, "round %d", i)
		require.True(t, c.Stands(1, func(int) ([32]byte, Stat) { return p.Digest, p.Stat }), "round %d", i)
	}
}

func TestMemoryEndsWithTheBoot(t *testing.T) {
	data := encodeProofs("yesterday", map[string]Proof{"synced": {Synced: true}, "not": {}})
	proofs, ok := decodeProofs(data, "yesterday")
	require.True(t, ok)
	assert.Len(t, proofs, 2)
	proofs, ok = decodeProofs(data, "today")
	require.True(t, ok)
	assert.Empty(t, proofs, "bytes may rot while nobody looks")
}

func TestLinksAndPipesAreNoOutput(t *testing.T) {
	c := open(t, t.TempDir())
	l := lease(t, c, "1")
	room, err := l.Room()
	require.NoError(t, err)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(room.Out, "o")))
	_, err = c.Ingest(t.Context(), l, room.Out, nil, false)
	assert.EqualError(t, err, "output o is a symbolic link; only plain files can be kept")
}

func TestAFileWithAnotherNameIsCopied(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	l := lease(t, c, "1")
	room, err := l.Room()
	require.NoError(t, err)
	other := filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(other, []byte("x"), 0o666))
	require.NoError(t, os.Link(other, filepath.Join(room.Out, "o")))
	tree, err := c.Ingest(t.Context(), l, room.Out, nil, false)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(other, []byte("y"), 0o666))
	assert.NoError(t, c.Prove(tree.Files[0].Digest, 1))
}

func TestRoomsAreEmpty(t *testing.T) {
	l := lease(t, open(t, t.TempDir()), "1")
	room, err := l.Room()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(room.Out, "a/b"), 0o777))
	require.NoError(t, os.MkdirAll(filepath.Join(room.Temp, "locked/b"), 0o777))
	require.NoError(t, os.Chmod(filepath.Join(room.Temp, "locked"), 0))
	l.Leave(room)
	l.emptying.Wait()
	again, err := l.Room()
	require.NoError(t, err)
	assert.Equal(t, room, again)
	for _, dir := range []string{again.Out, again.Temp} {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, entries)
	}
}

func TestLocksTellWhomTheyWaitFor(t *testing.T) {
	dir := t.TempDir()
	first := lease(t, open(t, dir), "one")
	second := lease(t, open(t, dir), "two")
	key := DigestOf([]byte("k"))
	unlock, err := first.Lock(t.Context(), key, "train", nil)
	require.NoError(t, err)
	got := make(chan func())
	told := make(chan string, 1)
	go func() {
		unlock, err := second.Lock(t.Context(), key, "train", func(holder string) { told <- holder })
		assert.NoError(t, err)
		got <- unlock
	}()
	assert.Regexp(t, `^train of run one \(process \d+\)$`, <-told)
	unlock()
	(<-got)()
	unlock, err = first.Lock(t.Context(), DigestOf([]byte("other")), "x", nil)
	require.NoError(t, err)
	unlock()
}

func TestDeadRunsAreSwept(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	dead := filepath.Join(dir, "tmp", "dead")
	require.NoError(t, os.MkdirAll(filepath.Join(dead, "1", "out"), 0o777))
	live := lease(t, c, "live")
	room, err := live.Room()
	require.NoError(t, err)
	_, err = lease(t, open(t, dir), "next").Room()
	require.NoError(t, err)
	assert.NoDirExists(t, dead)
	assert.DirExists(t, room.Out)
}

func TestCollecting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[1]*?") // its name is no pattern: every record was overlooked
	c := open(t, dir)
	l := lease(t, c, "1")
	age := func(key string, by time.Duration) {
		id := actionID(key)
		name := hex.EncodeToString(id[:])
		when := time.Now().Add(-by)
		require.NoError(t, os.Chtimes(filepath.Join(dir, "index", name[:2], name+"-a"), when, when))
	}
	big := strings.Repeat("x", 50_000)
	keep(t, c, l, "old", map[string]string{"o": big + "old", "shared": big})
	keep(t, c, l, "new", map[string]string{"o": big + "new", "shared": big})
	pinned := keep(t, c, l, "pinned", map[string]string{"o": big + "pinned"})
	age("old", 2*time.Hour)
	age("pinned", 3*time.Hour)
	require.NoError(t, c.Add(&Record{Key: "new", Tree: pinned.Tree}))
	keep(t, c, l, "new", map[string]string{"o": big + "new", "shared": big})
	files, err := c.shards("index")
	require.NoError(t, err)
	assert.Len(t, files, 7, "a record and its text for each, and a text that no record leads to")
	report, err := c.GC(t.Context(), Options{Cap: 170_000})
	require.NoError(t, err)
	assert.True(t, report.Busy, "a live run keeps everything")
	require.NoError(t, l.Close())
	assert.Greater(t, c.Size(), int64(200_000))

	options := Options{Cap: 170_000, Pinned: func() ([]string, error) { return []string{pinned.Tree}, nil }, DryRun: true}
	planned, err := c.GC(t.Context(), options)
	require.NoError(t, err)
	options.DryRun = false
	report, err = c.GC(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, planned, report)
	assert.Equal(t, 2, report.Records)
	files, err = c.shards("index")
	require.NoError(t, err)
	assert.Len(t, files, 2)
	assert.LessOrEqual(t, report.After, int64(170_000))

	r, err := c.Get("new")
	require.NoError(t, err)
	_, err = c.Fetch(t.Context(), r)
	assert.NoError(t, err, "what is shared with what is kept stays")
	_, err = c.Get("old")
	assert.ErrorIs(t, err, ErrNoRecord)
	tree, err := c.Tree(pinned.Tree)
	require.NoError(t, err)
	assert.NoError(t, c.Prove(tree.Files[0].Digest, tree.Files[0].Size))
}

func sumOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

func FuzzDecodeTree(f *testing.F) {
	f.Add(EncodeTree([]File{{"a", 1, DigestOf(nil), false}, {"b/c \n", 0, DigestOf([]byte("x")), true}}))
	f.Add([]byte(treeMagic + DigestOf(nil) + ` 1 - "../x"` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := DecodeTree(data)
		if err == nil {
			assert.Equal(t, data, EncodeTree(files))
			for _, file := range files {
				assert.True(t, filepath.IsLocal(file.Name))
			}
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	files := []File{{"a", 1, DigestOf(nil), false}}
	good, _ := json.Marshal(&Record{Key: "k", Tree: DigestOf(EncodeTree(files)), Files: files, Told: &Ref{DigestOf(nil), 0}})
	f.Add(good)
	f.Add([]byte(`{"key":"k"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := DecodeRecord(data, "k"); err == nil {
			for _, ref := range r.Blobs() {
				assert.True(t, IsDigest(ref.Digest))
			}
		}
	})
}

func FuzzDecodeProofs(f *testing.F) {
	good := encodeProofs("b", map[string]Proof{"a": {Synced: true, Settled: true}})
	f.Add(good[len(memoryMagic) : len(good)-32])
	f.Fuzz(func(t *testing.T, body []byte) {
		sealed := append([]byte(memoryMagic), body...)
		sealed = append(sealed, sumOf(sealed)...)
		if proofs, ok := decodeProofs(sealed, "b"); ok {
			again, ok := decodeProofs(encodeProofs("b", proofs), "b")
			assert.True(t, ok)
			assert.Equal(t, proofs, again)
		}
	})
}

// A name that is not UTF-8 was kept, and the record of it never read again.
func TestNamesAreUTF8(t *testing.T) {
	c := open(t, t.TempDir())
	l := lease(t, c, "1")
	room, err := l.Room()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(room.Out, "caf\xe9"), nil, 0o666))
	_, err = c.Ingest(t.Context(), l, room.Out, nil, false)
	assert.EqualError(t, err, `output "caf\xe9": its name is not UTF-8`)
}

func TestHashingHeedsItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge")
	require.NoError(t, os.WriteFile(path, nil, 0o666))
	require.NoError(t, os.Truncate(path, 1<<40))
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := hash(ctx, path) // 1 TiB, most of an hour
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

// Opening a pipe waited for somebody to write into it.
func TestPipesAreNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o666))
	_, err := hash(t.Context(), path)
	assert.ErrorContains(t, err, "not a regular file")
}

func TestOnlyWhatIsGoneOrDamagedIsLost(t *testing.T) {
	c := open(t, t.TempDir())
	r := keep(t, c, lease(t, c, "1"), "k", map[string]string{"o": "text"})
	blob := c.Path(r.Files[0].Digest)
	require.NoError(t, os.Remove(blob))
	_, err := c.Fetch(t.Context(), r)
	assert.ErrorIs(t, err, ErrLost)
	require.NoError(t, os.Symlink(blob, blob)) // reading it fails, for another reason
	_, err = c.Fetch(t.Context(), r)
	assert.Error(t, err)
	assert.NotErrorIs(t, err, ErrLost)
}

// A model registered by the run that gc waited for was not among the pins, and
// was deleted.
func TestPinsAreThoseAfterTheLastRun(t *testing.T) {
	c := open(t, t.TempDir())
	l := lease(t, c, "1")
	var pins []string
	waited := false
	report, err := c.GC(t.Context(), Options{
		Cap: -1,
		Waits: func(runs []string) {
			waited = true
			pins = []string{keep(t, c, l, "model", map[string]string{"m": "x"}).Tree}
			go l.Close()
		},
		Pinned: func() ([]string, error) { return pins, nil },
	})
	require.NoError(t, err)
	assert.True(t, waited)
	assert.Equal(t, 1, report.Records)
	tree, err := c.Tree(pins[0])
	require.NoError(t, err)
	assert.NoError(t, c.Prove(tree.Files[0].Digest, 1))
}

func TestOpenMakesWhatAKilledProcessDidNot(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "objects"), 0o777))
	l := lease(t, open(t, dir), "run")
	_, err := l.Room()
	assert.NoError(t, err)
	assert.NoError(t, l.Close())
}

// TestNoDigestIsLost: a text that is no digest, as in a damaged database, is of
// nothing that is there.
func TestNoDigestIsLost(t *testing.T) {
	c, err := Open(t.TempDir())
	require.NoError(t, err)
	for _, text := range []string{"", "abc", "../../../etc/passwd", strings.Repeat("A", 64)} {
		_, err := c.Tree(text)
		assert.ErrorIs(t, err, ErrLost, text)
		assert.ErrorIs(t, c.Prove(text, 0), ErrLost, text)
		assert.NoFileExists(t, c.Path(text))
	}
}

// Logs go before the results that they lie beside, which stay what they were.
func TestOldLogsGoAlone(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	l := lease(t, c, "1")
	made := time.Now().Add(-48 * time.Hour)
	logged := func(key, said string, made time.Time) *Record {
		r := keep(t, c, l, key, map[string]string{"o": key})
		digest, err := c.Put(l, []byte(said), false)
		require.NoError(t, err)
		r.Log, r.Made = &Ref{digest, int64(len(said))}, made
		require.NoError(t, c.Add(r))
		return r
	}
	old, young := logged("old", "it said much", made), logged("young", "it said little", time.Now())
	id := actionID("old")
	name := hex.EncodeToString(id[:])
	require.NoError(t, os.Chtimes(filepath.Join(dir, "index", name[:2], name+"-a"), made, made))
	require.NoError(t, l.Close())

	gone := map[string]int64{}
	options := Options{Logs: time.Now().Add(-24 * time.Hour), DryRun: true, Gone: func(digest string, size int64) { gone[digest] = size }}
	planned, err := c.GC(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, map[string]int64{old.Log.Digest: 12}, gone)
	options.DryRun = false
	report, err := c.GC(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, planned, report)
	assert.Equal(t, 0, report.Records)

	r, err := c.Get("old")
	require.NoError(t, err)
	assert.Nil(t, r.Log)
	assert.Equal(t, old.Tree, r.Tree)
	_, err = c.Fetch(t.Context(), r)
	assert.NoError(t, err)
	_, err = c.OpenBlob(old.Log.Digest)
	assert.ErrorIs(t, err, os.ErrNotExist)
	r, err = c.Get("young")
	require.NoError(t, err)
	assert.Equal(t, young.Log, r.Log)
	entries, strays, err := c.entries()
	require.NoError(t, err)
	assert.Empty(t, strays)
	require.Len(t, entries, 2)

	again, err := c.GC(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, 0, again.Blobs)
}

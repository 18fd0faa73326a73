// Package cache keeps what stages made, so that nothing is made twice.
//
// It has two halves, as the Go toolchain's build cache does. The index leads
// from a key, the digest of a text that says what was asked, to a Record of
// what came out. The objects hold the bytes that came out, each blob under the
// digest of its content. A tree, the output of a stage, is a blob too: a
// manifest that lists names and digests (see EncodeTree).
//
// On disk, all of it below one folder:
//
//	index/ab/…        key -> record, by go-internal/cache, checksummed
//	objects/ab/cdef…  blobs, read-only, by SHA-256
//	stat/memory       what stat said of files whose digest is known
//	locks/            keys, a byte per key being made, and live, shared by runs
//	tmp/RUN/          private folders of live runs
//	partial/KEY/      what a killed stage may resume from
//	snapshots/        what the last good runs proved (package runner)
//	compiled/         the pipelines in a form that is read fast (package cli)
//	sent/             which results were seen where they are shared (package bucket)
//	size              an estimate of the bytes held
//	checking          how far a Check came that was stopped
//
// The cache is honest. A record is written after the blobs it names, so what is
// recorded is there. A blob is proved each time it counts: present, of its
// size, and either unmoved since it was last hashed or hashed again. Whatever
// is damaged, cut short or gone is a miss with a reason, never an error and
// never a wrong result.
//
// Nothing here is lost when a process is killed: what it wrote is in the page
// cache. A power cut is another matter. Syncing each blob of a pipeline of
// thousands of small stages costs more than the stages, so only results that
// took SyncAfter or longer to make are synced before they are recorded.
//
// Stat is trusted until the machine restarts; then all that is used is hashed once
// more before it counts. Within that time rot below the file system, which leaves
// Stat as it was, is found by who reads the bytes whole (models, facts, matrices)
// and by Check.
//
// Several processes may use one cache at once, on one machine: file locks do
// not hold on network file systems.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"time"

	index "github.com/rogpeppe/go-internal/cache"
)

// SyncAfter is how long a stage must have run for its output to be worth
// waiting for the disk.
const SyncAfter = 500 * time.Millisecond

// Cache is a cache in a folder. Its methods may be called from several
// goroutines.
type Cache struct {
	dir    string
	looks  bool // nothing is made, see Look
	memory *Memory
	index  func() (*index.Cache, error) // opening it costs 256 stats
	making sync.WaitGroup               // of the index, see Get

	settling [256]sync.Mutex // by the first byte of a blob's digest
}

// Open gives the cache in dir, making what is missing of its folders: all of
// them at first, some after a process was killed while making them. A cache
// that cannot be written opens too: what it holds can be read.
func Open(dir string) (*Cache, error) {
	for _, sub := range []string{"index", "objects", "stat", "locks", "tmp", "partial", "snapshots"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o777); err != nil {
			return nil, err
		}
	}
	return at(dir), nil
}

// Look gives the cache in dir to callers who only read it: nothing is made, and
// a cache that is not there is empty.
func Look(dir string) *Cache {
	c := at(dir)
	c.looks = true
	return c
}

func at(dir string) *Cache {
	c := &Cache{dir: dir, memory: newMemory(filepath.Join(dir, "stat", "memory"))}
	c.index = sync.OnceValues(func() (*index.Cache, error) { return index.Open(filepath.Join(dir, "index")) })
	return c
}

// Dir gives the cache's folder.
func (c *Cache) Dir() string { return c.dir }

// Memory gives the digests that are remembered by stat.
func (c *Cache) Memory() *Memory { return c.memory }

// Save writes what was learned about files, for the next process. A process
// that is killed before only costs the next one the hashing.
func (c *Cache) Save() error {
	c.making.Wait()
	return c.memory.save()
}

// Path gives where the blob of that digest lies, whether it is there or not.
// What is no digest, as in a damaged record, is not there: it has a name that no
// blob gets.
func (c *Cache) Path(digest string) string {
	if !IsDigest(digest) {
		return filepath.Join(c.dir, "objects", "none")
	}
	return filepath.Join(c.dir, "objects", digest[:2], digest[2:])
}

// Partial gives the folder in which a stage of that key may leave work to
// resume; it exists only if someone made it.
func (c *Cache) Partial(key string) string { return filepath.Join(c.dir, "partial", key) }

// DigestOf gives the digest of data: hex SHA-256.
func DigestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// IsDigest reports whether s is the text of a digest.
func IsDigest(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

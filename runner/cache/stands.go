package cache

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// Known gives what is remembered of a blob without looking at it.
func (c *Cache) Known(digest string) (Proof, bool) {
	p, ok := c.memory.lookup(digest)
	return p, ok && p.Settled
}

// Stands reports whether n blobs all have the Stat they had. It looks at them
// on all cores and from the folder of objects on, since for thousands of blobs
// that is most of what a run without changes does, and each folder on the way to
// a file costs.
func (c *Cache) Stands(n int, blob func(i int) (digest [32]byte, was Stat)) bool {
	objects, err := os.Open(filepath.Join(c.dir, "objects"))
	if err != nil {
		return n == 0
	}
	defer objects.Close()
	from := int(objects.Fd())
	var next atomic.Int64
	var moved atomic.Bool
	var all sync.WaitGroup
	const chunk = 128
	for range min(runtime.GOMAXPROCS(0), n/chunk+1) {
		all.Go(func() {
			path := [65]byte{2: '/'}
			for !moved.Load() {
				first := int(next.Add(chunk)) - chunk
				if first >= n {
					return
				}
				for i := first; i < min(n, first+chunk); i++ {
					digest, was := blob(i)
					hex.Encode(path[:], digest[:1])
					hex.Encode(path[3:], digest[1:])
					if now, ok := statFrom(from, string(path[:])); !ok || now != was {
						moved.Store(true)
						return
					}
				}
			}
		})
	}
	all.Wait()
	return !moved.Load()
}

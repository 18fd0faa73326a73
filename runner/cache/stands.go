package cache

import (
	"encoding/hex"
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
// on all cores, since for thousands of blobs that is most of what a run without
// changes does.
func (c *Cache) Stands(n int, blob func(i int) (digest [32]byte, was Stat)) bool {
	var next atomic.Int64
	var moved atomic.Bool
	var all sync.WaitGroup
	const chunk = 128
	for range min(runtime.GOMAXPROCS(0), n/chunk+1) {
		all.Go(func() {
			path := append([]byte(c.dir), "/objects/00/"...)
			at := len(path)
			path = append(path, make([]byte, 62)...)
			for !moved.Load() {
				from := int(next.Add(chunk)) - chunk
				if from >= n {
					return
				}
				for i := from; i < min(n, from+chunk); i++ {
					digest, was := blob(i)
					hex.Encode(path[at-3:], digest[:1])
					hex.Encode(path[at:], digest[1:])
					if now, ok := rawStat(string(path)); !ok || now != was {
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

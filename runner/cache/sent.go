package cache

import (
	"os"
	"path/filepath"
	"time"
)

// Results that were found where they are shared have a mark here, an empty file in
// sent/ whose name says where and which key. What has none is shared by the next
// run that shares there: also what was made while nobody could be reached, or what a
// killed process did not get to.

// Sent gives when a key's result was last seen where it is shared, to being a
// digest of that place; zero: it was not.
func (c *Cache) Sent(to, key string) time.Time {
	info, err := os.Stat(c.sentMark(to, key))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// MarkSent notes that a key's result was seen there now. What cannot be noted is
// looked for again.
func (c *Cache) MarkSent(to, key string) {
	path := c.sentMark(to, key)
	if os.WriteFile(path, nil, 0o666) != nil {
		os.MkdirAll(filepath.Dir(path), 0o777)
		os.WriteFile(path, nil, 0o666)
	}
	now := time.Now()
	os.Chtimes(path, now, now)
}

func (c *Cache) sentMark(to, key string) string {
	return filepath.Join(c.dir, "sent", to[:16]+"-"+DigestOf([]byte(key)))
}

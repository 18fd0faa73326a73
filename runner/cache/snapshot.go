package cache

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A snapshot is whatever the runner wants to find again as one file, with the
// digests of the keys it stands for: reading it counts as a use of them all,
// so what is asked for daily is not collected.

// ReadSnapshot gives the snapshot of that name and counts as its use.
func (c *Cache) ReadSnapshot(name string) ([]byte, error) {
	path := c.snapshot(name)
	data, err := os.ReadFile(path)
	if err == nil {
		touch(path, time.Now())
	}
	return data, err
}

// WriteSnapshot replaces the snapshot of that name. keys are digests of keys.
func (c *Cache) WriteSnapshot(name string, data []byte, keys []string) error {
	path := c.snapshot(name)
	held, err := tryLock(path+".lock", "")
	if err != nil {
		return nil // another process writes one as good
	}
	defer held.unlock()
	if err := WriteFile(path+".keys", []byte(strings.Join(keys, "\n"))); err != nil {
		return err
	}
	return WriteFile(path, data)
}

// DropSnapshot forgets the snapshot of that name.
func (c *Cache) DropSnapshot(name string) { os.Remove(c.snapshot(name)) }

// DropSnapshots forgets all of them, so that each pipeline is looked at in whole
// once.
func (c *Cache) DropSnapshots() {
	entries, _ := os.ReadDir(filepath.Join(c.dir, "snapshots"))
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".lock" {
			os.Remove(c.snapshot(e.Name()))
		}
	}
}

func (c *Cache) snapshot(name string) string { return filepath.Join(c.dir, "snapshots", name) }

// marks gives when keys were last used by way of a snapshot.
func (c *Cache) marks() map[string]time.Time {
	used := map[string]time.Time{}
	entries, _ := os.ReadDir(filepath.Join(c.dir, "snapshots"))
	for _, e := range entries {
		name, isKeys := strings.CutSuffix(e.Name(), ".keys")
		if !isKeys {
			continue
		}
		info, err := os.Stat(c.snapshot(name))
		if err != nil {
			continue
		}
		data, _ := os.ReadFile(c.snapshot(e.Name()))
		for key := range strings.Lines(string(data)) {
			key = strings.TrimSuffix(key, "\n")
			if info.ModTime().After(used[key]) {
				used[key] = info.ModTime()
			}
		}
	}
	return used
}

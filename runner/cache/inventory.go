package cache

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// entry is a record as garbage collection sees it.
type entry struct {
	id    string // digest of the key
	used  time.Time
	size  int64    // of its own files
	files []string // of the index
	blobs []Ref

	record *Record // nil where it cannot be read
}

// entries lists the records, those used last first, and the files of the index
// that belong to none: a record written again leaves its old text behind. A
// record that cannot be read needs no blob. The index is read behind
// go-internal/cache's back, which offers no listing and marks what it is asked
// for as used.
func (c *Cache) entries() (list []entry, strays []string, err error) {
	files, err := c.shards("index")
	if err != nil {
		return nil, nil, err
	}
	marked := c.marks()
	owned := map[string]bool{}
	for _, file := range files {
		if !strings.HasSuffix(file, "-a") {
			continue
		}
		info, err := os.Stat(file)
		if err != nil {
			continue
		}
		id := strings.TrimSuffix(filepath.Base(file), "-a")
		e := entry{id: id, used: info.ModTime(), size: info.Size(), files: []string{file}}
		if m := marked[id]; m.After(e.used) {
			e.used = m
		}
		line, _ := os.ReadFile(file)
		if field := strings.Fields(string(line)); len(field) > 2 && IsDigest(field[2]) {
			data := filepath.Join(c.dir, "index", field[2][:2], field[2]+"-d")
			e.files = append(e.files, data)
			owned[data] = true
			text, _ := os.ReadFile(data)
			e.size += int64(len(text))
			var r Record
			if json.Unmarshal(text, &r) == nil {
				e.record, e.blobs = &r, r.Blobs()
			}
		}
		list = append(list, e)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "-d") && !owned[file] {
			strays = append(strays, file)
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return b.used.Compare(a.used) })
	return list, strays, nil
}

// blobs lists the blobs there are, with their sizes. What does not look like a
// blob is not one, and stays.
func (c *Cache) blobs() (map[string]int64, error) {
	files, err := c.shards("objects")
	sizes := make(map[string]int64, len(files))
	for _, file := range files {
		digest := filepath.Base(filepath.Dir(file)) + filepath.Base(file)
		if info, err := os.Lstat(file); err == nil && IsDigest(digest) {
			sizes[digest] = info.Size()
		}
	}
	return sizes, err
}

// shards lists the files two levels below a folder of the cache. It fails
// rather than leave some out: a record that was not listed would lose its blobs
// to garbage collection.
func (c *Cache) shards(folder string) (files []string, err error) {
	top := filepath.Join(c.dir, folder)
	shards, err := os.ReadDir(top)
	for _, shard := range shards {
		if !shard.IsDir() {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(top, shard.Name()))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			files = append(files, filepath.Join(top, shard.Name(), e.Name()))
		}
	}
	return files, err
}

// reach gives the blobs that a pinned digest stands for: itself and, if it is a
// tree, its files.
func (c *Cache) reach(digest string) []Ref {
	if !IsDigest(digest) {
		return nil
	}
	if tree, err := c.Tree(digest); err == nil {
		return tree.Refs()
	}
	return []Ref{{Digest: digest}}
}

// alone takes the lock that live runs share. It gives nil without an error
// when there are such and waits is nil.
func (c *Cache) alone(ctx context.Context, waits func([]string)) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, "locks", "live"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, errHeld) {
		if waits == nil {
			f.Close()
			return nil, nil
		}
		waits(c.Live())
		err = poll(ctx, func() error { return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) })
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Live lists the runs that have a lease, as they are named there.
func (c *Cache) Live() []string {
	var runs []string
	entries, _ := os.ReadDir(filepath.Join(c.dir, "tmp"))
	for _, e := range entries {
		run, isLock := strings.CutSuffix(e.Name(), ".lock")
		if !isLock {
			continue
		}
		f, err := os.Open(filepath.Join(c.dir, "tmp", e.Name()))
		if err != nil {
			continue
		}
		if errors.Is(flock(f, syscall.LOCK_SH|syscall.LOCK_NB), errHeld) {
			runs = append(runs, run)
		}
		f.Close()
	}
	return runs
}

// Size gives about how many bytes the cache holds: what the last collection
// counted and runs added since. A killed run does not add.
func (c *Cache) Size() int64 {
	data, _ := os.ReadFile(filepath.Join(c.dir, "size"))
	n, _ := strconv.ParseInt(string(data), 10, 64)
	return n
}

func (c *Cache) grow(added int64) {
	lockedfile.Transform(filepath.Join(c.dir, "size"), func(old []byte) ([]byte, error) {
		n, _ := strconv.ParseInt(string(old), 10, 64)
		return strconv.AppendInt(nil, n+added, 10), nil
	})
}

func (c *Cache) setSize(n int64) {
	lockedfile.Write(filepath.Join(c.dir, "size"), strings.NewReader(strconv.FormatInt(n, 10)), 0o666)
}

// dropStale removes what nobody resumed or asked for since a time.
func (c *Cache) dropStale(before time.Time) {
	for _, folder := range []string{"partial", "snapshots", "compiled", "sent"} {
		entries, _ := os.ReadDir(filepath.Join(c.dir, folder))
		for _, e := range entries {
			path := filepath.Join(c.dir, folder, e.Name())
			// A snapshot's keys are as old as the snapshot.
			info, err := os.Stat(strings.TrimSuffix(path, ".keys"))
			if err != nil || info.ModTime().Before(before) {
				removeAll(path)
			}
		}
	}
}

package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// Lease is a run's share in the cache. While it is open nothing is deleted from
// the cache, and its private folder below tmp is its own; what a dead process
// left there is swept by the next run. Its methods may be called from several
// goroutines.
type Lease struct {
	cache  *Cache
	run    string
	dir    string
	own    *lock
	shared *os.File
	serial atomic.Int64
	added  atomic.Int64 // bytes put into the cache

	mu    sync.Mutex
	rooms []Room // empty, in nobody's use
}

// Lease opens a run's share. It waits while garbage is being collected, which
// takes moments.
func (c *Cache) Lease(ctx context.Context, run string) (*Lease, error) {
	l := &Lease{cache: c, run: run, dir: filepath.Join(c.dir, "tmp", run)}
	var err error
	if l.shared, err = c.share(ctx); err != nil {
		return nil, err
	}
	// A sweep holds the lock for a moment, to tell that nobody else does.
	if err = poll(ctx, func() (err error) { l.own, err = tryLock(l.dir+".lock", run); return err }); err != nil {
		l.shared.Close()
		return nil, err
	}
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		l.Close()
		return nil, err
	}
	c.sweep()
	return l, nil
}

// share takes the lock that keeps garbage collection away, with others.
func (c *Cache) share(ctx context.Context) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, "locks", "live"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := poll(ctx, func() error { return flock(f, syscall.LOCK_SH|syscall.LOCK_NB) }); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes the private folders of processes that are no more.
func (c *Cache) sweep() {
	tmp := filepath.Join(c.dir, "tmp")
	entries, _ := os.ReadDir(tmp)
	for _, e := range entries {
		run := strings.TrimSuffix(e.Name(), ".lock")
		dead, err := tryLock(filepath.Join(tmp, run+".lock"), "sweep")
		if err != nil {
			continue
		}
		removeAll(filepath.Join(tmp, run))
		dead.unlock()
	}
}

// Close ends the share and removes the private folder.
func (l *Lease) Close() error {
	err := removeAll(l.dir)
	if added := l.added.Swap(0); added > 0 {
		l.cache.grow(added)
	}
	l.own.unlock()
	return errors.Join(err, l.shared.Close())
}

// Room is a private pair of folders for one execution of a stage.
type Room struct {
	Out  string // what is left here becomes the output
	Temp string // scratch
}

// Room gives a room whose folders are empty. Rooms are used again, because
// making a folder is among the slowest things a file system does.
func (l *Lease) Room() (Room, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.rooms); n > 0 {
		room := l.rooms[n-1]
		l.rooms = l.rooms[:n-1]
		return room, nil
	}
	dir := filepath.Join(l.dir, fmt.Sprint(l.serial.Add(1)))
	room := Room{Out: filepath.Join(dir, "out"), Temp: filepath.Join(dir, "temp")}
	return room, errors.Join(os.Mkdir(dir, 0o777), os.Mkdir(room.Out, 0o777), os.Mkdir(room.Temp, 0o777))
}

// Leave gives a room back that nobody works in any more. One that cannot be
// emptied is not used again.
func (l *Lease) Leave(room Room) {
	if empty(room.Out) != nil || empty(room.Temp) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms = append(l.rooms, room)
}

// empty removes all that is in a folder, in which stages may have left
// anything, such as folders without write permission.
func empty(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return errNotRegular
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, removeAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// file gives the name of a private file that does not exist yet.
func (l *Lease) file() string {
	return filepath.Join(l.dir, fmt.Sprintf("%d.blob", l.serial.Add(1)))
}

// copy copies a file to a private one and removes the name given.
func (l *Lease) copy(path string) (string, error) {
	from, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer from.Close()
	name := l.file()
	to, err := os.Create(name)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return "", err
	}
	return name, errors.Join(to.Close(), os.Remove(path))
}

// removeAll is os.RemoveAll that gets past folders without permission.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}

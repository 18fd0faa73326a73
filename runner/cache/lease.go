package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// Lease is a run's share in the cache. While it is open nothing is deleted from
// the cache. Its private folder below tmp, made when it is first needed, is its
// own; what dead processes left there is swept when the next lease is opened.
// Its methods may be called from several goroutines.
type Lease struct {
	cache  *Cache
	run    string
	dir    string
	shared *os.File // nil in a project that nobody can write
	serial atomic.Int64
	added  atomic.Int64 // bytes put into the cache

	mu    sync.Mutex
	own   *lock  // of the private folder; nil while there is none
	rooms []Room // empty, in nobody's use

	emptying sync.WaitGroup // rooms that were left
	brooms   chan struct{}  // taken by each of them
}

// leftAtMost is how many rooms are emptied at once before who leaves one more waits.
const leftAtMost = 8

// Lease opens a run's share. It waits while garbage is being collected, which
// takes moments.
func (c *Cache) Lease(ctx context.Context, run string) (*Lease, error) {
	shared, err := c.share(ctx)
	if err == nil {
		c.sweep()
	}
	return &Lease{cache: c, run: run, dir: filepath.Join(c.dir, "tmp", run), shared: shared, brooms: make(chan struct{}, leftAtMost)}, err
}

// share takes the lock that keeps garbage collection away, with others. Where
// nobody can write there is nothing to keep away.
func (c *Cache) share(ctx context.Context) (*os.File, error) {
	path := filepath.Join(c.dir, "locks", "live")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission) {
		if f, err = os.Open(path); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if err := poll(ctx, func() error { return flock(f, syscall.LOCK_SH|syscall.LOCK_NB) }); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// moveIn makes the private folder unless there is one; mu is held.
func (l *Lease) moveIn() error {
	if l.own != nil {
		return nil
	}
	// A sweep holds the lock for a moment, to tell that nobody else does.
	err := poll(context.Background(), func() (err error) { l.own, err = tryLock(l.dir+".lock", l.run); return err })
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		l.own.unlock()
		l.own = nil
		return err
	}
	return nil
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
	l.emptying.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if added := l.added.Swap(0); added > 0 {
		l.cache.grow(added)
	}
	if l.own != nil {
		err = removeAll(l.dir)
		l.own.unlock()
	}
	if l.shared != nil {
		err = errors.Join(err, l.shared.Close())
	}
	return err
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
	if err := l.moveIn(); err != nil {
		return Room{}, err
	}
	dir := filepath.Join(l.dir, fmt.Sprint(l.serial.Add(1)))
	room := Room{Out: filepath.Join(dir, "out"), Temp: filepath.Join(dir, "temp")}
	return room, errors.Join(os.Mkdir(dir, 0o777), os.Mkdir(room.Out, 0o777), os.Mkdir(room.Temp, 0o777))
}

// Leave gives a room back that nobody works in any more. It is emptied beside
// what comes next, for a file system that tells the disk of what it frees (mounted
// with discard) waits milliseconds for each folder. One that cannot be emptied is
// not used again.
func (l *Lease) Leave(room Room) {
	l.brooms <- struct{}{}
	l.emptying.Go(func() {
		defer func() { <-l.brooms }()
		if empty(room.Out) != nil || empty(room.Temp) != nil {
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.rooms = append(l.rooms, room)
	})
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
func (l *Lease) file() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return filepath.Join(l.dir, fmt.Sprintf("%d.blob", l.serial.Add(1))), l.moveIn()
}

// copy copies a file to a private one and removes the name given.
func (l *Lease) copy(path string) (string, error) {
	from, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer from.Close()
	name, err := l.file()
	if err != nil {
		return "", err
	}
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

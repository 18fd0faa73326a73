package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A lock is an exclusively locked file whose content says who holds it. The
// kernel frees it when its process dies, so no lock is ever left behind; the
// file may be, and does no harm.
type lock struct {
	file *os.File
	path string
}

// errHeld is what tryLock ends with while another holds the lock.
var errHeld = errors.New("held by another")

// tryLock takes the lock at path, or fails at once with errHeld. Files are
// removed when they are unlocked, so one that was locked just after its removal
// is not the lock any more, and another attempt is made.
func tryLock(path, holder string) (*lock, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			return nil, err
		}
		ours, err1 := f.Stat()
		there, err2 := os.Stat(path)
		if err1 != nil || err2 != nil || !os.SameFile(ours, there) {
			f.Close()
			continue
		}
		f.Truncate(0)
		f.WriteAt([]byte(holder), 0)
		return &lock{f, path}, nil
	}
}

// unlock removes the file and frees the lock.
func (l *lock) unlock() {
	os.Remove(l.path)
	l.file.Close()
}

// flock is the system call, with errHeld for a lock that is taken.
func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errHeld
		case err != nil:
			return &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
		default:
			return nil
		}
	}
}

// poll calls try until it gives something else than errHeld or ctx ends. The
// system call that waits cannot be interrupted, hence this.
func poll(ctx context.Context, try func() error) error {
	const first, longest = 2 * time.Millisecond, 50 * time.Millisecond
	for pause := first; ; pause = min(2*pause, longest) {
		if err := try(); !errors.Is(err, errHeld) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

package mapped

import (
	"errors"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// ErrChanged says that a file is no longer what it was when it was opened.
var ErrChanged = errors.New("it changed while it was read")

// File is a file of others whose bytes can be read as if they were in memory.
type File struct {
	Data []byte

	f     *os.File
	stat  os.FileInfo
	whole bool // Data is mapped
}

// Open opens a file. One of fewer bytes than from, or that cannot be mapped, is read.
func Open(path string, from int64) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m := &File{f: f}
	if m.stat, err = f.Stat(); err != nil {
		f.Close()
		return nil, err
	}
	if size := m.stat.Size(); size >= max(1, from) {
		if m.Data, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE); err == nil {
			m.whole = true
			return m, nil
		}
	}
	if m.Data, err = os.ReadFile(path); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

// Guard calls f, which reads Data. Where the file was changed or cut meanwhile, which
// can come to anything, its panics are ErrChanged.
func (m *File) Guard(f func() error) (err error) {
	if !m.whole {
		return f()
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			if !m.changed() {
				panic(p)
			}
			err = ErrChanged
		}
	}()
	return f()
}

func (m *File) changed() bool {
	now, err := m.f.Stat()
	return err != nil || now.Size() != m.stat.Size() || !now.ModTime().Equal(m.stat.ModTime())
}

// Forget says that the bytes from lo to hi are not read soon: they need not be held.
func (m *File) Forget(lo, hi int) {
	page := os.Getpagesize()
	if lo, hi = (lo+page-1)/page*page, hi/page*page; m.whole && lo < hi {
		unix.Madvise(m.Data[lo:hi], unix.MADV_DONTNEED)
	}
}

// Close closes the file; Data is not to be read any more.
func (m *File) Close() error {
	if m.whole {
		unix.Munmap(m.Data)
	}
	m.Data = nil
	return m.f.Close()
}

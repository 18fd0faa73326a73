package cache

import (
	"io/fs"
	"os"
	"time"

	"labbook/internal/base/wire"
)

// Stat is what identifies a state of a file without reading it. Writing to a
// file, or replacing it, changes its CTime, which no program can set back.
type Stat struct {
	Size         int64
	MTime, CTime int64 // nanoseconds since 1970
	Inode        uint64
}

// statSize is how many bytes of a form a Stat takes.
const statSize = 32

// Write appends the Stat to a form, for ReadStat.
func (s Stat) Write(w *wire.Writer) {
	w.Uint64(uint64(s.Size))
	w.Uint64(uint64(s.MTime))
	w.Uint64(uint64(s.CTime))
	w.Uint64(s.Inode)
}

// ReadStat is the inverse of Stat.Write.
func ReadStat(r *wire.Reader[string]) Stat {
	return Stat{Size: int64(r.Uint64()), MTime: int64(r.Uint64()), CTime: int64(r.Uint64()), Inode: r.Uint64()}
}

// StatFile gives the Stat of the file that path leads to, following links.
func StatFile(path string) (Stat, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Stat{}, err
	}
	return statOf(info), nil
}

// Settled reports whether a reading that began at a time saw the file's last
// change: one within the clock's granularity after it would leave the same
// Stat. File systems that keep whole seconds are told by their stamps.
func (s Stat) Settled(began time.Time) bool {
	granularity := 20 * time.Millisecond
	if s.CTime%int64(time.Second) == 0 {
		granularity = 2 * time.Second
	}
	return s.CTime < began.Add(-granularity).UnixNano()
}

// regular is for the errors of files that are folders, pipes and the like.
func regular(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "read", Path: path, Err: errNotRegular}
}

package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"labbook/internal/base/human"
)

// Full is the error where there is no room for a batch, or for more of one.
type Full struct{ What string }

// Error implements error.
func (f *Full) Error() string { return f.What }

// Upload is a file on its way in.
type Upload struct {
	meter
	folder string
	file   *os.File
	sum    hash.Hash
}

// Receive begins to take a file in, of about so many bytes. Where there is no room
// the error is a *Full.
func (s *Store) Receive(size int64) (*Upload, error) {
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	if len(all) >= s.Limits.Batches {
		return nil, &Full{fmt.Sprintf("%d batches are kept, and no more are; remove some by DELETE, or wait until they expire", len(all))}
	}
	if err := os.MkdirAll(s.Folder, 0o777); err != nil {
		return nil, err
	}
	if _, err := s.Room(size); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(s.Folder, hidden+"incoming-")
	if err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(folder, FileInput))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &Upload{meter: meter{store: s, asked: max(0, size)}, folder: folder, file: f, sum: sha256.New()}, nil
}

// Room gives how many bytes may be written beside so many; where these may not, the
// error is a *Full.
func (s *Store) Room(more int64) (left int64, err error) {
	used, err := s.Used()
	if left = s.Limits.Disk - used - max(0, more); err == nil && left < 0 {
		return 0, &Full{fmt.Sprintf("batches take %s of the disk, and %s are all that they may; remove some by DELETE, or wait until they expire", human.Bytes(used), human.Bytes(s.Limits.Disk))}
	}
	return left, err
}

// most is after how many bytes at most it is asked again whether there is room.
const most = 16 << 20

// meter counts bytes that are written, and sees to it that there is room.
type meter struct {
	store *Store
	size  int64
	asked int64 // of size, for which there was room
}

func (m *meter) wrote(n int) error {
	m.size += int64(n)
	if m.size <= m.asked {
		return nil
	}
	left, err := m.store.Room(0)
	m.asked = m.size + min(left, most)
	return err
}

// Write implements io.Writer.
func (u *Upload) Write(p []byte) (int, error) {
	u.sum.Write(p)
	n, err := u.file.Write(p)
	return n, errors.Join(err, u.wrote(n))
}

// File says what came.
func (u *Upload) File() File { return File{Size: u.size, Digest: hex.EncodeToString(u.sum.Sum(nil))} }

// Keep makes a batch of what came, durably.
func (u *Upload) Keep(b *Batch) error {
	b.File, b.Status, b.Created = u.File(), Queued, u.store.Clock()
	if err := errors.Join(u.file.Sync(), u.file.Close()); err != nil {
		return err
	}
	if u.store.Shared != nil {
		return u.store.share(b, filepath.Join(u.folder, FileInput)) // Drop removes the folder
	}
	within := &Store{Folder: u.folder, Clock: u.store.Clock}
	if err := os.Mkdir(filepath.Join(u.folder, b.ID), 0o777); err != nil {
		return err
	}
	if err := within.Put(b); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(u.folder, FileInput), within.Path(b.ID, FileInput)); err != nil {
		return err
	}
	if err := os.Rename(within.Path(b.ID, ""), u.store.Path(b.ID, "")); err != nil {
		return err
	}
	u.file = nil
	return os.Remove(u.folder)
}

// Drop removes what came, unless it was kept.
func (u *Upload) Drop() {
	if u.file != nil {
		u.file.Close()
		os.RemoveAll(u.folder)
	}
}

package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A key is locked by a byte of the file locks/keys, at an offset that its
// digest gives; nothing is created and nothing removed per key, which matters
// with thousands of stages. The kernel frees such a lock (of the open file, not
// of the process) when the holder closes the file or dies. In the same file,
// near its beginning, holders write who they are for those who wait.

// Lock takes the right to make what a key stands for. If another process, or
// another stage of this one, is making it already, Lock calls waits once with
// its name, and waits until it is done or ctx ends. The result may be in the
// cache by then.
func (l *Lease) Lock(ctx context.Context, key, stage string, waits func(holder string)) (unlock func(), err error) {
	digest, err := hex.DecodeString(key)
	if err != nil || len(digest) < 16 {
		panic("cache: lock of what is no digest")
	}
	f, err := os.OpenFile(filepath.Join(l.cache.dir, "locks", "keys"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	offset := int64(binary.BigEndian.Uint64(digest)>>2) | 1<<61 // beyond where holders write
	told := false
	err = poll(ctx, func() error {
		err := lockByte(f, offset)
		if errors.Is(err, errHeld) && !told {
			told = true
			waits(readHolder(f, digest))
		}
		return err
	})
	if err != nil {
		f.Close()
		return nil, err
	}
	writeHolder(f, digest, fmt.Sprintf("%s of run %s (process %d)", stage, l.run, os.Getpid()))
	return func() { f.Close() }, nil
}

// lockByte locks a byte, or fails with errHeld.
func lockByte(f *os.File, offset int64) error {
	how := unix.Flock_t{Type: unix.F_WRLCK, Start: offset, Len: 1}
	for {
		err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &how)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
			return errHeld
		case err != nil:
			return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		default:
			return nil
		}
	}
}

// Holders write into slots, by digest. Two keys may share a slot; then a message
// names the wrong one, and nothing else happens.
const (
	slots    = 4096
	slotSize = 128
)

func slotOf(digest []byte) int64 {
	return int64(binary.BigEndian.Uint16(digest[8:])%slots) * slotSize
}

func writeHolder(f *os.File, digest []byte, who string) {
	slot := make([]byte, slotSize)
	copy(slot, who)
	f.WriteAt(slot, slotOf(digest))
}

func readHolder(f *os.File, digest []byte) string {
	slot := make([]byte, slotSize)
	n, _ := f.ReadAt(slot, slotOf(digest))
	who, _, _ := bytes.Cut(slot[:n], []byte{0})
	if len(who) == 0 {
		return "another run"
	}
	return string(who)
}

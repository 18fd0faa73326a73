package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// Memory remembers the digest of files by their Stat, so that a file is hashed
// once per change. It is a shortcut only: without it everything is hashed
// again, and nothing else differs.
//
// A file that changed within the clock's granularity before it was hashed is
// hashed again the next time. A file that was touched and not changed is
// remembered under its new Stat.
type Memory struct {
	file string
	load func() map[string]Proof // what the file holds; read at first need

	mu   sync.Mutex
	news map[string]Proof // learned since; shadows what was loaded
	gone map[string]bool  // to be forgotten when saving
}

// Proof says that a file's content had a digest while its Stat was this.
type Proof struct {
	Stat   Stat
	Digest [sha256.Size]byte
	// Settled is false when a change right after the reading could have left
	// the same Stat: then the proof holds until the reader is done, no longer.
	Settled bool
	// Synced is false for bytes that were not brought to the disk, which a power
	// cut may take back.
	Synced bool
	Exec   bool // its owner may execute it
}

// Hex gives the digest as text.
func (p Proof) Hex() string { return hex.EncodeToString(p.Digest[:]) }

var (
	errNotRegular = errors.New("not a regular file")
	// ErrMoving says that a file is being written while it is read.
	ErrMoving = errors.New("changes while it is read")
)

func newMemory(file string) *Memory {
	m := &Memory{file: file, news: map[string]Proof{}, gone: map[string]bool{}}
	m.load = sync.OnceValue(func() map[string]Proof { return readProofs(file) })
	return m
}

// File gives the proof of a file, by memory or by hashing it. name is what it
// is remembered by, path where it is now.
func (m *Memory) File(ctx context.Context, name, path string) (Proof, error) {
	return m.Look(ctx, name, path, nil)
}

// Look is File; hashing, if not nil, is told the size of a file that is about to be
// hashed.
func (m *Memory) Look(ctx context.Context, name, path string, hashing func(size int64)) (Proof, error) {
	if known, ok := m.lookup(name); ok && known.Settled {
		now, err := StatFile(path)
		if err != nil {
			return Proof{}, err
		}
		if now == known.Stat {
			return known, nil
		}
	}
	if hashing != nil {
		if info, err := os.Stat(path); err == nil {
			hashing(info.Size())
		}
	}
	proof, err := hash(ctx, path)
	if err != nil {
		return Proof{}, err
	}
	proof.Synced = true
	m.remember(name, proof)
	return proof, nil
}

// Unmoved reports whether the file at path still is as it was proved: its Stat
// is the same and, where that could hide a change, its bytes are too.
func (m *Memory) Unmoved(ctx context.Context, path string, was Proof) (bool, error) {
	now, err := StatFile(path)
	if err != nil || now != was.Stat {
		return false, err
	}
	if was.Settled {
		return true, nil
	}
	again, err := hash(ctx, path)
	return err == nil && again.Digest == was.Digest && again.Stat == was.Stat, err
}

func (m *Memory) lookup(name string) (Proof, bool) {
	loaded := m.load()
	m.mu.Lock()
	defer m.mu.Unlock()
	if p, ok := m.news[name]; ok {
		return p, true
	}
	p, ok := loaded[name]
	return p, ok && !m.gone[name]
}

// remember keeps the proof, unless one that says more is known of the same file:
// who hashes a blob that was renamed into its place just now cannot know that
// nobody writes it, and who renamed it does.
func (m *Memory) remember(name string, p Proof) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.news[name]; ok && known.Settled && !p.Settled && known.Stat == p.Stat && known.Digest == p.Digest {
		return
	}
	m.news[name] = p
	delete(m.gone, name)
}

func (m *Memory) forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.news, name)
	m.gone[name] = true
}

// hash reads the file at path and gives its proof, unless ctx ends before. A
// file that changes under its hands is read again, three times at most.
func hash(ctx context.Context, path string) (Proof, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or a pipe would keep us
	if err != nil {
		return Proof{}, err
	}
	defer f.Close()
	for range 3 {
		before, err := f.Stat()
		if err != nil {
			return Proof{}, err
		}
		if err := regular(path, before); err != nil {
			return Proof{}, err
		}
		began := time.Now()
		h := sha256.New()
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return Proof{}, err
		}
		if _, err := io.Copy(h, heeding{ctx, f}); err != nil {
			return Proof{}, err
		}
		after, err := f.Stat()
		if err != nil {
			return Proof{}, err
		}
		s := statOf(after)
		if s == statOf(before) {
			p := Proof{Stat: s, Settled: s.Settled(began), Exec: after.Mode()&0o100 != 0}
			h.Sum(p.Digest[:0])
			return p, nil
		}
	}
	return Proof{}, fmt.Errorf("%s %w", path, ErrMoving)
}

// heeding is a reader that ends when its context does: hashing takes a minute
// where there is much to hash.
type heeding struct {
	ctx context.Context
	io.Reader
}

func (h heeding) Read(p []byte) (int, error) {
	if h.ctx.Err() != nil {
		return 0, context.Cause(h.ctx)
	}
	return h.Reader.Read(p)
}

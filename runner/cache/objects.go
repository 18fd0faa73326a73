package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File is a file of a tree: a name and the blob that holds its bytes.
type File struct {
	Name   string `json:"name"` // slash-separated, relative
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
	Exec   bool   `json:"exec,omitempty"` // may be executed
}

// ErrLost marks the errors of what is gone from the cache or damaged, for good.
// Errors without it are of what may well be there and cannot be read now.
var ErrLost = errors.New("lost from the cache")

// lost is such an error, in words of its own.
type lost string

func (l lost) Error() string      { return string(l) }
func (lost) Is(target error) bool { return target == ErrLost }

// noDigest is the error of a text that stands where a digest should.
func noDigest(text string) error { return lost(fmt.Sprintf("%q is no digest", text)) }

// Prove reports whether the blob is there and unharmed. If not, the error says
// in words what befell it; it is a reason to miss, not a failure.
func (c *Cache) Prove(digest string, size int64) error {
	_, err := c.prove(context.Background(), digest, size)
	return err
}

func (c *Cache) prove(ctx context.Context, digest string, size int64) (Proof, error) {
	if !IsDigest(digest) {
		return Proof{}, noDigest(digest)
	}
	path := c.Path(digest)
	now, err := StatFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Proof{}, lost(short(digest) + " is gone from the cache")
	case err != nil:
		return Proof{}, fmt.Errorf("%s cannot be read: %w", short(digest), err)
	case now.Size != size:
		return Proof{}, lost(fmt.Sprintf("%s is damaged: %d bytes instead of %d", short(digest), now.Size, size))
	}
	known, ok := c.memory.lookup(digest)
	if ok && known.Settled && known.Stat == now {
		return known, nil
	}
	proof, err := hash(ctx, path)
	if err != nil {
		return Proof{}, fmt.Errorf("%s cannot be read: %w", short(digest), err)
	}
	if proof.Hex() != digest {
		c.memory.forget(digest)
		return Proof{}, lost(short(digest) + " is damaged: its bytes changed")
	}
	c.settling[proof.Digest[0]].Lock()
	defer c.settling[proof.Digest[0]].Unlock()
	// A file that was settled over the one read here is remembered already.
	if now, err := StatFile(path); err == nil && now == proof.Stat {
		c.memory.remember(digest, proof)
	}
	return proof, nil
}

// Put stores data as a blob. lease owns the file until it is complete.
func (c *Cache) Put(lease *Lease, data []byte, sync bool) (digest string, err error) {
	digest = DigestOf(data)
	if c.Prove(digest, int64(len(data))) == nil {
		return digest, nil
	}
	tmp, err := lease.file()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(tmp, data, 0o444); err != nil {
		os.Remove(tmp)
		return "", err
	}
	sum, _ := hex.DecodeString(digest)
	return digest, c.settle(lease, tmp, [sha256.Size]byte(sum), sync)
}

// ErrBytes is of bytes that are not those of the digest they came under.
var ErrBytes = errors.New("other bytes than its digest says")

// Holds reads from to its end and says whether its bytes are those of a digest.
func Holds(digest string, from io.Reader) (bool, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, from)
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == digest, err
}

// Receive stores what from gives as the blob that ref names, and reads it to the end
// first. Other bytes are refused with ErrBytes; an error of from is passed on.
func (c *Cache) Receive(lease *Lease, ref Ref, from io.Reader) error {
	path, err := lease.file()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o444)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(from, ref.Size+1))
	if err = errors.Join(err, f.Close()); err == nil && (n != ref.Size || hex.EncodeToString(sum.Sum(nil)) != ref.Digest) {
		err = ErrBytes
	}
	if err != nil {
		os.Remove(path)
		return err
	}
	return c.settle(lease, path, [sha256.Size]byte(sum.Sum(nil)), false)
}

// Adopt makes a file of the lease's own folder a blob, moving it away.
func (c *Cache) Adopt(ctx context.Context, lease *Lease, path string, sync bool) (Ref, error) {
	digest, size, err := c.adopt(ctx, lease, path, sync)
	return Ref{digest, size}, err
}

// adopt makes the file at path a blob, moving it away. It must not be written
// to any more: that is noticed, and an error. A file with further hard links
// is copied, for the other names could change it.
func (c *Cache) adopt(ctx context.Context, lease *Lease, path string, sync bool) (digest string, size int64, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", 0, err
	}
	if links(info) > 1 {
		if path, err = lease.copy(path); err != nil {
			return "", 0, err
		}
	}
	proof, err := hash(ctx, path)
	if err != nil {
		return "", 0, err
	}
	if _, err := c.prove(ctx, proof.Hex(), proof.Stat.Size); err == nil {
		return proof.Hex(), proof.Stat.Size, os.Remove(path)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		return "", 0, err
	}
	if err := c.settle(lease, path, proof.Digest, sync); err != nil {
		return "", 0, err
	}
	after, err := StatFile(c.Path(proof.Hex()))
	if err != nil {
		return "", 0, err
	}
	// Another inode is another's file of the same digest, which came over ours.
	if after.Inode == proof.Stat.Inode && (after.Size != proof.Stat.Size || after.MTime != proof.Stat.MTime) {
		os.Remove(c.Path(proof.Hex()))
		c.memory.forget(proof.Hex())
		return "", 0, fmt.Errorf("%s %w", filepath.Base(path), ErrMoving)
	}
	return proof.Hex(), proof.Stat.Size, nil
}

// settle renames a complete file to where its digest belongs and remembers it.
// Its Stat is trusted at once: the file is the lease's own, nobody else had it
// open, and the rename came after the last write. Two may settle the same bytes
// at once: the last rename wins, and is the last to be remembered too. Of two
// processes only the one that finds its own file there knows that it was its own.
func (c *Cache) settle(lease *Lease, tmp string, digest [sha256.Size]byte, sync bool) error {
	if sync {
		if err := syncFile(tmp); err != nil {
			return err
		}
	}
	own, err := StatFile(tmp)
	if err != nil {
		return err
	}
	name := hex.EncodeToString(digest[:])
	path := c.Path(name)
	c.settling[digest[0]].Lock()
	defer c.settling[digest[0]].Unlock()
	err = os.Rename(tmp, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.Mkdir(filepath.Dir(path), 0o777); err == nil || errors.Is(err, fs.ErrExist) {
			err = os.Rename(tmp, path)
		}
	}
	if err != nil {
		os.Remove(tmp)
		return err
	}
	if sync {
		if err := c.syncName(path); err != nil {
			return err
		}
	}
	now, err := StatFile(path)
	if err != nil {
		return err
	}
	lease.added.Add(now.Size)
	if now.Inode == own.Inode {
		c.memory.remember(name, Proof{Stat: now, Digest: digest, Settled: true, Synced: sync})
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// syncName brings the name of a blob to the disk: a rename is lost with the
// folder it was made in.
func (c *Cache) syncName(path string) error {
	return errors.Join(syncFile(filepath.Dir(path)), syncFile(filepath.Join(c.dir, "objects")))
}

// touch marks a file as used now, for garbage collection; once an hour will do.
func touch(path string, now time.Time) {
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > time.Hour {
		os.Chtimes(path, now, now)
	}
}

// short gives the beginning of a digest, enough for people.
func short(digest string) string { return digest[:12] }

// Sync brings the blobs of a record to the disk, as far as they are not there.
func (c *Cache) Sync(ctx context.Context, r *Record) error {
	for _, ref := range r.Blobs() {
		p, err := c.prove(ctx, ref.Digest, ref.Size)
		if err != nil {
			return err
		}
		if p.Synced {
			continue
		}
		path := c.Path(ref.Digest)
		if err := errors.Join(syncFile(path), c.syncName(path)); err != nil {
			return err
		}
		p.Synced = true
		c.memory.remember(ref.Digest, p)
	}
	return nil
}

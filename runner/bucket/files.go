package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"labbook/runner/cache"
)

// Files of batches of predictions lie in batches/, each by what it belongs to and the digest
// of its bytes, so that two who make other bytes do not write over one another's. Who has
// them be kept takes them away; Collect takes what was left.

func (r *remote) file(of, digest string) string {
	id := cache.DigestOf([]byte(of + " " + digest))
	return r.at.Prefix + "batches/" + id[:2] + "/" + id
}

// KeepFile sends a file that belongs to a batch, of that SHA-256 and size.
func (b *Bucket) KeepFile(ctx context.Context, of, digest string, size int64, path string) error {
	return b.explained(b.remote.sendAs(ctx, b.remote.file(of, digest), cache.Ref{Digest: digest, Size: size}, path))
}

// BringFile writes such a file to one that is empty, and proves its bytes; there is false
// where the bucket does not have them.
func (b *Bucket) BringFile(ctx context.Context, of, digest string, to io.Writer) (there bool, err error) {
	sum := sha256.New()
	err = b.remote.bring(ctx, b.remote.file(of, digest), func(from io.Reader) error {
		_, err := io.Copy(io.MultiWriter(to, sum), from)
		return err
	})
	if errors.Is(err, errAbsent) {
		return false, nil
	}
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == digest, b.explained(err)
}

// ForgetFile takes such a file away; one that is gone is no error.
func (b *Bucket) ForgetFile(ctx context.Context, of, digest string) error {
	return b.explained(b.remote.remove(ctx, b.remote.file(of, digest)))
}

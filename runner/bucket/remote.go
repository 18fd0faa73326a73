package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/runner/cache"
)

// patience is how long nothing may come from a bucket, and nothing go to it, before
// it counts as gone.
const patience = 15 * time.Second

// together is how many requests are under way at once.
const together = 16

// singly is up to how many bytes a blob is sent in one request, whose digest the
// bucket proves; more is sent in parts.
const singly = 64 << 20

// longestRecord bounds what is read of an index's entry.
const longestRecord = 64 << 20

// remote asks the bucket. Every method ends within patience of the last piece that
// moved. What the bucket says is one of errAbsent, errExists, or an error to be told.
type remote struct {
	at       Address
	patience time.Duration
	client   func() (*minio.Core, error) // made when something is asked
	slots    chan struct{}

	anonymous atomic.Bool // no credentials were found
}

var (
	errAbsent  = errors.New("not there")
	errExists  = errors.New("there already")
	errStalled = errors.New("nothing came or went for a while")
)

func newRemote(at Address, patience time.Duration) *remote {
	r := &remote{at: at, patience: patience, slots: make(chan struct{}, together)}
	r.client = sync.OnceValues(r.connect)
	return r
}

// connect makes the client. Nothing is asked yet, but credentials may be.
func (r *remote) connect() (*minio.Core, error) {
	// On a machine that is no cloud's, nobody answers where roles are asked for.
	roles := &http.Client{Timeout: min(2*time.Second, r.patience)}
	providers := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}}
	if os.Getenv("AWS_EC2_METADATA_DISABLED") != "true" {
		providers = append(providers, &credentials.IAM{Client: roles})
	}
	return minio.NewCore(r.at.Endpoint, &minio.Options{
		Creds:  credentials.New(&found{Chain: credentials.Chain{Providers: providers}, remote: r}),
		Secure: !r.at.Plain, Region: r.at.region(), MaxRetries: 4,
	})
}

// found is the usual chain of credentials; it notes when there are none.
type found struct {
	credentials.Chain
	remote *remote
}

// RetrieveWithCredContext implements credentials.Provider.
func (f *found) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	v, err := f.Chain.RetrieveWithCredContext(c)
	f.remote.anonymous.Store(v.AccessKeyID == "")
	return v, err
}

// ask does one request, and what reads or writes its body, while bytes move: moved
// tells of a piece.
func (r *remote) ask(ctx context.Context, do func(ctx context.Context, c *minio.Core, moved func()) error) error {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	client, err := r.client()
	if err != nil {
		return err
	}
	watched, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timer := time.AfterFunc(r.patience, func() { stop(errStalled) })
	defer timer.Stop()
	err = do(watched, client, func() { timer.Reset(r.patience) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case watched.Err() != nil:
		return context.Cause(watched)
	}
	return plain(err)
}

// plain gives what a client's error means, where it means something of its own.
func plain(err error) error {
	var said minio.ErrorResponse
	if errors.As(err, &said) {
		switch {
		case said.Code == minio.NoSuchKey:
			return errAbsent
		case said.StatusCode == http.StatusPreconditionFailed || said.StatusCode == http.StatusConflict:
			return errExists
		}
	}
	return err
}

// index and object give the names of what the local cache has at the same places.
func (r *remote) index(key string) string { return r.indexed(cache.DigestOf([]byte(key))) }

func (r *remote) indexed(digest string) string {
	return r.at.Prefix + "index/" + digest[:2] + "/" + digest
}

func (r *remote) object(digest string) string {
	return r.at.Prefix + "objects/" + digest[:2] + "/" + digest[2:]
}

// read reads a small object.
func (r *remote) read(ctx context.Context, name string) (data []byte, info minio.ObjectInfo, err error) {
	err = r.ask(ctx, func(ctx context.Context, c *minio.Core, moved func()) error {
		body, at, _, err := c.GetObject(ctx, r.at.Bucket, name, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer body.Close()
		info = at
		if info.Size > longestRecord {
			return fmt.Errorf("%s has %s", name, human.Bytes(info.Size))
		}
		data, err = io.ReadAll(&moving{from: body, moved: moved})
		return err
	})
	return data, info, err
}

// bring reads an object, which into is given as it comes.
func (r *remote) bring(ctx context.Context, name string, into func(io.Reader) error) error {
	return r.ask(ctx, func(ctx context.Context, c *minio.Core, moved func()) error {
		body, _, _, err := c.GetObject(ctx, r.at.Bucket, name, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer body.Close()
		return into(&moving{from: body, moved: moved})
	})
}

// stat gives what is known of an object.
func (r *remote) stat(ctx context.Context, name string) (info minio.ObjectInfo, err error) {
	err = r.ask(ctx, func(ctx context.Context, c *minio.Core, _ func()) error {
		info, err = c.StatObject(ctx, r.at.Bucket, name, minio.StatObjectOptions{})
		return err
	})
	return info, err
}

// has says whether an object of that size is there.
func (r *remote) has(ctx context.Context, ref cache.Ref) (bool, error) {
	info, err := r.stat(ctx, r.object(ref.Digest))
	if errors.Is(err, errAbsent) {
		return false, nil
	}
	return err == nil && info.Size == ref.Size, err
}

// write writes a small object: over the one of that ETag, or with "" only where none
// is, else errExists.
func (r *remote) write(ctx context.Context, name string, data []byte, over string) error {
	return r.ask(ctx, func(ctx context.Context, c *minio.Core, moved func()) error {
		o := minio.PutObjectOptions{ContentType: "application/json", DisableContentSha256: true} // but for the digest given
		if over == "" {
			o.SetMatchETagExcept("*")
		} else {
			o.SetMatchETag(over)
		}
		_, err := c.PutObject(ctx, r.at.Bucket, name, bytes.NewReader(data), int64(len(data)), "", cache.DigestOf(data), o)
		return err
	})
}

// send writes a blob from its file, as sendAs does.
func (r *remote) send(ctx context.Context, ref cache.Ref, path string) error {
	return r.sendAs(ctx, r.object(ref.Digest), ref, path)
}

// sendAs writes what a file holds under a name. In one request its digest is proved by the
// bucket, for S3 signs with it.
func (r *remote) sendAs(ctx context.Context, name string, ref cache.Ref, path string) error {
	return r.ask(ctx, func(ctx context.Context, c *minio.Core, moved func()) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		body := &moving{from: f, moved: moved}
		if ref.Size <= singly {
			_, err = c.PutObject(ctx, r.at.Bucket, name, body, ref.Size, "", ref.Digest, minio.PutObjectOptions{DisableContentSha256: true})
			return err
		}
		_, err = c.Client.PutObject(ctx, r.at.Bucket, name, body, ref.Size, minio.PutObjectOptions{PartSize: singly, NumThreads: 2})
		return err
	})
}

// list gives the objects below a folder, in pages, to each.
func (r *remote) list(ctx context.Context, folder string, each func(name string, size int64, modified time.Time)) error {
	return r.ask(ctx, func(ctx context.Context, c *minio.Core, moved func()) error {
		for o := range c.Client.ListObjectsIter(ctx, r.at.Bucket, minio.ListObjectsOptions{Prefix: r.at.Prefix + folder + "/", Recursive: true}) {
			if o.Err != nil {
				return o.Err
			}
			moved()
			each(o.Key, o.Size, o.LastModified)
		}
		return ctx.Err()
	})
}

// remove removes an object; one that is gone is no error.
func (r *remote) remove(ctx context.Context, name string) error {
	return r.ask(ctx, func(ctx context.Context, c *minio.Core, _ func()) error {
		return c.RemoveObject(ctx, r.at.Bucket, name, minio.RemoveObjectOptions{})
	})
}

// moving tells when a piece of what is read has moved.
type moving struct {
	from  io.Reader
	moved func()
	bytes atomic.Int64
}

// piece is how many bytes have to move within patience.
const piece = 64 << 10

func (m *moving) count(n int) {
	if m.bytes.Add(int64(n)) >= piece {
		m.bytes.Store(0)
		m.moved()
	}
}

// Read and Seek are those of what is read; errors of reading are the bucket's where
// the bucket is what is read.
func (m *moving) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.count(n)
	if err != nil && err != io.EOF {
		err = &cutError{err}
	}
	return n, err
}

func (m *moving) Seek(offset int64, whence int) (int64, error) {
	return m.from.(io.Seeker).Seek(offset, whence)
}

func (m *moving) ReadAt(p []byte, at int64) (int, error) {
	n, err := m.from.(io.ReaderAt).ReadAt(p, at)
	m.count(n)
	return n, err
}

// cutError is of a body that ended before its end.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

// answered says that an error is what the bucket answered to one request, and none of
// reaching it.
func answered(err error) bool {
	var said minio.ErrorResponse
	return errors.As(err, &said) && said.Code != minio.NoSuchBucket
}

// ours says that an error is of a blob here, which is gone or damaged.
func ours(err error) bool {
	var file *fs.PathError
	var said minio.ErrorResponse
	return errors.As(err, &file) || errors.As(err, &said) && (said.Code == "XAmzContentSHA256Mismatch" || said.Code == "BadDigest")
}

// explain says an error of the bucket for people: place, what is wrong, what to do.
func (r *remote) explain(err error) error {
	e := &diag.Error{What: r.at.Called() + " cannot be reached: " + human.Line(err.Error(), 300), Err: err,
		Hint: "it is " + r.at.String() + "; is that right in farm.yaml, and the network up?"}
	var said minio.ErrorResponse
	switch {
	case errors.Is(err, errStalled):
		e.What = fmt.Sprintf("%s does not answer: nothing came from it within %s", r.at.Called(), human.Duration(r.patience))
	case errors.As(err, &said):
		e.What = fmt.Sprintf("%s says: %s", r.at.Called(), human.Line(strings.TrimRight(fmt.Sprintf("%s %s", said.Code, said.Message), ". "), 300))
		e.Hint = "it is " + r.at.String()
		switch {
		case said.Code == minio.NoSuchBucket:
			e.What = fmt.Sprintf("%s has no bucket: there is no %q at %s", r.at.Called(), r.at.Bucket, r.at.Endpoint)
			e.Hint = "make it, or correct farm.yaml"
		case said.StatusCode == http.StatusForbidden && r.anonymous.Load():
			e.What = r.at.Called() + " refuses access, and no credentials were found"
			e.Hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of ~/.aws by AWS_PROFILE, or give the machine a role"
		case said.StatusCode == http.StatusForbidden:
			e.Hint = "whose credentials are they? They have to allow s3:GetObject and s3:PutObject on its objects, and s3:ListBucket"
		}
	}
	return e
}

// Package bucket shares results through a bucket of any S3: what one machine made,
// others bring home instead of making it.
//
// The bucket has what the local cache has, under the same names, below the prefix:
//
//	index/ab/abcd…    the record of a key, as JSON, by the key's digest
//	objects/ab/cd…    blobs, by SHA-256
//
// A record is written after its blobs and never over another (If-None-Match: *), so
// of two that make a key at once the first stands. Whatever is read is proved: a
// record is of the key that was asked for, a blob has the bytes of its digest. A
// bucket that is gone, slow, full or closed to us makes no run fail: what cannot be
// had from it is made here, what cannot be sent stays here, and that is said once.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/runner/cache"
)

// fresh is how long a result that was seen in the bucket is not looked for again,
// and how old a record of the bucket gets before who uses it writes it anew: so that
// its age says how long nobody wanted it. Collect wants at least twice as much.
const fresh = 7 * 24 * time.Hour

// Options says how a Store works.
type Options struct {
	// Lease owns what is brought here. Nil: nothing is brought and nothing sent.
	Lease *cache.Lease
	// Offline asks the bucket nothing; what is made is sent by a later run.
	Offline bool
	// Tell is told what people should know, of the result of a key or, where that
	// is "", of the bucket. From any goroutine.
	Tell func(key string, f notebook.Finding)
}

// Store is a cache.Store over a cache and a bucket. What is added is sent in the
// background, for as long as the context that it was opened with lives.
type Store struct {
	*cache.Cache
	o      Options
	remote *remote
	to     string // digest of the address
	ctx    context.Context

	sending sync.WaitGroup
	mu      sync.Mutex
	gone    error                    // why nothing is asked of the bucket any more
	closed  error                    // why nothing is sent to it any more
	busy    map[string]chan struct{} // blobs that are brought or sent, by digest; closed at the end
	there   map[string]bool          // digests of blobs that it was seen to have
	absent  map[string]time.Time     // when it was seen to have no record of a key
	waiting map[string]int64         // keys of results that are not sent, with their bytes
	wrong   map[string]string        // names of objects that have other bytes than they should, with ETags of records
}

var _ cache.Store = (*Store)(nil)

// Open gives the store. Nothing is asked of the bucket before something is wanted.
func Open(ctx context.Context, at Address, here *cache.Cache, o Options) *Store {
	return open(ctx, newRemote(at, patience), here, o)
}

func open(ctx context.Context, r *remote, here *cache.Cache, o Options) *Store {
	return &Store{Cache: here, o: o, remote: r, to: cache.DigestOf([]byte(r.at.String())), ctx: ctx,
		busy: map[string]chan struct{}{}, there: map[string]bool{}, absent: map[string]time.Time{},
		waiting: map[string]int64{}, wrong: map[string]string{}}
}

// Open gives a store over the bucket, which shares its connections with others.
func (b *Bucket) Open(ctx context.Context, here *cache.Cache, o Options) *Store {
	return open(ctx, b.remote, here, o)
}

// moment is how long a key whose record was not there is not asked for again: who
// wants a result looks before he waits for its turn, and after.
const moment = time.Second

// Get implements cache.Store: from this machine, else from the bucket.
func (s *Store) Get(key string) (*cache.Record, error) {
	r, missed := s.Cache.Get(key)
	if missed == nil || s.away() {
		return r, missed
	}
	s.mu.Lock()
	seen := s.absent[key]
	delete(s.absent, key)
	s.mu.Unlock()
	if time.Since(seen) < moment {
		return nil, missed
	}
	r, at, err := s.record(key)
	return s.found(key, r, at, err, missed)
}

// Seek asks the bucket for the record of a key of which only the digest is known, and
// gives what waits for the answer once the key is: as Get.
func (s *Store) Seek(digest string) (get func(key string) (*cache.Record, error)) {
	var at version
	var err error
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		if !s.away() {
			at, err = s.read(s.remote.indexed(digest))
		}
	}()
	return func(key string) (*cache.Record, error) {
		r, missed := s.Cache.Get(key)
		if <-asked; missed == nil || s.away() {
			return r, missed
		}
		if err == nil {
			r, err = s.decode(key, at)
		}
		return s.found(key, r, at, err, missed)
	}
}

// found gives what the bucket was found to have of a key that is not here.
func (s *Store) found(key string, r *cache.Record, at version, err, missed error) (*cache.Record, error) {
	switch {
	case err == nil:
		r.From = s.remote.at.Name
		if s.o.Lease != nil && time.Since(at.modified) > fresh {
			s.renew(key, at)
		}
		return r, nil
	case errors.Is(err, errAbsent):
		s.mu.Lock()
		s.absent[key] = time.Now()
		s.mu.Unlock()
		return nil, missed
	case errors.Is(err, errWrong):
		return nil, fmt.Errorf("%s has a damaged record of it: %w", s.remote.at.Called(), err)
	}
	s.leave(err)
	return nil, missed
}

// errWrong is of what the bucket has and what is not what it should be.
var errWrong = errors.New("wrong bytes")

// version is a record of the bucket as it was read.
type version struct {
	text     []byte
	etag     string
	modified time.Time
}

// record gives the record of a key that the bucket has: an error is errAbsent,
// errWrong or of the bucket.
func (s *Store) record(key string) (*cache.Record, version, error) {
	at, err := s.read(s.remote.index(key))
	if err != nil {
		return nil, at, err
	}
	r, err := s.decode(key, at)
	return r, at, err
}

// read reads a record.
func (s *Store) read(name string) (version, error) {
	for again := false; ; again = true {
		data, info, err := s.remote.read(s.ctx, name)
		if cut := (*cutError)(nil); errors.As(err, &cut) && !again {
			continue
		}
		return version{data, info.ETag, info.LastModified}, err
	}
}

// decode gives the record of a key as it was read.
func (s *Store) decode(key string, at version) (*cache.Record, error) {
	r, err := cache.DecodeRecord(at.text, key)
	if err != nil {
		s.note(s.remote.index(key), at.etag)
		return nil, fmt.Errorf("%w: %w", errWrong, err)
	}
	return r, nil
}

// Fetch implements cache.Store. What is not here is brought from the bucket; with
// no lease it is only seen to be there, and its proof is empty.
func (s *Store) Fetch(ctx context.Context, r *cache.Record) ([]cache.Proof, error) {
	proofs, missed := s.Cache.Fetch(ctx, r)
	if missed != nil {
		if s.away() || ctx.Err() != nil {
			return nil, missed
		}
		if err := s.bringAll(ctx, r); err != nil {
			if r.From == "" || ctx.Err() != nil {
				return nil, missed
			}
			return nil, err
		}
		if s.o.Lease == nil {
			return make([]cache.Proof, len(r.Blobs())), nil
		}
		if proofs, missed = s.Cache.Fetch(ctx, r); missed != nil {
			return nil, missed
		}
	}
	switch {
	case s.o.Lease == nil:
	case r.From != "":
		s.MarkSent(s.to, r.Key)
		if err := s.Cache.Add(r); err != nil {
			return nil, err
		}
	case time.Since(s.Sent(s.to, r.Key)) > fresh:
		s.share(r, false)
	}
	return proofs, nil
}

// loud is from how many bytes on it is said what is brought or sent.
const loud = 100 << 20

// bringAll brings the blobs of a record that are not here, or with no lease sees
// whether it could.
func (s *Store) bringAll(ctx context.Context, r *cache.Record) error {
	var lacks []cache.Ref
	var bytes int64
	for _, ref := range r.Blobs() {
		if s.Cache.Prove(ref.Digest, ref.Size) != nil {
			lacks = append(lacks, ref)
			bytes += ref.Size
		}
	}
	if bytes >= loud && s.o.Lease != nil {
		s.o.Tell(r.Key, notebook.Finding{Level: notebook.Info, Text: fmt.Sprintf("%s come from %s", human.Bytes(bytes), s.remote.at.Called())})
	}
	var group errgroup.Group // all of them, so that all that is wrong is known
	for _, ref := range lacks {
		group.Go(func() error { return s.bring(ctx, ref) })
	}
	return group.Wait()
}

// bring brings a blob. A body that was cut short is asked for again.
func (s *Store) bring(ctx context.Context, ref cache.Ref) error {
	var err error
	if s.o.Lease == nil {
		there := false
		if there, err = s.remote.has(ctx, ref); err == nil && !there {
			err = errAbsent
		}
	} else {
		defer s.alone(ref.Digest)()
		if s.Cache.Prove(ref.Digest, ref.Size) == nil {
			return nil
		}
		var here error // of this machine's disk
		cut := (*cutError)(nil)
		for range 3 {
			err = s.remote.bring(ctx, s.remote.object(ref.Digest), func(from io.Reader) error {
				err := s.Receive(s.o.Lease, ref, from)
				if !errors.As(err, &cut) && !errors.Is(err, cache.ErrBytes) {
					here = err
				}
				return err
			})
			if here != nil {
				return here
			}
			if !errors.As(err, &cut) {
				break
			}
		}
	}
	switch {
	case err == nil:
		s.has(ref.Digest)
		return nil
	case ctx.Err() != nil:
		return err
	case errors.Is(err, errAbsent):
		s.mu.Lock()
		delete(s.there, ref.Digest)
		s.mu.Unlock()
		return lost(fmt.Sprintf("%s is gone from %s", ref.Digest[:12], s.remote.at.Called()))
	case errors.Is(err, cache.ErrBytes):
		s.note(s.remote.object(ref.Digest), "")
		return lost(fmt.Sprintf("%s is damaged in %s", ref.Digest[:12], s.remote.at.Called()))
	}
	s.leave(err)
	return fmt.Errorf("%s could not be had from %s", ref.Digest[:12], s.remote.at.Called())
}

// alone waits until nobody brings or sends a blob, so that two that want it do it once,
// and gives what lets others.
func (s *Store) alone(digest string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := s.busy[digest]; other != nil; other = s.busy[digest] {
		s.mu.Unlock()
		<-other
		s.mu.Lock()
	}
	own := make(chan struct{})
	s.busy[digest] = own
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, digest)
		close(own)
	}
}

// Has notes that the bucket has blobs, as one says who sent them.
func (s *Store) Has(refs []cache.Ref) {
	for _, ref := range refs {
		s.has(ref.Digest)
	}
}

// has notes that the bucket has a blob.
func (s *Store) has(digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.there[digest] = true
}

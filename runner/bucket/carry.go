package bucket

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"labbook/runner/cache"
)

// lost is an ErrLost in words of its own.
type lost string

func (l lost) Error() string      { return string(l) }
func (lost) Is(target error) bool { return target == ErrLost }

// errAway is of a bucket that is not asked any more, which was said.
var errAway = errors.New("the bucket is not asked any more")

// Blob is a blob in a file of this machine.
type Blob struct {
	cache.Ref
	Path string
}

// Carry sees to it that the bucket has blobs that no record of this store names. What
// it was seen to have is not looked for again, unless anew. An error that is not of
// this machine's files was told.
func (s *Store) Carry(ctx context.Context, blobs []Blob, anew bool) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range blobs {
		group.Go(func() error { return s.carry(ctx, b, anew) })
	}
	return group.Wait()
}

// small is up to how many bytes a blob is sent without asking whether it is there,
// which would take as long.
const small = 64 << 10

// carry is Carry of one.
func (s *Store) carry(ctx context.Context, b Blob, anew bool) error {
	if s.away() {
		return errAway
	}
	if why := s.shut(); why != nil {
		return why
	}
	defer s.alone(b.Digest)()
	name := s.remote.object(b.Digest)
	s.mu.Lock()
	_, wrong := s.wrong[name]
	has := s.there[b.Digest] && !anew
	s.mu.Unlock()
	if !has && !wrong && b.Size > small {
		var err error
		if has, err = s.remote.has(ctx, b.Ref); err != nil {
			if ctx.Err() == nil { // else it is another blob's error, which was said
				s.leave(err)
			}
			return err
		}
	}
	if wrong || !has {
		if err := s.remote.send(ctx, b.Ref, b.Path); err != nil {
			if ctx.Err() == nil {
				s.sent(err)
			}
			return err
		}
		s.mended(name)
	}
	s.has(b.Digest)
	return nil
}

// Bring brings blobs here. An error is of the first that could not be had: ErrLost, or
// of the bucket.
func (s *Store) Bring(ctx context.Context, refs []cache.Ref) error {
	if s.away() {
		return errAway
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, ref := range refs {
		if s.Prove(ref.Digest, ref.Size) != nil {
			group.Go(func() error { return s.bring(ctx, ref) })
		}
	}
	return group.Wait()
}

// Publish adds a record, as Add does, and says when it returns whether others find it
// now.
func (s *Store) Publish(r *cache.Record) (bool, error) {
	if err := s.Cache.Add(r); err != nil {
		return false, err
	}
	if s.away() || !s.send(r, true) {
		return false, nil
	}
	s.MarkSent(s.to, r.Key)
	return true, nil
}

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
		s.mu.Lock()
		has := s.carried[b.Digest] && !anew
		s.mu.Unlock()
		if has {
			continue
		}
		group.Go(func() error { return s.carry(ctx, b) })
	}
	return group.Wait()
}

// carry is Carry of one.
func (s *Store) carry(ctx context.Context, b Blob) error {
	if s.away() {
		return errAway
	}
	if why := s.shut(); why != nil {
		return why
	}
	one := s.one(b.Digest) // two that carry it send it once
	one.Lock()
	defer one.Unlock()
	there, err := s.remote.has(ctx, b.Ref)
	if err == nil && !there {
		err = s.sent(s.remote.send(ctx, b.Ref, b.Path))
	} else if err != nil && ctx.Err() == nil {
		s.leave(err)
	}
	if err == nil {
		s.mu.Lock()
		s.carried[b.Digest] = true
		s.mu.Unlock()
	}
	return err
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

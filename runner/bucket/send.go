package bucket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/runner/cache"
)

// Add implements cache.Store: at once here, later in the bucket.
func (s *Store) Add(r *cache.Record) error {
	if err := s.Cache.Add(r); err != nil {
		return err
	}
	if r.From == s.remote.at.Name { // it came from there
		s.MarkSent(s.to, r.Key)
	} else {
		s.share(r, true)
	}
	return nil
}

// share sends a result in the background. made says that it was made just now, so
// that the bucket was asked for it already.
func (s *Store) share(r *cache.Record, made bool) {
	var bytes int64
	for _, ref := range r.Blobs() {
		bytes += ref.Size
	}
	s.mu.Lock()
	_, under := s.waiting[r.Key]
	s.waiting[r.Key] = bytes
	s.mu.Unlock()
	if under && !made || s.away() {
		return
	}
	s.sending.Go(func() {
		if s.send(r, made) {
			s.MarkSent(s.to, r.Key)
			s.mu.Lock()
			delete(s.waiting, r.Key)
			s.mu.Unlock()
		}
	})
}

// send sends a result unless the bucket has it, and says whether the bucket has one
// of that key now.
func (s *Store) send(r *cache.Record, made bool) bool {
	if !made {
		if s.away() {
			return false
		}
		there, at, err := s.record(r.Key)
		if err == nil {
			return s.compare(r, there, at)
		}
		if !errors.Is(err, errAbsent) && !errors.Is(err, errWrong) {
			s.leave(err)
			return false
		}
	}
	return s.sendAll(r) && s.sendRecord(r)
}

// sendAll sends the blobs that the bucket lacks, also what it was seen to have: whoever
// makes a result again mends it.
func (s *Store) sendAll(r *cache.Record) bool {
	var blobs []Blob
	for _, ref := range r.Blobs() {
		blobs = append(blobs, Blob{ref, s.Path(ref.Digest)})
	}
	return s.Carry(s.ctx, blobs, true) == nil
}

// sendRecord writes the record, where there is none that reads.
func (s *Store) sendRecord(r *cache.Record) bool {
	if s.shut() != nil {
		return false
	}
	data, err := json.Marshal(r)
	if err != nil {
		return false
	}
	name := s.remote.index(r.Key)
	s.mu.Lock()
	over := s.wrong[name]
	s.mu.Unlock()
	err = s.remote.write(s.ctx, name, data, over)
	if !errors.Is(err, errExists) {
		return s.sent(err) == nil
	}
	there, at, err := s.record(r.Key)
	switch {
	case err == nil:
		return s.compare(r, there, at)
	case errors.Is(err, errAbsent): // taken away between the two; a later run sends it
		return false
	case errors.Is(err, errWrong):
		return s.sent(s.remote.write(s.ctx, name, data, at.etag)) == nil
	}
	s.reached(err)
	return false
}

// compare holds a result against the one that the bucket has of its key. That one
// stays, for others may rest on it, as long as its bytes are there.
func (s *Store) compare(r, there *cache.Record, at version) bool {
	for _, ref := range there.Blobs() {
		has := false
		if !s.isWrong(s.remote.object(ref.Digest)) {
			var err error
			if has, err = s.remote.has(s.ctx, ref); s.reached(err) != nil {
				return false
			}
		}
		if !has {
			data, err := json.Marshal(r)
			return err == nil && s.sendAll(r) && s.sent(s.remote.write(s.ctx, s.remote.index(r.Key), data, at.etag)) == nil
		}
	}
	differs := r.Differences(there)
	if len(differs) == 0 {
		if time.Since(at.modified) > fresh {
			s.renew(r.Key, at)
		}
		return true
	}
	s.o.Tell(r.Key, notebook.Finding{Level: notebook.Warning, Text: fmt.Sprintf(
		"not reproducible: made again, %s differed from what run %s left in %s, which stays there (%s, here %s)",
		human.And(differs), there.Run, s.remote.at.Called(), there.Tree[:12], r.Tree[:12])})
	return true
}

// renew writes a record as it is, so that its age says that it is wanted.
func (s *Store) renew(key string, at version) {
	s.sending.Go(func() {
		if s.shut() == nil {
			s.remote.write(s.ctx, s.remote.index(key), at.text, at.etag) // what changed or went is none to renew
		}
	})
}

// Flush implements cache.Store.
func (s *Store) Flush(ctx context.Context) {
	s.mu.Lock()
	var bytes int64
	for _, n := range s.waiting {
		bytes += n
	}
	s.mu.Unlock()
	if bytes >= loud && !s.away() {
		s.o.Tell("", notebook.Finding{Level: notebook.Info, Text: fmt.Sprintf("up to %s go to %s before the run ends", human.Bytes(bytes), s.remote.at.Called())})
	}
	s.sending.Wait() // what asks ends with the context that the store was opened with
	s.mu.Lock()
	n := len(s.waiting)
	s.mu.Unlock()
	if n > 0 {
		s.o.Tell("", notebook.Finding{Level: notebook.Info, Text: fmt.Sprintf("%s %s not sent to %s; the next run with it sends what it lacks",
			human.Count(n, "result"), human.Verb(n, "was", "were"), s.remote.at.Called())})
	}
}

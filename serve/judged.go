package serve

import (
	"context"
	"sync"
)

// judged remembers what outcomes say of a version that answers, for pages ask for it again
// and again: until another outcome is told, it is the same.
type judged struct {
	mu       sync.Mutex
	at       string // the state of the outcomes that the rest was found out from
	promise  *Promise
	accuracy []Accuracy
	shadow   *Shadow // nil: of none, or of another than is asked now
}

// refresh forgets what was found out from other outcomes than are known now. It is called
// with the lock held.
func (j *judged) refresh(ctx context.Context, s *Server, made *Endpoint) error {
	at, err := s.options.Requests.Told(ctx, made.Name, mostPairs)
	if err == nil && at != j.at {
		j.at, j.promise, j.accuracy, j.shadow = at, nil, nil, nil
	}
	return err
}

// promiseNow is promiseOf, found out once for what is known.
func (s *Server) promiseNow(ctx context.Context, made *Endpoint) (*Promise, error) {
	j := &made.judged
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.refresh(ctx, s, made)
	if err == nil && j.promise == nil {
		j.promise, err = s.promiseOf(ctx, made)
	}
	return j.promise, err
}

// accuracyNow is Accuracy of the newest that pages look at, found out once for what is known.
func (s *Server) accuracyNow(ctx context.Context, made *Endpoint) ([]Accuracy, error) {
	j := &made.judged
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.refresh(ctx, s, made)
	if err == nil && j.accuracy == nil {
		j.accuracy, err = s.Accuracy(ctx, made, watched)
	}
	return j.accuracy, err
}

// shadowNow is compareShadow, whose comparison is found out once for what is known.
func (s *Server) shadowNow(ctx context.Context, made *Endpoint, one *shadow) (*Shadow, error) {
	if one.made == nil {
		return s.compareShadow(ctx, made, one)
	}
	j := &made.judged
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.refresh(ctx, s, made)
	if err == nil && (j.shadow == nil || j.shadow.Alias != one.Alias || j.shadow.Challenger != one.made.Version.Version) {
		j.shadow, err = s.compareShadow(ctx, made, one)
	}
	if err != nil {
		return nil, err
	}
	now := *j.shadow
	now.Dropped = int(s.behind.dropped.Load())
	now.Answered, now.Failed, err = s.options.Requests.Shadowed(ctx, made.Name, now.Challenger)
	return &now, err
}

package bucket

import (
	"errors"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
)

// away says that the bucket is not asked.
func (s *Store) away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.o.Offline || s.gone != nil
}

// shut gives why nothing is sent; nil: it is.
func (s *Store) shut() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.gone, s.closed)
}

// leave has the run go on without the bucket, for that reason, which is said once.
func (s *Store) leave(err error) {
	if s.ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	first := s.gone == nil
	s.gone = err
	s.mu.Unlock()
	if first {
		s.complain(err, "asks it nothing more")
	}
}

// reached passes an error of asking on; it is one of the bucket.
func (s *Store) reached(err error) error {
	if err != nil {
		s.leave(err)
	}
	return err
}

// sent passes an error of sending on. A bucket that takes nothing may still give.
func (s *Store) sent(err error) error {
	switch {
	case err == nil || s.ctx.Err() != nil || errors.Is(err, errExists) || ours(err):
		return err
	case !answered(err):
		return s.reached(err)
	}
	s.mu.Lock()
	first := s.closed == nil && s.gone == nil
	s.closed = err
	s.mu.Unlock()
	if first {
		s.complain(err, "sends it nothing more")
	}
	return err
}

// complain says what is wrong with the bucket and what follows.
func (s *Store) complain(err error, then string) {
	text := err.Error()
	var e *diag.Error
	if errors.As(s.remote.explain(err), &e) {
		text = e.Clause() + "; " + e.Hint
	}
	s.o.Tell("", notebook.Finding{Level: notebook.Warning, Text: text + ". labbook goes on, and " + then})
}

// note remembers that an object has to be written anew.
func (s *Store) note(name, etag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong[name] = etag
}

func (s *Store) mended(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wrong, name)
}

func (s *Store) isWrong(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, wrong := s.wrong[name]
	return wrong
}

// Package logging keeps a log readable when the same thing happens a thousand
// times a second.
package logging

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Sampled passes on the first Most records of a level and message in each
// stretch of Every, and instead of the others, when the stretch is over, one that
// says how many there were.
type Sampled struct {
	slog.Handler
	shared *shared
}

// A stretch, and what passes in it. A person who looks at a log reads no more.
const (
	Most  = 20
	Every = 10 * time.Second
)

type shared struct {
	after func(time.Duration, func())
	mu    sync.Mutex
	seen  map[kind]*stretch
}

type kind struct {
	level   slog.Level
	message string
}

type stretch struct{ passed, held int }

// NewSampled samples what h takes. after calls a function once a time is over;
// nil means time.AfterFunc.
func NewSampled(h slog.Handler, after func(time.Duration, func())) *Sampled {
	if after == nil {
		after = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	return &Sampled{h, &shared{after: after, seen: map[kind]*stretch{}}}
}

// Handle implements slog.Handler.
func (s *Sampled) Handle(ctx context.Context, r slog.Record) error {
	k := kind{r.Level, r.Message}
	s.shared.mu.Lock()
	st := s.shared.seen[k]
	if st == nil {
		st = &stretch{}
		s.shared.seen[k] = st
		s.shared.after(Every, func() { s.end(k) })
	}
	pass := st.passed < Most
	if pass {
		st.passed++
	} else {
		st.held++
	}
	s.shared.mu.Unlock()
	if !pass {
		return nil
	}
	return s.Handler.Handle(ctx, r)
}

// end ends a stretch, and tells of what was held back.
func (s *Sampled) end(k kind) {
	s.shared.mu.Lock()
	held := s.shared.seen[k].held
	delete(s.shared.seen, k)
	s.shared.mu.Unlock()
	if held > 0 {
		r := slog.NewRecord(time.Now(), k.level, k.message+", and more like it", 0)
		r.AddAttrs(slog.Int("more", held), slog.Duration("within", Every))
		s.Handler.Handle(context.Background(), r)
	}
}

// WithAttrs implements slog.Handler.
func (s *Sampled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Sampled{s.Handler.WithAttrs(attrs), s.shared}
}

// WithGroup implements slog.Handler.
func (s *Sampled) WithGroup(name string) slog.Handler {
	return &Sampled{s.Handler.WithGroup(name), s.shared}
}

package farm

import (
	"sync"

	"labbook/internal/data/metrics"
)

// saying is what a stage says while it runs, for the next beat.
type saying struct {
	mu    sync.Mutex
	key   string
	bytes int // of the tail
	beat  beat
}

// open says with which key it is sealed.
func (s *saying) open(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// sealed gives the beat; nil while there is no key.
func (s *saying) sealed() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == "" {
		return nil
	}
	return seal(s.key, s.beat)
}

func (s *saying) line(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.beat
	b.Lines++
	b.Tail = append(b.Tail, line[:min(len(line), longestTail)])
	s.bytes += len(b.Tail[len(b.Tail)-1])
	for s.bytes > longestTail {
		s.bytes -= len(b.Tail[0])
		b.Tail = b.Tail[1:]
	}
}

func (s *saying) progress(step string, done, total int64, unit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beat.Progress = &progress{step, done, total, unit}
}

func (s *saying) scored(number int, of string, value metrics.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beat.Scored = &scored{number, of, value}
}

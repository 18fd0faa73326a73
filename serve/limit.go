package serve

import (
	"sync"
	"time"
)

// limiter lets each client make so many requests a second, and twice as many
// at once after a pause (a token bucket a client).
type limiter struct {
	rate  float64
	clock func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// maxBuckets bounds the clients that are remembered. When there are more, those
// whose bucket is full again are forgotten, which changes nothing for them.
const maxBuckets = 10_000

// newLimiter gives nil, which is no limit, for a rate of 0.
func newLimiter(rate float64, clock func() time.Time) *limiter {
	if rate <= 0 {
		return nil
	}
	return &limiter{rate: rate, clock: clock, buckets: map[string]*bucket{}}
}

func (l *limiter) allow(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, most := l.clock(), max(2*l.rate, 1)
	b := l.buckets[client]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.forget(now, most)
		}
		b = &bucket{left: most, at: now}
		l.buckets[client] = b
	}
	b.left = min(b.left+l.rate*now.Sub(b.at).Seconds(), most)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

func (l *limiter) forget(now time.Time, most float64) {
	for client, b := range l.buckets {
		if b.left+l.rate*now.Sub(b.at).Seconds() >= most {
			delete(l.buckets, client)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

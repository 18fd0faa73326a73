// Package clients keeps single clients from taking a server for themselves: by
// how often they ask, and by how many connections they hold.
package clients

import (
	"sync"
	"time"
)

// Rate lets each client make so many requests a second, and so many at once
// after a pause (a token bucket a client).
type Rate struct {
	rate  float64
	most  float64
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

// NewRate allows each client rate requests a second, and most at once; for a rate
// of 0 it gives nil, which allows all.
func NewRate(rate, most float64, clock func() time.Time) *Rate {
	if rate <= 0 {
		return nil
	}
	return &Rate{rate: rate, most: most, clock: clock, buckets: map[string]*bucket{}}
}

// Allow says whether a client may ask now, and counts that it did.
func (l *Rate) Allow(client string) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now, most := l.clock(), l.most
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

func (l *Rate) forget(now time.Time, most float64) {
	for client, b := range l.buckets {
		if b.left+l.rate*now.Sub(b.at).Seconds() >= most {
			delete(l.buckets, client)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

package requests

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A client alone waits for nobody; two groups that take turns become one where the disk
// is slow, and not where it is fast; and who waits in vain does not do so again at once.
func TestCompany(t *testing.T) {
	var c company
	assert.False(t, c.missing(1), "nothing is known")
	c.committed(lesson{in: 1, took: time.Millisecond})
	assert.False(t, c.missing(1), "alone")
	slow := lesson{in: 4, meanwhile: 4, took: 2 * time.Millisecond, came: 4, coming: 400 * time.Microsecond}
	c.committed(slow)
	assert.True(t, c.missing(4))
	assert.Equal(t, 2*time.Millisecond, c.patience)
	assert.False(t, c.missing(8))
	c.committed(lesson{in: 8, took: time.Second})
	assert.True(t, c.missing(7))
	assert.Equal(t, mostPatience, c.patience)
	c.over(5)
	assert.True(t, c.missing(5), "most came")
	c.over(3)
	for range leftAlone {
		assert.False(t, c.missing(1), "few came")
		c.committed(lesson{in: 3, meanwhile: 5, took: time.Millisecond})
	}
	assert.True(t, c.missing(1))
	c.committed(lesson{in: maxBatch, meanwhile: 700, took: time.Millisecond})
	assert.False(t, c.missing(maxBatch), "no more fit")

	c = company{}
	fast := lesson{in: 4, meanwhile: 3, took: 200 * time.Microsecond, came: 3, coming: 250 * time.Microsecond}
	c.committed(fast)
	assert.True(t, c.missing(3))
	assert.False(t, c.missing(4), "the others come while these are written")
	for range 3 * smoothing {
		c.committed(slow)
	}
	assert.True(t, c.missing(7), "the disk has become slow")
	for range 6 * smoothing {
		c.committed(fast)
	}
	assert.False(t, c.missing(4), "and fast again")
}

// Whoever leads passes the lead on, whatever happens to it, and tells the others.
func TestLeadIsPassedOn(t *testing.T) {
	fails := true
	s := open(t, filepath.Join(t.TempDir(), "requests.db"), Options{Durability: Normal, Committed: func(int, time.Duration) {
		if fails {
			panic("no")
		}
	}})
	leading, other := newWaiting(), newWaiting()
	leading.request, other.request = example(0), example(1)
	s.queue.led, s.queue.waiting = true, []*waiting{leading, other}
	assert.Panics(t, func() { s.lead(leading) })
	assert.Equal(t, verdict{err: errAbandoned}, <-other.said)
	fails = false
	assert.NoError(t, s.Record(example(2)))

	third := newWaiting()
	third.request = example(3)
	s.options.Committed = func(int, time.Duration) { s.queue.waiting = append(s.queue.waiting, third) } // comes meanwhile
	assert.NoError(t, s.Record(example(4)))
	assert.Equal(t, verdict{lead: true}, <-third.said)
	s.options.Committed = func(int, time.Duration) {}
	assert.NoError(t, s.lead(third))
	assert.NoError(t, s.Close())
	assert.ErrorIs(t, s.Record(example(5)), ErrClosed)
}

package runner

import (
	"context"
	"errors"
	"testing"

	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// line asks for grants in order, without waiting for them.
func line(s *slots, wants ...grant) (waiting []*waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, want := range wants {
		s.serial++
		w := &waiter{want: want, serial: s.serial, granted: make(chan grant, 1)}
		waiting = append(waiting, w)
		s.waiting.Push(w)
	}
	s.grant()
	return waiting
}

func got(waiting []*waiter) (list []grant) {
	for _, w := range waiting {
		g := grant{}
		select {
		case g = <-w.granted:
		default:
		}
		list = append(list, g)
	}
	return list
}

// Claims that do not fit wait, others pass them, and cores are shared among those
// that can run.
func TestSlotsPlaceClaims(t *testing.T) {
	s := newSlots(grant{4, 10})
	w := line(s, grant{4, 6}, grant{4, 6}, grant{4, 0})
	assert.Equal(t, []grant{{2, 6}, {}, {2, 0}}, got(w))
	s.release(grant{2, 0})
	assert.Equal(t, []grant{{}}, got(w[1:2]), "its memory is not free")
	s.release(grant{2, 6})
	assert.Equal(t, []grant{{4, 6}}, got(w[1:2]))
	s.release(grant{4, 6})
	assert.Equal(t, grant{4, 10}, s.free)
}

func TestSlotsGiveNoMoreThanThereIs(t *testing.T) {
	s := newSlots(grant{2, 10})
	g, err := s.acquire(t.Context(), 0, grant{9, 99}, func(bool) {})
	require.NoError(t, err)
	assert.Equal(t, grant{2, 10}, g, "more than there is runs alone")
	s.release(g)

	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	g, err = s.acquire(t.Context(), 0, grant{1, 5}, func(bool) {})
	require.NoError(t, err)
	cancel(stop)
	_, err = s.acquire(ctx, 0, grant{1, 6}, func(bool) {})
	assert.ErrorIs(t, err, stop)
	s.release(g)
	assert.Equal(t, grant{2, 10}, s.free)
	assert.Empty(t, s.waiting)

	g, err = newSlots(grant{2, 0}).acquire(t.Context(), 0, grant{1, 99}, func(bool) {})
	require.NoError(t, err)
	assert.Equal(t, grant{1, 0}, g, "what is not known bounds nothing")
}

// Two whose claims do not fit run one after the other, whatever cores there are, and
// a claim is no part of what is asked.
func TestClaimsPlaceStages(t *testing.T) {
	p := newProject(t, `name: p
stages:
  one: {uses: join, memory: 600 MB, with: {text: a}}
  two: {uses: join, memory: 600 MB, with: {text: b}}
`)
	at := make(chan struct{}, 1)
	for _, name := range []string{"one", "two"} {
		p.during[name] = func(*stage.Context) {
			select {
			case at <- struct{}{}:
			default:
				t.Error("two run together")
			}
			<-at
		}
	}
	r := p.run(func(o *Options) { o.Memory = 1e9 })
	assert.Equal(t, []string{"one succeeded", "two succeeded"}, statuses(r))
	p.change("600 MB", "1 GB")
	assert.Equal(t, []string{"one cached", "two cached"}, statuses(p.run(func(o *Options) { o.Memory = 1e9 })))
}

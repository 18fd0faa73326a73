package requests

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a shadow said is kept once, beside what is recorded at the same time; of saved
// predictions for ever, in the order of outcomes, else with the request.
func testShadows(t *testing.T, address string) {
	s := open(t, address, Options{})
	var all sync.WaitGroup
	ids := make([]string, 6)
	for i := range ids {
		ids[i] = NewID(time.Now())
		all.Go(func() {
			r := &Request{ID: ids[i], Time: time.Now(), Pipeline: "p", Model: "m", Version: 1, Status: 200}
			if i < 3 {
				r.Prediction = &Prediction{ID: "s" + ids[i], Time: r.Time, Pipeline: "p", Model: "m", Version: 1, Request: r.ID, Input: []byte("{}"), Answer: json.RawMessage(fmt.Sprint(i))}
			}
			assert.NoError(t, s.Record(r))
		})
		all.Go(func() {
			one := &Shadow{Request: ids[i], Pipeline: "p", Model: "m", Version: 2, Time: time.Now(), Status: 200, Answer: json.RawMessage(fmt.Sprint(10 + i))}
			if i < 3 {
				one.Prediction = "s" + ids[i]
			}
			if i == 5 {
				one.Status, one.Answer = 422, json.RawMessage("no \x00 \xff")
			}
			for range 2 {
				assert.NoError(t, s.Shadow([]*Shadow{one}))
			}
		})
	}
	all.Wait()
	for _, i := range []int{2, 0} {
		_, err := s.SetOutcome(t.Context(), "p", "s"+ids[i], json.RawMessage("7"), nil)
		require.NoError(t, err)
	}
	pairs, err := s.Pairs(t.Context(), "p", "m", 1, 2, 10)
	require.NoError(t, err)
	require.Len(t, pairs, 2)
	assert.Equal(t, []string{"2", "12", "7"}, []string{string(pairs[0].Answer), string(pairs[0].Shadow), string(pairs[0].Outcome)})
	assert.Equal(t, "10", string(pairs[1].Shadow), "in the order of outcomes")
	pairs, err = s.Pairs(t.Context(), "p", "m", 1, 3, 10)
	require.NoError(t, err)
	assert.Empty(t, pairs)
	answered, refused, err := s.Shadowed(t.Context(), "p", 2)
	require.NoError(t, err)
	assert.Equal(t, []int{6, 1}, []int{answered, refused})

	s.options.MaxBytes = 1
	s.options.Clock = func() time.Time { return time.Now().Add(3 * reserve) }
	_, err = s.Trim(t.Context())
	require.NoError(t, err)
	kept, bytes, err := s.Stored(t.Context())
	require.NoError(t, err)
	assert.Zero(t, kept)
	assert.Zero(t, bytes, "all that was counted is gone")
	answered, _, err = s.Shadowed(t.Context(), "p", 2)
	require.NoError(t, err)
	assert.Equal(t, 3, answered, "what was saved stays")
	require.NoError(t, s.Close())
	assert.ErrorIs(t, s.Shadow([]*Shadow{{}}), ErrClosed)
}

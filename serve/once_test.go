package serve

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/internal/store/requests"
)

// What is sent again with its key is not done again, and answered as the first
// time; nobody else's key counts.
func TestOnce(t *testing.T) {
	runner := &starter{}
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	l.start(func(o *Options) { o.Runner = runner })
	key := "Idempotency-Key: 7b0ad1d8-65b9-4c8e-9d0e-6a5f0f6d0c11"
	save := `{"input":` + small + `}`
	first := l.ask("POST", "/v1/stones/predictions", save, withToken, key)
	require.Equal(t, 201, first.Code, first.Body)
	again := l.ask("POST", "/v1/stones/predictions", save, withToken, key)
	assert.Equal(t, 201, again.Code)
	assert.Equal(t, first.Body.String(), again.Body.String())
	assert.Equal(t, "true", again.Header().Get("Idempotency-Replayed"))
	assert.NotEqual(t, first.Header().Get("X-Request-Id"), again.Header().Get("X-Request-Id"), "each request has its record")
	saved, err := l.requests.Predictions(t.Context(), requests.PredictionFilter{Pipeline: "stones"})
	require.NoError(t, err)
	assert.Len(t, saved, 1)

	p := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`,"note":"x"}`, withToken, key), 422)
	assert.Contains(t, p["detail"], "another request")
	other := l.key("other", nil, record.ScopePredict, record.ScopeTrain)
	assert.Empty(t, l.ask("POST", "/v1/stones/predictions", save, other, key).Header().Get("Idempotency-Replayed"), "keys are of who chose them")
	assert.Empty(t, l.ask("POST", "/v1/stones/predict", small, key).Header().Get("Idempotency-Replayed"), "nothing is changed")
	for _, bad := range []string{strings.Repeat("x", 256), "a b", "\u00e4"} {
		members(t, l.ask("POST", "/v1/stones/predictions", save, withToken, "Idempotency-Key: "+bad), 400)
	}

	run := l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, withToken, "Idempotency-Key: a")
	require.Equal(t, 202, run.Code, run.Body)
	lines := func() int {
		trail, err := l.server.options.Keys.Trail(t.Context(), time.Time{}, 100)
		require.NoError(t, err)
		return len(trail)
	}
	before := lines()
	again = l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, withToken, "Idempotency-Key: a")
	assert.Equal(t, run.Header().Get("Location"), again.Header().Get("Location"))
	assert.Len(t, runner.jobs, 1)
	assert.Equal(t, before, lines())
	promoted := l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, withToken, "Idempotency-Key: b")
	require.Equal(t, 200, promoted.Code)
	assert.Equal(t, promoted.Body.String(), l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, withToken, "Idempotency-Key: b").Body.String())

	// What failed is tried again.
	assert.Equal(t, 422, l.ask("POST", "/v1/runs", `{}`, withToken, "Idempotency-Key: c").Code)
	assert.Equal(t, 202, l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, withToken, "Idempotency-Key: c").Code)
}

// Of many that come at once one is done.
func TestOnceAtOnce(t *testing.T) {
	l := oneLab(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			w := l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, withToken, "Idempotency-Key: k")
			assert.Contains(t, []int{201, 409}, w.Code)
		})
	}
	all.Wait()
	saved, err := l.requests.Predictions(t.Context(), requests.PredictionFilter{Pipeline: "stones"})
	require.NoError(t, err)
	assert.Len(t, saved, 1)
}

// After a day a key is free again.
func TestOnceForADay(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Clock, o.Keys = clock, keys.New(l.ledger, clock) })
	ask := func() string {
		return members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, withToken, "Idempotency-Key: k"), 201)["id"].(string)
	}
	first := ask()
	require.NoError(t, l.requests.Close())
	var err error
	l.requests, err = requests.Open(t.Context(), l.database, requests.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { l.requests.Close() })
	l.start(func(o *Options) { o.Clock, o.Keys = clock, keys.New(l.ledger, clock) })
	assert.Equal(t, first, ask(), "another server of the same records knows it")
	now = now.Add(requests.KeepIdempotent)
	assert.NotEqual(t, first, ask())
}

// A method that a path does not take is told so, whatever its key.
func TestOnceIsOfMethodsThatThereAre(t *testing.T) {
	l := oneLab(t)
	headers := []string{withToken, "Idempotency-Key: 1"}
	members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, headers...), 201)
	for _, method := range []string{"TRACE", "PUT"} {
		members(t, l.ask(method, "/v1/stones/predictions", `{"input":`+small+`}`, headers...), 405)
	}
}

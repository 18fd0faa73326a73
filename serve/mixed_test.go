package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
)

// TestMixedTraffic asks everything at once over the network, while the champion changes
// and old requests are removed: memory stays flat, the database within its bound, each
// answer has its record, and what is sent twice with one key is saved once. LABBOOK_MIXED
// makes it last as long as that says ("30m").
func TestMixedTraffic(t *testing.T) {
	lasts, _ := time.ParseDuration(os.Getenv("LABBOOK_MIXED"))
	lasts = max(lasts, time.Second)
	const bound = 4_000_000
	const stays = 2200 // bytes of a saved prediction, and of its answer, which its key gives again for a day
	l := newLab(t)
	require.NoError(t, l.requests.Close())
	var recorded atomic.Int64
	var err error
	l.requests, err = requests.Open(t.Context(), l.database, requests.Options{Durability: requests.Normal, MaxBytes: bound,
		Committed: func(rows int, _ time.Duration) { recorded.Add(int64(rows)) }, Failed: func(err error) { t.Error(err) }})
	require.NoError(t, err)
	t.Cleanup(func() { l.requests.Close() })
	l.train(100, nil)
	l.train(200, nil)
	l.start(func(o *Options) { o.Batches = filepath.Join(t.TempDir(), "batches") })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Serve(ctx, listener, "", "") }()

	base := "http://" + listener.Addr().String()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	var answered, saved, batches atomic.Int64
	ask := func(method, path, body string, statuses []int, headers ...string) map[string]any {
		r, err := http.NewRequest(method, base+path, strings.NewReader(body))
		if !assert.NoError(t, err) {
			return nil
		}
		r.Header.Set("Content-Type", typeJSON)
		for _, h := range append(headers, withToken) {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		w, err := client.Do(r)
		if !assert.NoError(t, err) {
			return nil
		}
		defer w.Body.Close()
		data, err := io.ReadAll(w.Body)
		assert.NoError(t, err)
		assert.Contains(t, statuses, w.StatusCode, "%s %s: %s", method, path, data)
		assert.NotEmpty(t, w.Header.Get("X-Request-Id"))
		answered.Add(1)
		var m map[string]any
		json.Unmarshal(data, &m)
		return m
	}
	ok := []int{200}
	csv := "carat,cut,shop\n" + strings.Repeat("0.5,Good,east\n", 200)
	large := "[" + strings.Repeat(small+",", 3000) + small + "]"
	kinds := []func(i int){
		func(int) { ask("POST", "/v1/stones/predict", small, ok) },
		func(int) { ask("POST", "/v1/stones/predict?explain=true&version=2", small, ok) },
		func(int) { ask("POST", "/v1/stones/predict", csv, ok, "Content-Type: text/csv") },
		func(int) {
			ask("POST", "/v1/stones/predict", gzipped(small), ok, "Content-Encoding: gzip", "Accept-Encoding: gzip")
		},
		func(int) { ask("POST", "/v1/stones/predict", large, []int{200, 503}) },
		func(int) { ask("POST", "/v1/stones/predict", `{"carat":"x","cut":7}`, []int{422}) },
		func(int) { ask("POST", "/v1/stones/predict", `{`, []int{400}) },
		func(int) { ask("POST", "/v1/stones/similar?n=5", small, ok) },
		func(int) { ask("POST", "/v1/stones/what-if", `{"input":`+small+`}`, ok) },
		func(int) { ask("POST", "/v2/models/stones/infer", stonesInfer, ok) },
		func(int) { ask("POST", "/v1/stones/invocations", stonesSplit, ok) },
		func(int) { ask("GET", "/v1/requests?limit=5", "", ok) },
		func(int) { ask("GET", "/v1/nowhere", "", []int{404}) },
		func(i int) {
			key := fmt.Sprintf("Idempotency-Key: %d", i)
			first := ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, []int{201}, key)
			again := ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, []int{201}, key)
			assert.Equal(t, first["id"], again["id"], "once")
			ask("PATCH", fmt.Sprint("/v1/stones/predictions/", first["id"]), `{"outcome":70}`, ok)
			saved.Add(1)
		},
		func(i int) {
			if i%600 > 20 {
				return
			}
			b := ask("POST", "/v1/stones/batches", csv, []int{202, 409}, "Content-Type: text/csv")
			if id, taken := b["id"].(string); taken {
				ask("DELETE", "/v1/stones/batches/"+id, "", ok)
				batches.Add(1)
			}
		},
	}
	var next atomic.Int64
	var all sync.WaitGroup
	until := make(chan struct{})
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-until:
					return
				default:
				}
				i := int(next.Add(1))
				kinds[i%len(kinds)](i)
			}
		})
	}
	var warm, last int64
	goroutines, most := 0, int64(0)
	began := time.Now()
	for i := 0; time.Since(began) < lasts || answered.Load() < 150; i++ {
		time.Sleep(min(lasts/20, 10*time.Second))
		if i%2 == 0 {
			_, err = l.server.Promote(t.Context(), "stones", 2, nil, "", "test")
		} else {
			_, err = l.server.Rollback(t.Context(), "stones", nil, "", "test")
		}
		assert.NoError(t, err)
		_, err := l.requests.Trim(t.Context())
		assert.NoError(t, err)
		_, bytes, err := l.requests.Stored(t.Context())
		assert.NoError(t, err)
		most = max(most, bytes)
		last = heap()
		if warm == 0 && time.Since(began) > lasts/4 {
			warm, goroutines = last, runtime.NumGoroutine()
		}
	}
	close(until)
	all.Wait()
	assert.Less(t, last-warm, int64(20<<20), "memory is flat")
	assert.Less(t, runtime.NumGoroutine(), goroutines+50)
	client.CloseIdleConnections()
	stop()
	require.NoError(t, <-ended)
	assert.GreaterOrEqual(t, recorded.Load(), answered.Load(), "an answer, a record")
	assert.LessOrEqual(t, recorded.Load(), answered.Load()+batches.Load(), "and one of the end of a batch, unless it was removed before")
	var kept int64
	for before, more := "", true; more; {
		page, err := l.requests.Predictions(t.Context(), requests.PredictionFilter{Pipeline: "stones", Before: before, Limit: 1000})
		require.NoError(t, err)
		kept += int64(len(page))
		if more = len(page) == 1000; more {
			before = page[999].ID
		}
	}
	assert.Equal(t, saved.Load(), kept, "none lost, none doubled")
	_, err = l.requests.Trim(t.Context())
	require.NoError(t, err)
	_, bytes, err := l.requests.Stored(t.Context())
	require.NoError(t, err)
	assert.LessOrEqual(t, bytes, int64(bound))
	require.NoError(t, l.requests.Close())
	require.NoError(t, requests.Check(t.Context(), l.database))
	info, err := os.Stat(l.database)
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(2*bound)+stays*(saved.Load()+1), "the file too")
	t.Logf("%d answers in %v, %d saved, %d batches; the heap changed by %d KB; the file has %d KB, once as many as %d KB counted", answered.Load(),
		time.Since(began).Round(time.Second/10), saved.Load(), batches.Load(), (last-warm)>>10, info.Size()>>10, most>>10)
}

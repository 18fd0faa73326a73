package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPromotionsUnderLoad asks over the network while the champion changes a
// hundred times, and at last ends the server: no request fails, and every
// answer has its row. LABBOOK_SOAK makes it last as long as that says ("5m").
func TestPromotionsUnderLoad(t *testing.T) {
	lasts, _ := time.ParseDuration(os.Getenv("LABBOOK_SOAK"))
	moves := 100
	if testing.Short() {
		moves = 10
	}
	l := newLab(t)
	l.train(100, nil)
	l.train(200, nil)
	l.start(nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serving, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Serve(serving, listener, "", "") }()

	var answers atomic.Int64
	var byVersion [3]atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				w, err := http.Post("http://"+listener.Addr().String()+"/v1/stones/predict", "application/json", bytes.NewReader([]byte(small)))
				if !assert.NoError(t, err) {
					return
				}
				data, err := io.ReadAll(w.Body)
				w.Body.Close()
				var m struct {
					Price   float64
					Version int
				}
				if !assert.NoError(t, err) || !assert.Equal(t, 200, w.StatusCode) || !assert.NoError(t, json.Unmarshal(data, &m)) {
					return
				}
				assert.InDelta(t, float64(m.Version)*50+10, m.Price, 10, "the version that it names has answered")
				answers.Add(1)
				byVersion[m.Version].Add(1)
			}
		})
	}
	first, began := heap(), time.Now()
	for i := range moves {
		if i%2 == 0 {
			_, err = l.server.Promote(t.Context(), "stones", 2, nil, "", "test")
		} else {
			_, err = l.server.Rollback(t.Context(), "stones", nil, "", "test")
		}
		require.NoError(t, err)
		time.Sleep(lasts / time.Duration(moves))
	}
	grown := heap() - first
	close(stop)
	clients.Wait()
	end()
	require.NoError(t, <-ended)
	n, _, err := l.requests.Stored(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, answers.Load(), n)
	assert.NotZero(t, byVersion[1].Load())
	assert.NotZero(t, byVersion[2].Load())
	assert.Less(t, grown, int64(20<<20), "memory stays flat")
	t.Logf("%d answers in %v over %d moves, 0 errors; the heap changed by %d KB", answers.Load(), time.Since(began).Round(time.Second/10), moves, grown>>10)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

package serve

import (
	"context"
	"fmt"
	"github.com/stretchr/testify/assert"
	"io"
	"labbook/internal/learn/features"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// health asks on a new connection.
func health(t *testing.T, address string) net.Conn {
	c := dial(t, address)
	fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	w := answer(t, c)
	require.NotNil(t, w)
	require.Equal(t, 200, w.StatusCode)
	return c
}

// Connections that say nothing, or nothing more, keep nobody out: the one that
// has been silent for longest gives way.
func TestSilentConnectionsGiveWay(t *testing.T) {
	const most = 8
	_, address := listening(t, func(o *Options) {
		o.Limits.Connections, o.Limits.PerClient = most, most
		o.Limits.Read, o.Limits.Idle = 5*time.Minute, 5*time.Minute
	})
	for range 2 * most {
		health(t, address) // and stays open
	}
	for range 5 * most {
		dial(t, address) // and does not say a word
	}
	health(t, address)
}

// In a crowd of silent connections, slow writers and large bodies, beside a model that
// is fitted, each small request is answered, and whoever asks whether the server is well;
// when the crowd has gone, so has what it took. bench/serve has the times.
func TestInACrowd(t *testing.T) {
	const silent, slow = 100, 40
	l, address := listening(t, func(o *Options) {
		o.Limits.Connections, o.Limits.PerClient = 128, 128 // fewer than the crowd wants
		o.Limits.Body, o.Limits.Bodies = 1<<20, 3<<20
		o.Limits.Read, o.Limits.Write = 5*time.Minute, 10*time.Minute
	})
	goroutines := runtime.NumGoroutine()
	crowd, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	again := func(come func()) {
		all.Go(func() {
			for crowd.Err() == nil {
				come()
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	stay := func(beginning string, byByte bool) func() {
		return func() {
			c, err := net.Dial("tcp", address)
			if err != nil {
				return
			}
			defer c.Close()
			defer context.AfterFunc(crowd, func() { c.Close() })()
			if _, err := io.WriteString(c, beginning); err == nil && byByte {
				go func() {
					for err := error(nil); err == nil; time.Sleep(20 * time.Millisecond) {
						_, err = c.Write([]byte(" "))
					}
				}()
			}
			io.Copy(io.Discard, c) // until it is closed
		}
	}
	for range silent {
		again(stay("GET /healthz HTTP/1.1\r\nHost: "+address+"\r\n\r\n", false))
	}
	for range slow / 2 {
		again(stay("POST /v1/stones/predict HTTP/1.1\r\nHost: "+address+"\r\nX-Slow: ", true))
		again(stay("POST /v1/stones/predict HTTP/1.1\r\nHost: "+address+"\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat(" ", 70_000), true))
	}
	many := "[" + strings.Repeat(small+",", 2000) + small + "]"
	var answered atomic.Int64
	third := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 3)}}
	large := &http.Client{Transport: &http.Transport{DialContext: third.DialContext}}
	for range 6 {
		again(func() {
			w, err := large.Post("http://"+address+"/v1/stones/predict", "application/json", strings.NewReader(many))
			if !assert.NoError(t, err) {
				return
			}
			io.Copy(io.Discard, w.Body)
			w.Body.Close()
			assert.Contains(t, []int{200, 503}, w.StatusCode)
			if w.StatusCode == 200 {
				answered.Add(1)
			}
		})
	}
	fitted := stones(100)
	again(func() {
		_, err := features.Fit(fitted, func() features.Options { o := features.Defaults(); o.Target = "price"; return o }())
		assert.NoError(t, err)
	})

	other := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}} // who has few connections keeps them
	kept := &http.Client{Transport: &http.Transport{DialContext: other.DialContext}}
	fresh := &http.Client{Transport: &http.Transport{DialContext: other.DialContext, DisableKeepAlives: true}}
	for i := 0; i < 50 || answered.Load() == 0; i++ {
		w, err := kept.Post("http://"+address+"/v1/stones/predict", "application/json", strings.NewReader(small))
		require.NoError(t, err)
		io.Copy(io.Discard, w.Body)
		w.Body.Close()
		require.Equal(t, 200, w.StatusCode)
		if i%10 == 0 {
			w, err := fresh.Get("http://" + address + "/healthz")
			require.NoError(t, err)
			w.Body.Close()
			require.Equal(t, 200, w.StatusCode)
		}
	}
	assert.Less(t, heap(), int64(150<<20))
	leave()
	all.Wait()
	kept.CloseIdleConnections()
	large.CloseIdleConnections()
	require.Eventually(t, func() bool { return l.server.meters.inFlight.Load() == 0 }, time.Minute, time.Millisecond)
	require.Eventually(t, func() bool { return runtime.NumGoroutine() < goroutines+20 }, time.Minute, time.Millisecond)
	assert.True(t, l.server.bodies.TryAcquire(l.server.options.Limits.Bodies), "all memory is given back")
}

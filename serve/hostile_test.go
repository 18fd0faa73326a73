package serve

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listening is a lab whose server listens, with short patience.
func listening(t *testing.T, change func(*Options)) (l *lab, address string) {
	l = newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) {
		o.Limits.Read, o.Limits.Write = 500*time.Millisecond, 2*time.Second
		if change != nil {
			change(o)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Serve(ctx, narrow{listener}, "", "") }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-ended)
	})
	return l, listener.Addr().String()
}

// narrow is a listener whose connections take little that nobody reads.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(32 << 10)
	}
	return c, err
}

// dial opens a connection on which a test waits for nothing longer than this.
func dial(t *testing.T, address string) net.Conn {
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(30*time.Second)))
	return c
}

// answer reads the answer of a connection; nil when it was closed without one.
func answer(t *testing.T, c net.Conn) *http.Response {
	w, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		return nil
	}
	return w
}

func post(address, body string) string {
	return fmt.Sprintf("POST /v1/stones/predict HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", address, len(body), body)
}

// Clients that are slow to send a header or a body, or to take an answer, are
// let go, and nobody else waits for them.
func TestSlowClients(t *testing.T) {
	l, address := listening(t, nil)
	header, body := dial(t, address), dial(t, address)
	fmt.Fprintf(header, "POST /v1/stones/predict HTTP/1.1\r\nHost: %s\r\nX-Slow: ", address)
	fmt.Fprintf(body, "POST /v1/stones/predict HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{", address)
	reader := dial(t, address)
	require.NoError(t, reader.(*net.TCPConn).SetReadBuffer(64<<10))
	many := "[" + strings.Repeat(small+",", 15_000) + small + "]"
	_, err := io.WriteString(reader, post(address, many))
	require.NoError(t, err)

	others := dial(t, address)
	_, err = io.WriteString(others, post(address, small))
	require.NoError(t, err)
	assert.Equal(t, 200, answer(t, others).StatusCode, "others are answered meanwhile")

	assert.Nil(t, answer(t, header), "the connection is closed")
	w := answer(t, body)
	require.NotNil(t, w)
	assert.Equal(t, http.StatusRequestTimeout, w.StatusCode)
	recorded, err := l.requests.Request(t.Context(), w.Header.Get("X-Request-Id"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusRequestTimeout, recorded.Status)

	require.Eventually(t, func() bool { return l.server.meters.inFlight.Load() == 0 }, time.Minute, 10*time.Millisecond)
	w = answer(t, reader)
	require.NotNil(t, w)
	taken, err := io.Copy(io.Discard, w.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d bytes taken: it was not waited for", taken)
	assert.True(t, l.server.bodies.TryAcquire(l.server.options.Limits.Bodies), "all memory is given back")
}

// What is no request is refused by the HTTP library; the server goes on.
func TestWhatIsNoRequest(t *testing.T) {
	_, address := listening(t, nil)
	for name, tt := range map[string]struct {
		sent   string
		status int
	}{
		"bytes":             {"\x00\xff\xfe hello\r\n\r\n", 400},
		"no host":           {"GET /v1/models HTTP/1.1\r\n\r\n", 400},
		"a long header":     {"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", 100_000) + "\r\n\r\n", 431},
		"a flood of them":   {"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X: a\r\n", 20_000) + "\r\n", 431},
		"a long address":    {"GET /v1/" + strings.Repeat("a", 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
		"two lengths":       {"POST /v1/stones/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400},
		"another encoding":  {"POST /v1/stones/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
		"a broken chunk":    {"POST /v1/stones/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"too much":          {"POST /v1/stones/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n{", 413},
		"a GET with a body": {"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n{", 413},
	} {
		c := dial(t, address)
		io.WriteString(c, tt.sent) // it may be refused before it is read to its end
		w := answer(t, c)
		if assert.NotNil(t, w, name) {
			assert.Equal(t, tt.status, w.StatusCode, name)
		}
	}
	c := dial(t, address)
	io.WriteString(c, post(address, small))
	assert.Equal(t, 200, answer(t, c).StatusCode)
}

// Large bodies at once take no more memory than a few do: the others are read to
// their end, and told to come again. Nobody is cut off or blamed.
func TestManyLargeBodies(t *testing.T) {
	l, address := listening(t, func(o *Options) {
		o.Limits.Body, o.Limits.Bodies = 1<<20, 3<<20
		o.Limits.Read, o.Limits.Write = 5*time.Minute, 5*time.Minute
	})
	body := []byte("[" + strings.Repeat(small+",", 20_000) + small + "]")
	require.Less(t, int64(len(body)), l.server.options.Limits.Body)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 40}}
	var most atomic64
	var statuses [600]atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			var from io.Reader = bytes.NewReader(body)
			if i%2 == 1 {
				from = io.MultiReader(from) // its length is not known: it is sent in chunks
			}
			w, err := client.Post("http://"+address+"/v1/stones/predict", "application/json", from)
			if !assert.NoError(t, err) {
				return
			}
			_, err = io.Copy(io.Discard, w.Body)
			w.Body.Close()
			assert.NoError(t, err)
			statuses[w.StatusCode].Add(1)
			if w.StatusCode == http.StatusServiceUnavailable {
				assert.NotEmpty(t, w.Header.Get("Retry-After"))
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.raise(m.HeapAlloc)
			recorded, err := l.requests.Request(t.Context(), w.Header.Get("X-Request-Id"))
			if assert.NoError(t, err) && assert.NotNil(t, recorded) {
				assert.Equal(t, w.StatusCode, recorded.Status)
				assert.EqualValues(t, len(body), recorded.Request.Size)
			}
		})
	}
	all.Wait()
	t.Logf("%d answered, %d told to come again, at most %d MB", statuses[200].Load(), statuses[503].Load(), most.value()>>20)
	assert.Positive(t, statuses[200].Load())
	assert.EqualValues(t, 40, statuses[200].Load()+statuses[503].Load())
	// 40 at once would hold about 40 × 8 MB: body, table, answer, and its record.
	assert.Less(t, most.value(), uint64(150<<20))
	assert.True(t, l.server.bodies.TryAcquire(l.server.options.Limits.Bodies), "all memory is given back")
	assert.True(t, l.server.turns.TryAcquire(int64(max(1, runtime.GOMAXPROCS(0)-1))), "and so are the turns")
}

// What is announced and does not come takes nothing: neither memory nor turns.
func TestSilentBodiesReserveNothing(t *testing.T) {
	l, address := listening(t, func(o *Options) {
		o.Limits.Body, o.Limits.Bodies = 1<<20, 2<<20
		o.Limits.Read, o.Limits.Write = 5*time.Minute, 5*time.Minute
	})
	const silent = 40
	for range silent {
		c := dial(t, address)
		fmt.Fprintf(c, "POST /v1/stones/predict HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n%s", address, strings.Repeat(" ", 70_000))
	}
	require.Eventually(t, func() bool { return l.server.meters.inFlight.Load() == silent }, time.Minute, time.Millisecond)
	many := dial(t, address)
	_, err := io.WriteString(many, post(address, "["+strings.Repeat(small+",", 15_000)+small+"]"))
	require.NoError(t, err)
	w := answer(t, many)
	require.NotNil(t, w)
	assert.Equal(t, 200, w.StatusCode)
}

// atomic64 is the greatest of the values that it was given.
type atomic64 struct {
	mu   sync.Mutex
	most uint64
}

func (a *atomic64) raise(v uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.most = max(a.most, v)
}

func (a *atomic64) value() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.most
}

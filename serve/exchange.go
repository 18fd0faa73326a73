package serve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"labbook/internal/store/requests"
	"labbook/serve/batch"
)

// exchange is a request with its answer, on its way through the server. The
// body is read before a handler is called and the answer is held back until it
// is recorded, so that no client gets one that is not. It is the
// http.ResponseWriter that handlers see.
type exchange struct {
	record requests.Request
	body   []byte // of the request
	reader body
	header http.Header // of the answer
	status int         // 0: not yet known
	answer []byte

	sent      http.Header // of the request
	to        http.ResponseWriter
	server    *Server
	caller    *Caller
	origin    string        // of the page elsewhere that may have the answer
	upload    *batch.Upload // the body, where it is a file
	batch     string        // that was made of it
	shadow    *Endpoint     // that is asked the same; nil: none is
	once      string        // of Server.onces
	alone     bool          // once is claimed from the servers that share the database
	replayed  bool          // the answer is that of an earlier request
	accepts   string        // how the answer may be packed
	streaming bool
	claimed   int64 // of Server.bodies
	dropped   int64 // bytes of the request that were not kept
	turn      bool  // of Server.turns
	recalls   bool  // of Server.recalls
}

var exchanges = sync.Pool{New: func() any { return &exchange{header: http.Header{}} }}

// keepBuffer is the size up to which the buffers of an exchange are used again.
const keepBuffer = 64 << 10

func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := exchanges.Get().(*exchange)
	now := s.options.Clock()
	x.to, x.server, x.sent, x.accepts = w, s, r.Header, r.Header.Get("Accept-Encoding")
	x.record = requests.Request{ID: requests.NewID(now), Time: now, Method: r.Method, Path: r.URL.RequestURI(), Client: clientOf(r)}
	return x
}

func (x *exchange) release() {
	x.endTurn()
	x.giveBack()
	if x.once != "" {
		x.server.onces.giveBack(x.once)
		if x.alone { // and where no answer is kept, free again
			if err := x.server.options.Requests.Unclaim(context.Background(), x.once); err != nil {
				x.server.options.Log.Error("an Idempotency-Key is not given back, and is free again in two minutes", "error", err)
			}
		}
	}
	if x.recalls {
		x.server.recalls.Release(1)
	}
	if x.upload != nil {
		x.upload.Drop()
	}
	clear(x.header)
	if cap(x.body) > keepBuffer || cap(x.answer) > keepBuffer {
		return // for the garbage collector
	}
	*x = exchange{header: x.header, body: x.body[:0], answer: x.answer[:0]}
	exchanges.Put(x)
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	if x.streaming {
		return x.to.Write(p)
	}
	x.answer = append(x.answer, p...)
	return len(p), nil
}

// stream records the exchange as it is, sends the header, and lets what is
// written from now on through; for answers without an end. It gives nil when
// there is no record, for then nothing may be sent.
func (x *exchange) stream() *http.ResponseController {
	x.status = http.StatusOK
	if err := x.commit(); err != nil {
		x.fail(unrecorded(err))
		return nil
	}
	x.streaming = true
	x.send()
	return http.NewResponseController(x.to)
}

// commit makes the exchange durable.
func (x *exchange) commit() error {
	x.record.Status = x.status
	x.record.Latency = x.server.options.Clock().Sub(x.record.Time)
	x.record.Request.Size, x.record.Request.Kept = int64(len(x.body))+x.dropped, x.body
	x.record.Response = requests.Body{Type: x.header.Get("Content-Type"), Size: int64(len(x.answer)), Kept: x.answer}
	return x.server.options.Requests.Record(&x.record)
}

// unrecorded is the answer instead of one that could not be recorded.
func unrecorded(err error) *Problem {
	p := problem(http.StatusServiceUnavailable, "the request could not be recorded, so it is not answered; try again later")
	p.cause = err
	return p
}

// send passes the answer on.
func (x *exchange) send() {
	header := x.to.Header()
	for name, values := range x.header {
		header[name] = values
	}
	if base := x.server.options.Behind.Base; base != "" {
		if to := header["Location"]; len(to) == 1 && strings.HasPrefix(to[0], "/") {
			header["Location"] = []string{base + to[0]}
		}
	}
	x.cors(header)
	header["X-Request-Id"] = []string{x.record.ID}
	header["X-Content-Type-Options"] = noSniff
	if x.claimed > 0 || x.upload != nil { // it may have waited: the time to take it begins now
		http.NewResponseController(x.to).SetWriteDeadline(time.Now().Add(x.server.options.Limits.Write))
	}
	answer := x.answer
	if !x.streaming {
		answer = x.pack(header)
	}
	x.to.WriteHeader(x.status)
	if len(answer) > 0 {
		x.to.Write(answer)
	}
}

var noSniff = []string{"nosniff"}

// body is a request's body that has been read already.
type body struct{ bytes.Reader }

// Close implements io.Closer.
func (*body) Close() error { return nil }

var _ io.ReadCloser = (*body)(nil)

// protect calls next, and turns a panic into a 500 that tells the client
// nothing but the id.
func (x *exchange) protect(next http.Handler, r *http.Request) {
	defer func() {
		if found := recover(); found != nil {
			x.server.options.Log.Error("panic", "request", x.record.ID, "path", r.URL.Path, "panic", fmt.Sprint(found), "stack", string(debug.Stack()))
			if x.streaming {
				panic(http.ErrAbortHandler)
			}
			x.fail(internal(fmt.Errorf("panic: %v", found)))
		}
	}()
	next.ServeHTTP(x, r)
	if x.status == 0 {
		x.status = http.StatusOK
	}
}

// clientOf gives the client's address without the port.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// routeOf gives the pattern without the method.
func routeOf(r *http.Request) string {
	if _, route, found := strings.Cut(r.Pattern, " "); found {
		return route
	}
	return r.Pattern
}

// exchangeKey is where huma's handlers find the exchange.
type exchangeKey struct{}

func withExchange(ctx huma.Context, next func(huma.Context)) {
	_, w := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, exchangeKey{}, w.(*exchange)))
}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// took is how long the exchange has been going on.
func (x *exchange) took() time.Duration { return x.server.options.Clock().Sub(x.record.Time) }

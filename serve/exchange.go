package serve

import (
	"bytes"
	"context"
	"errors"
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

	"labbook/internal/requests"
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

	to        http.ResponseWriter
	server    *Server
	streaming bool
	reserved  int64 // of Server.bodies
}

var exchanges = sync.Pool{New: func() any { return &exchange{header: http.Header{}} }}

// keepBuffer is the size up to which the buffers of an exchange are used again.
const keepBuffer = 64 << 10

func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := exchanges.Get().(*exchange)
	now := s.options.Clock()
	x.to, x.server = w, s
	x.record = requests.Request{ID: requests.NewID(now), Time: now, Method: r.Method, Path: r.URL.RequestURI(), Client: clientOf(r)}
	return x
}

func (x *exchange) release() {
	if x.reserved > 0 {
		x.server.bodies.Release(x.reserved)
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
func (x *exchange) stream(ctx context.Context) *http.ResponseController {
	x.status = http.StatusOK
	if err := x.commit(ctx); err != nil {
		x.fail(unrecorded(err))
		return nil
	}
	x.streaming = true
	x.send()
	return http.NewResponseController(x.to)
}

// commit makes the exchange durable.
func (x *exchange) commit(ctx context.Context) error {
	x.record.Status = x.status
	x.record.Latency = x.server.options.Clock().Sub(x.record.Time)
	x.record.Request.Size, x.record.Request.Kept = int64(len(x.body)), x.body
	x.record.Response = requests.Body{Type: x.header.Get("Content-Type"), Size: int64(len(x.answer)), Kept: x.answer}
	return x.server.options.Requests.Record(ctx, &x.record)
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
	header["X-Request-Id"] = []string{x.record.ID}
	header["X-Content-Type-Options"] = noSniff
	x.to.WriteHeader(x.status)
	x.to.Write(x.answer)
}

var noSniff = []string{"nosniff"}

// reserve waits until the exchange may take so much memory besides keepBuffer,
// which it keeps until its answer is sent: large requests go one after the
// other, small ones never wait. It is for once, or two could wait for each
// other.
func (x *exchange) reserve(ctx context.Context, size int64) error {
	limits := &x.server.options.Limits
	size = min(size, max(limits.Bodies, limits.Body))
	err := x.server.bodies.Acquire(ctx, size)
	if err == nil {
		x.reserved = size
	}
	return err
}

// read reads the body, which must not be larger than the limit.
func (x *exchange) read(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		r.Body = http.NoBody
		return nil
	}
	limits := &x.server.options.Limits
	limit := limits.Body
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		limit = min(limit, keepBuffer) // nobody reads it
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	x.record.Request.Type = r.Header.Get("Content-Type")
	buffer := bytes.NewBuffer(x.body)
	if 0 < r.ContentLength && r.ContentLength <= keepBuffer {
		buffer.Grow(int(r.ContentLength))
	}
	err := x.readInto(buffer, http.MaxBytesReader(x.to, r.Body, limit), r)
	x.body = buffer.Bytes()
	var large *http.MaxBytesError
	var timeout net.Error
	switch {
	case errors.As(err, &large):
		return tooLarge(limit)
	case errors.As(err, &timeout) && timeout.Timeout():
		return problem(http.StatusRequestTimeout, fmt.Sprintf("the body did not arrive within %v", limits.Read))
	case err != nil:
		return problem(http.StatusBadRequest, "the body could not be read to its end")
	}
	x.reader.Reset(x.body)
	r.Body = &x.reader
	return nil
}

// readInto reads a body. Memory for a large one is reserved when it turns out to
// be large, so that a client that sends next to nothing keeps nobody waiting.
func (x *exchange) readInto(buffer *bytes.Buffer, from io.Reader, r *http.Request) error {
	_, inMemory := r.Body.(*body)
	if inMemory || 0 < r.ContentLength && r.ContentLength <= keepBuffer {
		_, err := buffer.ReadFrom(from)
		return err
	}
	if _, err := io.CopyN(buffer, from, keepBuffer); err == io.EOF {
		return nil
	} else if err != nil {
		return err
	}
	size := r.ContentLength
	if size < 0 {
		size = x.server.options.Limits.Body // may become as large
	}
	if err := x.reserve(r.Context(), size); err != nil {
		return err
	}
	buffer.Grow(max(0, int(r.ContentLength)-buffer.Len()))
	_, err := buffer.ReadFrom(from)
	return err
}

func tooLarge(limit int64) error {
	return problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", limit))
}

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

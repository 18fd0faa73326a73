package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"labbook/serve/refusal"
)

// Large bodies share what the server has. Their memory is counted as it comes,
// never by the length that was announced, so that whoever sends nothing takes
// nothing; where none is left, the rest of the body is read and dropped, and the
// client told to come again. They are answered one after the other, on every
// core but one, so that a small request always finds one.

// newTurns gives the turns that large bodies take to be answered.
func newTurns() *semaphore.Weighted {
	return semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)-1)))
}

// leastStep is how much a large body grows at a time, at least, and what has to
// come of it within stall.
const (
	leastStep = 16 << 10
	stall     = 5 * time.Second
)

// read reads the body, which must not be larger than the limit.
func (x *exchange) read(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		r.Body = http.NoBody
		return nil
	}
	if isBatches(r) {
		return x.receive(r)
	}
	limits := &x.server.options.Limits
	limit := limits.Body
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		limit = min(limit, keepBuffer) // nobody reads it
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	coding := r.Header.Get("Content-Encoding")
	switch {
	case coding == "", strings.EqualFold(coding, "identity"):
		coding = ""
	case !isAPI(r.URL.Path):
		return problem(http.StatusUnsupportedMediaType, "send the body as it is, not encoded as "+strconv.Quote(refusal.Cut(coding)))
	case !packed(coding):
		return problem(http.StatusUnsupportedMediaType, "send the body as it is, or encoded as gzip or zstd, not as "+strconv.Quote(refusal.Cut(coding)))
	}
	x.record.Request.Type = r.Header.Get("Content-Type")
	err := x.readFrom(http.MaxBytesReader(x.to, r.Body, limit), r)
	var known *Problem
	var large *http.MaxBytesError
	var timeout net.Error
	switch {
	case err == nil:
	case errors.As(err, &known):
		return known
	case errors.As(err, &large):
		return tooLarge(limit)
	case errors.As(err, &timeout) && timeout.Timeout():
		return problem(http.StatusRequestTimeout, fmt.Sprintf("the body did not arrive within %v, or stopped for %v", limits.Read, stall))
	default:
		return problem(http.StatusBadRequest, "the body could not be read to its end")
	}
	if coding != "" && !isPredict(r.URL.Path) { // those that predict do so by what the body is
		if err := x.takeTurn(r.Context()); err != nil {
			return err
		}
		if err := x.unpack(r); err != nil {
			return err
		}
		r.ContentLength = int64(len(x.body))
	}
	x.reader.Reset(x.body)
	r.Body = &x.reader
	return nil
}

// readFrom reads a body to its end.
func (x *exchange) readFrom(from io.Reader, r *http.Request) error {
	if own, inMemory := r.Body.(*body); inMemory {
		_, err := x.fill(from, own.Len())
		return err
	}
	if 0 < r.ContentLength && r.ContentLength <= keepBuffer {
		_, err := x.fill(from, int(r.ContentLength))
		return err
	}
	more, err := x.fill(from, keepBuffer)
	// The whole request has a deadline since its header; a large body has one for
	// every step too, and none once it is there: what then takes its time is here.
	control, until := http.NewResponseController(x.to), time.Now().Add(x.server.options.Limits.Read)
	for more && err == nil && int64(len(x.body)) != r.ContentLength {
		step := max(leastStep, len(x.body)/4)
		if left := r.ContentLength - int64(len(x.body)); r.ContentLength > 0 && left < int64(step) {
			step = int(left)
		}
		control.SetReadDeadline(sooner(time.Now().Add(stall), until))
		if !x.claim(int64(step)) {
			return x.turnAway(from, control, until)
		}
		more, err = x.fill(from, step)
	}
	if err == nil {
		control.SetReadDeadline(time.Time{})
	}
	return err
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// fill reads n bytes more, and says whether more may follow; where the body ends
// before, they are fewer.
func (x *exchange) fill(from io.Reader, n int) (more bool, err error) {
	if had := len(x.body); cap(x.body)-had < n {
		x.body = append(make([]byte, 0, had+n), x.body...)
	}
	for until := len(x.body) + n; len(x.body) < until; {
		got, err := from.Read(x.body[len(x.body):until])
		x.body = x.body[:len(x.body)+got]
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// claim takes memory beside the first keepBuffer bytes, if there is any; it is
// given back when the answer is sent.
func (x *exchange) claim(size int64) bool {
	if !x.server.bodies.TryAcquire(size) {
		return false
	}
	x.claimed += size
	return true
}

// giveBack gives back what was claimed.
func (x *exchange) giveBack() {
	if x.claimed > 0 {
		x.server.bodies.Release(x.claimed)
		x.claimed = 0
	}
}

// busy is the answer where there is no room or time for a large body.
func busy() *Problem {
	return problem(http.StatusServiceUnavailable, "other large requests are being answered; try again a little later")
}

// turnAway drops a body, but reads it to its end: a client that is cut off while
// it sends does not see the answer.
func (x *exchange) turnAway(from io.Reader, control *http.ResponseController, until time.Time) error {
	x.giveBack()
	x.dropped = int64(len(x.body) - keepBuffer)
	x.body = append(make([]byte, 0, keepBuffer), x.body[:keepBuffer]...)
	for rest := make([]byte, 32<<10); ; {
		control.SetReadDeadline(sooner(time.Now().Add(stall), until))
		n, err := from.Read(rest)
		x.dropped += int64(n)
		if errors.Is(err, io.EOF) {
			return busy()
		}
		if err != nil {
			return err
		}
	}
}

// takeTurn waits until a large body, or one that may become large, may be answered;
// small ones go on at once. The turn lasts until the answer is recorded.
func (x *exchange) takeTurn(ctx context.Context) error {
	if len(x.body) <= keepBuffer && !folded(x.body) || x.turn {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, x.server.options.Limits.Read)
	defer cancel()
	if err := x.server.turns.Acquire(waiting, 1); err != nil {
		if ctx.Err() == nil {
			return busy()
		}
		return err
	}
	x.turn = true
	return nil
}

func (x *exchange) endTurn() {
	if x.turn {
		x.server.turns.Release(1)
		x.turn = false
	}
}

// drained is how much of a form that is too large is read, in times what it may be, so
// that the browser that sends it comes to see the answer.
const drained = 10

// tellTooLarge has a page say that what a browser sent is too large.
func (s *Server) tellTooLarge(x *exchange, r *http.Request) {
	if x.status != http.StatusRequestEntityTooLarge || s.pages == nil || !isPage(r.URL.Path) {
		return
	}
	limit := s.options.Limits.Body
	if _, err := io.CopyN(io.Discard, r.Body, drained*limit); err != nil && !errors.Is(err, io.EOF) {
		return // it is gone, or too slow
	}
	clear(x.header)
	x.status, x.answer, r.Body = 0, x.answer[:0], tooLargeBody(limit)
	x.protect(s.handler(r), r)
}

// tooLargeBody is a body whose reading says that it is larger than so many bytes.
type tooLargeBody int64

// Read implements io.Reader.
func (b tooLargeBody) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: int64(b)} }

// Close implements io.Closer.
func (tooLargeBody) Close() error { return nil }

func tooLarge(limit int64) error {
	return problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", limit))
}

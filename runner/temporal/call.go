package temporal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"labbook/internal/base/protobuf"
)

// gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): a
// call is a POST whose body is one message behind five bytes, and whose status stands
// in the trailer. That is all that a dozen calls without streams need.

// code is a gRPC status.
type code int

// Those that mean something here.
const (
	deadlineExceeded  code = 4
	notFound          code = 5
	permissionDenied  code = 7
	resourceExhausted code = 8
	unimplemented     code = 12
	unavailable       code = 14
	unauthenticated   code = 16
)

// callError is what a call ended with, other than its answer.
type callError struct {
	code code
	text string
	err  error // of the way there; nil: the engine said so
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// is says that an error is of that status.
func is(err error, c code) bool {
	var e *callError
	return errors.As(err, &e) && e.code == c
}

// passing says that the same call may succeed later: the engine restarts, is busy, or
// cannot be reached.
func passing(err error) bool {
	return is(err, unavailable) || is(err, resourceExhausted) || is(err, deadlineExceeded)
}

// longest bounds an answer.
const longest = 16 << 20

// call makes one call, which ends after a while.
func (e *Engine) call(ctx context.Context, method string, request protobuf.Message, within time.Duration) ([]byte, error) {
	limited, stop := context.WithTimeout(ctx, within)
	defer stop()
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(request)))
	body = append(body, request...)
	r, err := http.NewRequestWithContext(limited, http.MethodPost, e.base+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{
		"Content-Type": {"application/grpc"}, "Te": {"trailers"}, "User-Agent": {"labbook"},
		"Grpc-Timeout":       {strconv.FormatInt(within.Milliseconds(), 10) + "m"},
		"Temporal-Namespace": {e.at.Namespace},
	}
	if e.at.key != "" {
		r.Header.Set("Authorization", "Bearer "+e.at.key)
	}
	answer, err := e.http.Do(r)
	if err != nil {
		return nil, e.broken(ctx, limited, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err != nil {
		return nil, e.broken(ctx, limited, err)
	}
	status := answer.Trailer.Get("Grpc-Status")
	said := answer.Trailer.Get("Grpc-Message")
	if status == "" { // an answer without a message has all in its header
		status, said = answer.Header.Get("Grpc-Status"), answer.Header.Get("Grpc-Message")
	}
	if status == "" {
		return nil, &callError{code: unavailable, text: "it does not speak gRPC: " + answer.Status, err: errors.New(answer.Status)}
	}
	if status != "0" {
		number, _ := strconv.Atoi(status)
		if plain, err := url.PathUnescape(said); err == nil {
			said = plain
		}
		return nil, &callError{code: code(number), text: said}
	}
	if len(data) < 5 || data[0] != 0 || uint32(len(data)-5) != binary.BigEndian.Uint32(data[1:]) {
		return nil, &callError{code: unavailable, text: fmt.Sprintf("its answer to %s cannot be read", method), err: io.ErrUnexpectedEOF}
	}
	return data[5:], nil
}

// broken gives the error of a call that got no answer.
func (e *Engine) broken(ctx, limited context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil:
		return &callError{code: deadlineExceeded, text: "it does not answer", err: err}
	}
	var in *url.Error // whose text has the address again
	if errors.As(err, &in) {
		err = in.Err
	}
	return &callError{code: unavailable, text: err.Error(), err: err}
}

// How long a call may take, and how long one is made again.
const (
	soon     = 10 * time.Second
	poll     = 70 * time.Second // a little more than the engine waits
	first    = 50 * time.Millisecond
	slowest  = 2 * time.Second
	patience = 10 * time.Minute
)

// ask makes a call, and makes it again while the error may pass, at growing intervals
// of up to two seconds. That the engine is gone is told, once until it is back.
func (e *Engine) ask(ctx context.Context, method string, request protobuf.Message, within time.Duration) ([]byte, error) {
	var since time.Time
	for pause := first; ; pause = min(slowest, pause*3/2) {
		began := time.Now()
		answer, err := e.call(ctx, method, request, within)
		if err == nil || ctx.Err() != nil || !passing(err) {
			if err == nil || !passing(err) {
				e.there()
			}
			return answer, e.explained(ctx, err)
		}
		if since.IsZero() {
			since = began
		}
		if within != poll || !is(err, deadlineExceeded) {
			e.gone(err)
		}
		if time.Since(since) > patience {
			return nil, e.explained(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
	}
}

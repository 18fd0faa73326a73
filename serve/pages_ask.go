package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
)

// ask sends a request to the API in the name of whoever sent r, and reads the answer,
// in JSON, into into unless that is nil. Faults of the body are *jsonrow.Faults, what
// else a person can mend is a *diag.Error.
func (b *backend) ask(r *http.Request, method, path string, what, into any) error {
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	w, err := b.send(r, method, path, typeJSON, data)
	switch {
	case err != nil:
		return err
	case w.status >= 400:
		return w.failed()
	case into == nil:
		return nil
	}
	return json.Unmarshal(w.body.Bytes(), into)
}

// send does so with a body of any type, and gives the answer.
func (b *backend) send(r *http.Request, method, path, kind string, data []byte) (*held, error) {
	inner, err := http.NewRequestWithContext(r.Context(), method, b.server.options.Behind.Base+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	inner.Body = &body{*bytes.NewReader(data)}
	inner.Host, inner.RemoteAddr, inner.TLS = r.Host, r.RemoteAddr, r.TLS
	inner.Header.Set("Content-Type", kind)
	for _, name := range []string{"Cookie", "Authorization"} {
		if v := r.Header.Get(name); v != "" {
			inner.Header.Set(name, v)
		}
	}
	w := &held{header: http.Header{}}
	b.server.ServeHTTP(w, inner)
	return w, nil
}

// held is an answer that goes nowhere.
type held struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	problem *Problem // that it tells of
}

// Header implements http.ResponseWriter.
func (h *held) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *held) WriteHeader(status int) { h.status = status }

// Write implements http.ResponseWriter.
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// failed gives what is wrong as the pages take it: the error that the API tells
// of where a person can mend it, else all that is known.
func (h *held) failed() error {
	var faults *jsonrow.Faults
	var wrong *diag.Error
	switch p := h.problem; {
	case p == nil:
		return fmt.Errorf("the API answered %d: %s", h.status, h.body.Bytes())
	case errors.Is(p, record.ErrQueueFull):
		return record.ErrQueueFull
	case errors.Is(p, record.ErrEnded):
		return record.ErrEnded
	case p.Status >= 500 && p.Status != http.StatusServiceUnavailable && p.Status != http.StatusNotImplemented:
		return p
	case errors.As(p.from, &faults) && inBody(faults):
		return faults
	case errors.As(p.from, &faults):
		return diag.New(faults.List[0].Message, faults.List[0].Hint)
	case errors.As(p.from, &wrong):
		return wrong
	default:
		return diag.New(p.Detail, "")
	}
}

// inBody says whether faults are about a member of the body.
func inBody(faults *jsonrow.Faults) bool {
	member, ok := strings.CutPrefix(faults.List[0].Location, "body.")
	return ok && member != ""
}

package serve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"

	"labbook/internal/store/requests"
)

// A client that got no answer does not know whether what it asked for was done. If
// it chose a key and sent that with the request, as Idempotency-Key, it asks again
// with the same key: what was done is not done again, and the answer is the one of
// the first time.

// onces are the keys of requests that are being answered.
type onces struct {
	mu    sync.Mutex
	under map[string]bool
}

// take says whether nobody has a key, and takes it.
func (o *onces) take(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.under[id] {
		return false
	}
	if o.under == nil {
		o.under = map[string]bool{}
	}
	o.under[id] = true
	return true
}

func (o *onces) giveBack(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.under, id)
}

// longestKey is how long a client's key is at most.
const longestKey = 255

// changing are the methods that routes have by which something is changed.
var changing = []string{http.MethodPost, http.MethodPatch, http.MethodDelete}

// once answers by next, unless the request has a key that was answered before. Keys
// are of those who chose them, and count where something is changed.
func (s *Server) once(x *exchange, r *http.Request, next func()) {
	key := r.Header.Get("Idempotency-Key")
	n := needOf(r.Method, r.URL.Path)
	if key == "" || !n.changes || !isAPI(r.URL.Path) || !slices.Contains(changing, r.Method) {
		next()
		return
	}
	if len(key) > longestKey || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		x.fail(problem(http.StatusBadRequest, "Idempotency-Key is at most 255 visible characters of ASCII, such as a UUID"))
		return
	}
	id := sum(x.caller.Name, key)
	asked := sum(r.Method, r.URL.RequestURI(), string(x.body))
	if !s.onces.take(id) {
		x.fail(problem(http.StatusConflict, "a request with this Idempotency-Key is being answered; ask again"))
		x.header["Retry-After"] = soon
		return
	}
	x.once = id
	switch kept, err := s.options.Requests.Idempotent(r.Context(), id); {
	case err != nil:
		x.fail(unrecorded(err))
	case kept == nil && !s.claim(x, r, id):
	case kept == nil:
		if next(); 200 <= x.status && x.status < 300 && !x.streaming {
			x.record.Idempotent = &requests.Idempotent{ID: id, Asked: asked, Status: x.status, Location: x.header.Get("Location"),
				Type: x.header.Get("Content-Type"), Answer: bytes.Clone(x.answer)}
		}
	case kept.Asked != asked:
		x.fail(problem(http.StatusUnprocessableEntity, "this Idempotency-Key was sent with another request; choose one for each"))
	default:
		x.replayed, x.record.Pipeline = true, n.pipeline
		x.header.Set("Idempotency-Replayed", "true")
		x.header.Set("Content-Type", kept.Type)
		if kept.Location != "" {
			x.header.Set("Location", kept.Location)
		}
		x.status, x.answer = kept.Status, append(x.answer[:0], kept.Answer...)
	}
}

// claim takes a key also from other servers of the same database, and says whether nobody
// is answering it there.
func (s *Server) claim(x *exchange, r *http.Request, id string) bool {
	mine, err := s.options.Requests.Claim(r.Context(), id)
	switch {
	case err != nil:
		x.fail(unrecorded(err))
	case !mine: // or it was answered a moment ago
		x.fail(problem(http.StatusConflict, "a request with this Idempotency-Key is being answered; ask again"))
		x.header["Retry-After"] = soon
	default:
		x.alone = true
	}
	return mine && err == nil
}

// sum gives a digest of texts, which are kept apart.
func sum(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		one := sha256.Sum256([]byte(text))
		h.Write(one[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

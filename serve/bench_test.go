package serve

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkServe is a request on its whole way through the server, but for the
// network: guarded, read, answered, recorded.
func BenchmarkServe(b *testing.B) {
	l := oneLab(b)
	r := httptest.NewRequest("POST", "http://localhost/v1/stones/predict", nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	b.ReportAllocs()
	for b.Loop() {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(small)), int64(len(small))
		w := httptest.NewRecorder()
		l.server.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatalf("%s", w.Body)
		}
	}
}

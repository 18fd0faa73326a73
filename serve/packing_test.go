package serve

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
)

func TestCoding(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br, zstd": "zstd", "deflate": "", "*": "", "GZIP;q=0.5": "gzip", "zstd;q=0, gzip": "gzip", "gzip; q=0": "", "gzip;q=x": "", "x-gzip": "gzip",
	} {
		assert.Equal(t, want, coding(accept), accept)
	}
}

func FuzzCoding(f *testing.F) {
	f.Add("gzip;q=1.0, zstd;q=0")
	f.Fuzz(func(t *testing.T, accept string) {
		if how := coding(accept); how != "" && !strings.Contains(strings.ToLower(accept), how) {
			t.Fatalf("%q gives %q", accept, how)
		}
	})
}

// Large answers are packed for those who take that, pages too, and recorded as
// they are.
func TestAnswersArePacked(t *testing.T) {
	l := pagesLab(t, nil)
	long := "[" + strings.Repeat(small+",", 200) + small + "]"
	plain := l.ask("POST", "/v1/stones/predict", long)
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	assert.Equal(t, "Accept-Encoding", plain.Header().Get("Vary"))
	unpack := map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}
	for how, reader := range unpack {
		for method, path := range map[string]string{"POST": "/v1/stones/predict", "GET": "/openapi.json"} {
			body := ""
			if method == "POST" {
				body = long
			}
			want := l.ask(method, path, body).Body.String()
			w := l.ask(method, path, body, "Accept-Encoding: "+how)
			assert.Equal(t, how, w.Header().Get("Content-Encoding"))
			assert.Less(t, w.Body.Len(), len(want)/3)
			r, err := reader(w.Body)
			require.NoError(t, err)
			text, err := io.ReadAll(r)
			require.NoError(t, err)
			cut := func(text string) string { before, _, _ := strings.Cut(text, `"request":`); return before }
			assert.Equal(t, cut(want), cut(string(text)))
			if method == "POST" {
				found, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
				require.NoError(t, err)
				assert.True(t, bytes.Equal(text, found.Response.Kept))
			}
		}
	}
	assert.Equal(t, "gzip", l.ask("GET", "/pipelines/stones", "", "Accept-Encoding: gzip").Header().Get("Content-Encoding"))
	assert.Empty(t, l.ask("POST", "/v1/stones/predict", small, "Accept-Encoding: gzip").Header().Get("Content-Encoding"), "a small one saves no packet")
}

func TestRevalidation(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	l.start(nil)
	for _, path := range []string{"/v1/models", "/v1/stones", "/openapi.json", "/v1/runs"} {
		w := l.ask("GET", path, "")
		tag := w.Header().Get("ETag")
		assert.Regexp(t, `^W/"[0-9a-f]{24}"$`, tag, path)
		for _, had := range []string{tag, `"x", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
			again := l.ask("GET", path, "", "If-None-Match: "+had)
			assert.Equal(t, http.StatusNotModified, again.Code, path)
			assert.Empty(t, again.Body.String())
			assert.Equal(t, tag, again.Header().Get("ETag"))
		}
		assert.Equal(t, 200, l.ask("GET", path, "", `If-None-Match: W/"000000000000000000000000"`).Code)
	}
	tag := l.ask("GET", "/v1/models/stones", "").Header().Get("ETag")
	members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, withToken), 200)
	assert.Equal(t, 200, l.ask("GET", "/v1/models/stones", "", "If-None-Match: "+tag).Code, "it has changed")
	assert.Empty(t, l.ask("POST", "/v1/stones/predict", small).Header().Get("ETag"))
	assert.Empty(t, l.ask("GET", "/v1/models/nothing", "").Header().Get("ETag"))
	found, err := l.requests.Requests(t.Context(), requests.Filter{Status: 304})
	require.NoError(t, err)
	assert.NotEmpty(t, found, "the record has what was answered")
}

// A list says in the header where it goes on, and following it reads all.
func TestLinks(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Behind.Base = "/lab" })
	for range 5 {
		l.ask("POST", "/lab/v1/stones/predict", small)
	}
	path, seen := "/lab/v1/requests?limit=2&status=200&pipeline=stones", 0
	for path != "" {
		w := l.ask("GET", path, "")
		m := members(t, w, 200)
		seen += len(m["items"].([]any))
		path, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), `>; rel="next"`)
		assert.Equal(t, m["next"] != nil, path != "")
	}
	assert.Equal(t, 5, seen)
}

// Programs get errors as problems on every path, people pages.
func TestErrorsAreJSONForPrograms(t *testing.T) {
	l := pagesLab(t, nil)
	for _, tt := range []struct {
		method, path, body string
		status             int
		headers            []string
	}{
		{"POST", "/predict", small, 404, nil},
		{"GET", "/predict", "", 404, []string{"Accept: application/json"}},
		{"GET", "/models", "", 404, []string{"Accept: application/json, */*"}},
		{"POST", "/healthz", "", 405, nil},
		{"DELETE", "/metrics", "", 401, nil},
		{"DELETE", "/metrics", "", 405, []string{withToken}},
		{"GET", "/static/nothing.css", "", 404, []string{"Accept: application/json"}},
		{"POST", "/openapi.json", "{}", 405, []string{withToken}},
	} {
		w := l.ask(tt.method, tt.path, tt.body, tt.headers...)
		p := members(t, w, tt.status)
		assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), "%s %s", tt.method, tt.path)
		assert.NotEmpty(t, p["detail"])
		if tt.status == 405 {
			assert.NotEmpty(t, w.Header().Get("Allow"))
		}
	}
	for _, accept := range []string{"Accept: text/html,application/xhtml+xml,application/json;q=0.9", "Accept: */*"} {
		w := l.ask("GET", "/nowhere", "", accept)
		assert.Equal(t, 404, w.Code)
		assert.Contains(t, w.Body.String(), "</html>")
	}
}

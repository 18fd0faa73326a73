package serve

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
)

func TestForwarded(t *testing.T) {
	proxies, bad := ParseProxies([]string{"10.0.0.0/8", "127.0.0.1", "fd00::/8"})
	require.Empty(t, bad)
	b := &Behind{Proxies: proxies}
	for _, tt := range []struct {
		name, from, said, proto string
		client                  string
		secure                  bool
	}{
		{"no proxy", "192.0.2.7:1000", "1.2.3.4", "https", "192.0.2.7", false},
		{"a proxy", "10.0.0.1:1000", "1.2.3.4", "https", "1.2.3.4", true},
		{"a proxy over http", "10.0.0.1:1000", "1.2.3.4", "http", "1.2.3.4", false},
		{"a proxy that says nothing", "10.0.0.1:1000", "", "", "10.0.0.1", false},
		{"two hops", "127.0.0.1:1000", "1.2.3.4, 10.2.2.2", "", "1.2.3.4", false},
		{"what the client wrote itself", "127.0.0.1:1000", "9.9.9.9, 1.2.3.4, 10.2.2.2", "", "1.2.3.4", false},
		{"only proxies", "127.0.0.1:1000", "10.1.1.1, 10.2.2.2", "", "10.1.1.1", false},
		{"no address", "127.0.0.1:1000", "1.2.3.4, unknown", "", "127.0.0.1", false},
		{"with a port", "127.0.0.1:1000", "1.2.3.4:5678", "", "1.2.3.4", false},
		{"six", "[fd00::1]:1000", "[2001:db8::1]:443", "HTTPS", "2001:db8::1", true},
		{"six without brackets", "[fd00::1]:1000", "2001:db8::1", "", "2001:db8::1", false},
		{"four in six", "[::ffff:10.0.0.1]:1000", "::ffff:1.2.3.4", "", "1.2.3.4", false},
		{"what the nearest proxy says of the scheme", "10.0.0.1:1000", "1.2.3.4", "http, https", "1.2.3.4", true},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.from
		if tt.said != "" {
			r.Header.Set("X-Forwarded-For", tt.said)
		}
		if tt.proto != "" {
			r.Header.Set("X-Forwarded-Proto", tt.proto)
		}
		b.forwarded(r)
		assert.Equal(t, tt.client, clientOf(r), tt.name)
		assert.Equal(t, tt.secure, r.URL.Scheme == "https", tt.name)
	}
	_, bad = ParseProxies([]string{"10.0.0.1", "localhost"})
	assert.Equal(t, "localhost", bad)
}

func FuzzForwarded(f *testing.F) {
	f.Add("1.2.3.4, 10.0.0.1", "https")
	f.Add("[::1]:80,,", "http,https")
	proxies, _ := ParseProxies([]string{"10.0.0.0/8", "192.0.2.1"})
	b := &Behind{Proxies: proxies}
	f.Fuzz(func(t *testing.T, said, proto string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Forwarded-For", said)
		r.Header.Set("X-Forwarded-Proto", proto)
		b.forwarded(r)
		client := clientOf(r)
		if _, ok := addressOf(client); !ok {
			t.Fatalf("the client is %q", client)
		}
	})
}

// Each client has a rate of its own behind a proxy, and its own address in the
// record.
func TestClientsBehindAProxy(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Behind.Proxies, _ = ParseProxies([]string{"192.0.2.1"}); o.Limits.Rate = .001 })
	one, other := "X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 203.0.113.2"
	id := members(t, l.ask("POST", "/v1/stones/predict", small, one), 200)["request"].(string)
	assert.Equal(t, 429, l.ask("POST", "/v1/stones/predict", small, one).Code)
	assert.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small, other).Code)
	found, err := l.requests.Request(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, "203.0.113.1", found.Client)
}

// Below a base every link leads on below it, and what is recorded is as it would
// be without.
func TestBase(t *testing.T) {
	l := pagesLab(t, func(o *Options) { o.Behind.Base, o.Runner = "/lab", &starter{} })
	id := members(t, l.ask("POST", "/lab/v1/stones/predict", small), 200)["request"].(string)
	found, err := l.requests.Request(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, "/v1/stones/predict", found.Path)
	assert.Equal(t, 404, l.ask("POST", "/v1/stones/predict", small).Code)
	assert.Equal(t, 404, l.ask("POST", "/laboratory/v1/stones/predict", small).Code)
	assert.Equal(t, 200, l.ask("GET", "/healthz", "").Code, "who watches knows no base")
	for _, path := range []string{"/lab", "/lab/", "/lab/models/stones", "/lab/runs", "/lab/requests", "/lab/login?next=/models", "/lab/pipelines/stones?sample=small"} {
		w := l.ask("GET", path, "")
		require.Equal(t, 200, w.Code, path)
		for _, attribute := range []string{"href", "src", "action", "data-live"} {
			for _, rest := range strings.Split(w.Body.String(), " "+attribute+`="/`)[1:] {
				assert.True(t, strings.HasPrefix(rest, "lab/"), "%s: %s=/%s", path, attribute, rest[:min(len(rest), 30)])
			}
		}
	}
	session := l.session()
	w := l.ask("POST", "/lab/models/stones/promote", url.Values{"version": {"2"}, "expected": {"1"}}.Encode(), "Content-Type: application/x-www-form-urlencoded", session)
	assert.Equal(t, "/lab/models/stones?done=promoted", w.Header().Get("Location"))
	w = l.ask("POST", "/lab/login", "next=%2Fmodels&token="+url.QueryEscape(token), "Content-Type: application/x-www-form-urlencoded")
	assert.Equal(t, "/lab/models", w.Header().Get("Location"))
	assert.Equal(t, "/lab/", w.Result().Cookies()[0].Path)
	w = l.ask("POST", "/lab/models/stones/rollback", "expected=2", "Content-Type: application/x-www-form-urlencoded", "Referer: http://localhost/lab/models/stones/rollback")
	assert.Equal(t, "/lab/login?next=%2Fmodels%2Fstones%2Frollback", w.Header().Get("Location"))
	w = l.ask("POST", "/lab/v1/runs", `{"pipeline":"stones"}`, withToken)
	m := members(t, w, 202)
	assert.Equal(t, "/lab/v1/runs/"+m["run"].(string), w.Header().Get("Location"))
	assert.Equal(t, "/lab/v1/runs/"+m["run"].(string)+"/events", m["events"])
	document := members(t, l.ask("GET", "/lab/openapi.json", ""), 200)
	assert.Equal(t, "/lab/", document["servers"].([]any)[0].(map[string]any)["url"])
	assert.Contains(t, l.ask("GET", "/lab/docs/", "").Body.String(), `"/lab" + "/openapi.json"`)
	assert.Equal(t, 200, l.ask("GET", "/lab/docs/swagger-ui.css", "").Code)
	assert.Equal(t, "/lab/docs/", l.ask("GET", "/lab/docs", "").Header().Get("Location"))
	runs, err := l.requests.Requests(t.Context(), requests.Filter{Limit: 100})
	require.NoError(t, err)
	for _, r := range runs {
		assert.False(t, strings.HasPrefix(r.Path, "/lab/"), r.Path)
	}
}

// Pages of allowed origins may use the API by a key, never by a cookie, and hear
// of errors; those of others may nothing.
func TestCORS(t *testing.T) {
	l := pagesLab(t, func(o *Options) { o.Public, o.Behind.Origins = true, []string{"https://app.example.com"} })
	app, other, cross := "Origin: https://app.example.com", "Origin: https://evil.example.com", "Sec-Fetch-Site: cross-site"
	w := l.ask("OPTIONS", "/v1/stones/predict", "", app, cross, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
	assert.Equal(t, 204, w.Code)
	assert.Equal(t, "https://app.example.com", w.Header().Get("Access-Control-Allow-Origin"))
	assert.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "Authorization")
	assert.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
	w = l.ask("POST", "/v1/stones/predict", small, app, cross, withToken)
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "https://app.example.com", w.Header().Get("Access-Control-Allow-Origin"))
	assert.Contains(t, w.Header().Get("Access-Control-Expose-Headers"), "X-Request-Id")
	w = l.ask("POST", "/v1/stones/predict", "{}", app, cross, withToken)
	assert.Equal(t, 422, w.Code)
	assert.Equal(t, "https://app.example.com", w.Header().Get("Access-Control-Allow-Origin"), "errors can be read")
	session := l.session()
	assert.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small, session).Code)
	assert.Equal(t, 401, l.ask("POST", "/v1/stones/predict", small, app, cross, session).Code)
	assert.Equal(t, 401, l.ask("GET", "/v1/models", "", app, cross, session).Code)

	w = l.ask("OPTIONS", "/v1/stones/predict", "", other, cross, "Access-Control-Request-Method: POST")
	assert.Equal(t, 401, w.Code)
	assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "Origin", w.Header().Get("Vary"))
	assert.Equal(t, 403, l.ask("POST", "/v1/stones/predict", small, other, cross, withToken).Code)
	assert.Equal(t, 403, l.ask("POST", "/models/stones/promote", "version=2&expected=1", app, cross, session, "Content-Type: application/x-www-form-urlencoded").Code, "pages are for nobody else")
}

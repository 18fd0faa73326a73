package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
)

// FuzzFront sends whatever net/http reads as a request, and wants an answer that is none
// of a fault, and one record of it that says the same.
func FuzzFront(f *testing.F) {
	head := " HTTP/1.1\r\nHost: localhost\r\n" + withToken + "\r\n"
	inJSON := head + "Content-Type: application/json\r\n"
	for _, raw := range []string{
		"POST /v1/stones/predict" + inJSON + "Content-Length: 40\r\n\r\n" + small,
		"POST /v1/stones/predict?explain=true&version=1" + head + "Content-Type: text/csv\r\nAccept-Encoding: zstd;q=.5, gzip\r\nContent-Length: 31\r\n\r\ncarat,cut,shop\n0.5,Good,east\r\n\r\n",
		"POST /v1/stones/predict" + inJSON + "Transfer-Encoding: chunked\r\n\r\n28\r\n" + small + "\r\n0\r\n\r\n",
		"POST /v1/stones/similar?n=3" + inJSON + "Content-Length: 40\r\n\r\n" + small,
		"POST /v1/stones/what-if" + inJSON + "Content-Length: 52\r\n\r\n{\"input\":" + small + "} ",
		"POST /v1/stones/predictions" + inJSON + "Idempotency-Key: 0b1c\r\nContent-Length: 52\r\n\r\n{\"input\":" + small + "} ",
		"PATCH /v1/stones/predictions/01kb" + inJSON + "Content-Length: 14\r\n\r\n{\"outcome\":10}",
		"GET /v1/requests?status=4&from=2026-01-01&until=2027-01-01T00:00:00Z&limit=3&before=01" + head + "If-None-Match: W/\"x\", *\r\n\r\n",
		"GET /v1/stones/predictions?known=true&text=a%20b&version=1" + head + "\r\n",
		"GET /v1/runs?pipeline=stones&status=queued&limit=0" + head + "\r\n",
		"GET /v1/stones/drift?last=10" + head + "\r\n", "GET /v1/stones/accuracy?last=10" + head + "\r\n", "GET /v1/models/stones" + head + "\r\n",
		"POST /v1/models/stones/alias" + inJSON + "Content-Length: 33\r\n\r\n{\"alias\":\"candidate\",\"version\":1}",
		"POST /v1/models/stones/rollback" + inJSON + "Content-Length: 14\r\n\r\n{\"expected\":1}",
		"POST /v2/models/stones/versions/1/infer" + inJSON + "Inference-Header-Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"POST /v1/stones/invocations" + inJSON + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
		"OPTIONS /v1/stones/predict" + head + "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
		"GET /metrics" + head + "\r\n", "GET /openapi.json" + head + "\r\n", "BREW /v1/%2e%2e/%00 HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: bearer x\r\nX-Forwarded-For: 1.2.3.4, ::1\r\n\r\n",
	} {
		f.Add([]byte(raw))
	}
	l := newLab(f)
	l.train(100, nil)
	l.train(120, nil)
	l.start(func(o *Options) { o.Runner, o.Batches = &starter{}, f.TempDir() })
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(raw))))
		if err != nil {
			return
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		r, r.RemoteAddr = r.WithContext(ctx), "127.0.0.1:1"
		before := newest(t, l)
		w := httptest.NewRecorder()
		l.server.ServeHTTP(w, r)
		require.NoError(t, ctx.Err(), "it hangs")
		require.Less(t, w.Code, 500, "%s", w.Body)
		require.GreaterOrEqual(t, w.Code, 200)
		if !recorded(r) {
			return
		}
		id := w.Header().Get("X-Request-Id")
		kept, err := l.requests.Request(t.Context(), id)
		require.NoError(t, err)
		require.NotNil(t, kept, "without a record")
		require.Equal(t, w.Code, kept.Status)
		require.NotEqual(t, before, id)
		_, err = io.Copy(io.Discard, w.Body)
		require.NoError(t, err)
	})
}

// FuzzPages sends whatever net/http reads to the pages, as somebody who may do all, and
// wants a page that is none of a fault.
func FuzzPages(f *testing.F) {
	head := " HTTP/1.1\r\nHost: localhost\r\n" + withToken + "\r\n"
	post := func(path, form string) string {
		return fmt.Sprintf("POST %s%sContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, head, len(form), form)
	}
	file := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\ncarat,cut,shop\n0.5,Good,east\n\r\n--b--\r\n"
	for _, raw := range []string{
		post("/pipelines/stones/predict", "in.carat=0.5&in.cut=Good&in.shop=east&version=1&save=on"),
		post("/pipelines/stones/what-if", "in.carat=0.5&in.cut=Good&in.shop=east&want=10"),
		post("/models/stones/promote", "version=1&expected=2"), post("/models/stones/alias", "alias=canary&version=1"), post("/models/stones/rollback", "expected=2"),
		post("/runs/new", "pipeline=stones&set.seed=7&model=train%2Fa&force=on"), post("/runs/x/remark", "note=a&tags=b,c"),
		post("/keys", "name=a&scopes=read&scopes=predict&end=7d"), post("/login", "token=x&next=//a"), post("/logout", ""),
		fmt.Sprintf("POST /pipelines/stones/file%sContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", head, len(file), file),
		"GET /pipelines/stones?sample=small&file=x&row=1" + head + "\r\n", "GET /pipelines/stones/notebook/page?run=x" + head + "\r\n", "GET /pipelines/stones/drift?last=1" + head + "\r\n",
		"GET /runs?pipeline=stones&sort=-mae&offset=-1&status=failed" + head + "\r\n", "GET /runs/compare?a=x&b=y" + head + "\r\n", "GET /models/stones/promote?version=1" + head + "\r\n",
		"GET /requests?status=4&before=%00" + head + "\r\n", "GET /static/style.css" + head + "\r\n", "GET /glossary" + head + "\r\n", "GET /" + head + "\r\n",
	} {
		f.Add([]byte(raw))
	}
	l := pagesLab(f, func(o *Options) { o.Runner = &starter{} })
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(raw))))
		if err != nil || strings.HasPrefix(r.URL.Path, "/v") { // see FuzzFront
			return
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		r, r.RemoteAddr = r.WithContext(ctx), "127.0.0.1:1"
		w := httptest.NewRecorder()
		l.server.ServeHTTP(w, r)
		require.NoError(t, ctx.Err(), "it hangs")
		require.Less(t, w.Code, 500, "%s", w.Body)
	})
}

// Who hangs up is no fault of the server, and recorded as what it is.
func TestWhoHangsUp(t *testing.T) {
	l := oneLab(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	for _, path := range []string{"/v1/requests", "/v1/stones/predictions", "/v1/stones/accuracy", "/v1/runs"} {
		r := httptest.NewRequestWithContext(ctx, "GET", "http://localhost"+path, http.NoBody)
		w := httptest.NewRecorder()
		l.server.ServeHTTP(w, r)
		require.Less(t, w.Code, 500, "%s: %s", path, w.Body)
		kept, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
		require.NoError(t, err)
		require.NotNil(t, kept)
	}
}

// newest gives the id of the last request.
func newest(t *testing.T, l *lab) string {
	all, err := l.requests.Requests(t.Context(), requests.Filter{Limit: 1})
	require.NoError(t, err)
	if len(all) == 0 {
		return ""
	}
	return all[0].ID
}

// FuzzQuery asks each list with any parameters.
func FuzzQuery(f *testing.F) {
	l := oneLab(f)
	paths := []string{"/v1/requests", "/v1/stones/predictions", "/v1/runs", "/v1/models", "/v1/stones/drift", "/v1/stones/accuracy", "/v1/stones/batches", "/v1/pipelines", "/v1/stones", "/v1/stones/promise"}
	for i, query := range []string{"status=4&from=2026-01-01&until=2027-01-01T00:00:00Z&limit=3&before=01", "known=true&text=a%20%25b&version=1&limit=1001", "pipeline=stones&status=queued",
		"stage=&file=", "last=10", "known=&known=1", "%zz", ";", "version=-1", "caller=%00&route=%ff"} {
		f.Add(byte(i), query)
	}
	f.Fuzz(func(t *testing.T, path byte, query string) {
		r := httptest.NewRequest("GET", "http://localhost"+paths[int(path)%len(paths)], http.NoBody)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		l.server.ServeHTTP(w, r)
		require.Less(t, w.Code, 500, "%s", w.Body)
	})
}

// FuzzOnce sends any key twice, with any two bodies: what was done once is not done again.
func FuzzOnce(f *testing.F) {
	l := oneLab(f)
	f.Add("0b1c", `{"input":`+small+`}`, `{"input":`+small+`}`)
	f.Add("0b1c", `{"input":`+small+`}`, `{}`)
	f.Add("\x00 ", `{"input":`+small+`}`, "")
	f.Fuzz(func(t *testing.T, key, first, second string) {
		ask := func(body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", "http://localhost/v1/stones/predictions", strings.NewReader(body))
			r.Header["Content-Type"], r.Header["Idempotency-Key"], r.Header["Authorization"] = []string{typeJSON}, []string{key}, []string{"Bearer " + token}
			w := httptest.NewRecorder()
			l.server.ServeHTTP(w, r)
			require.Less(t, w.Code, 500, "%s", w.Body)
			return w
		}
		a, b := ask(first), ask(second)
		if a.Code != http.StatusCreated || key == "" {
			return
		}
		if second == first {
			require.Equal(t, a.Body.String(), b.Body.String())
			require.Equal(t, "true", b.Header().Get("Idempotency-Replayed"))
		} else {
			require.Equal(t, http.StatusUnprocessableEntity, b.Code)
		}
	})
}

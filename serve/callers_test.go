package serve

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/internal/store/requests"
)

// key makes a key and gives the header that it is shown by.
func (l *lab) key(name string, pipelines []string, scopes ...record.Scope) string {
	l.t.Helper()
	secret, err := l.server.options.Keys.Create(&record.Key{Name: name, Scopes: scopes, Pipelines: pipelines}, keys.Who{Actor: "test"})
	require.NoError(l.t, err)
	require.NoError(l.t, l.server.guard.register.refresh(l.t.Context()))
	return "Authorization: Bearer " + secret
}

// Each scope opens what it is for, and nothing else.
func TestScopes(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	l.start(func(o *Options) { o.Public, o.Runner = true, &starter{} })
	shown := map[record.Scope]string{}
	for _, scope := range record.Scopes {
		shown[scope] = l.key("a-"+string(scope), nil, scope)
	}
	saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, withToken), 201)["id"].(string)
	run := l.ask("GET", "/v1/runs?limit=1", "", withToken).Body.String()
	var runs struct{ Items []struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(run), &runs))
	for _, tt := range []struct {
		method, path, body string
		opens              []record.Scope
	}{
		{"POST", "/v1/stones/predict", small, []record.Scope{"predict"}},
		{"POST", "/v1/stones/similar", small, []record.Scope{"predict"}},
		{"POST", "/v1/stones/predictions", `{"input":` + small + `}`, []record.Scope{"predict"}},
		{"PATCH", "/v1/stones/predictions/" + saved, `{"outcome":61}`, []record.Scope{"predict"}},
		{"GET", "/v1/stones", "", []record.Scope{"predict", "read"}},
		{"GET", "/v1/pipelines", "", []record.Scope{"predict", "read"}},
		{"GET", "/openapi.json", "", []record.Scope{"predict", "read"}},
		{"GET", "/v1/stones/predictions", "", []record.Scope{"read"}},
		{"GET", "/v1/stones/accuracy", "", []record.Scope{"read"}},
		{"GET", "/v1/stones/drift", "", []record.Scope{"read"}},
		{"GET", "/v1/models", "", []record.Scope{"read"}},
		{"GET", "/v1/models/stones", "", []record.Scope{"read"}},
		{"GET", "/v1/runs", "", []record.Scope{"read"}},
		{"GET", "/v1/runs/" + runs.Items[0].ID, "", []record.Scope{"read"}},
		{"GET", "/v1/requests", "", []record.Scope{"read"}},
		{"GET", "/metrics", "", []record.Scope{"read"}},
		{"POST", "/v1/models/stones/promote", `{"version":2}`, []record.Scope{"promote"}},
		{"POST", "/v1/models/stones/rollback", `{}`, []record.Scope{"promote"}},
		{"POST", "/v1/runs", `{"pipeline":"stones"}`, []record.Scope{"train"}},
		{"DELETE", "/v1/requests", "", nil},
		{"POST", "/v1/nothing/at/all", "{}", []record.Scope{"predict"}},
	} {
		assert.Equal(t, 401, l.ask(tt.method, tt.path, tt.body).Code, "%s %s without a key", tt.method, tt.path)
		for _, scope := range record.Scopes {
			w := l.ask(tt.method, tt.path, tt.body, shown[scope])
			opened := scope == record.ScopeAdmin
			for _, s := range tt.opens {
				opened = opened || s == scope
			}
			if !opened {
				p := members(t, w, 403)
				assert.Contains(t, p["detail"], "lacks the scope", "%s %s with %s", tt.method, tt.path, scope)
				continue
			}
			assert.NotContains(t, []int{401, 403}, w.Code, "%s %s with %s: %s", tt.method, tt.path, scope, w.Body)
		}
	}
}

// Everything that the document has says by which key it opens, as the server sees it.
func TestEveryRouteHasAScope(t *testing.T) {
	l := oneLab(t)
	paths, _ := documentOf(t, l)
	for path, operations := range paths {
		for method := range operations {
			n := needOf(strings.ToUpper(method), path)
			assert.NotZero(t, n.some, "%s %s", method, path)
			assert.NotEqual(t, toRule, n.some, "%s %s is known", method, path)
		}
	}
	assert.Equal(t, "admin", (&need{some: toRule}).names())
	assert.Equal(t, "predict or read", (&need{some: toAsk | toRead}).names())
	for _, path := range []string{"/v1/requests", "/v1/requests/x", "/whatever", "/metrics"} {
		assert.Equal(t, need{some: toRule, changes: true}, needOf("POST", path), "what nobody thought of opens for admin alone")
	}
}

// The record names the key, a change leaves a line in the trail, and a key that
// ends opens nothing from then on.
func TestCallersAreRecorded(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	l.start(func(o *Options) { o.Runner = &starter{} })
	ci := l.key("ci", nil, record.ScopeTrain, record.ScopePromote, record.ScopePredict)
	id := members(t, l.ask("POST", "/v1/stones/predict", small, ci), 200)["request"].(string)
	found, err := l.requests.Request(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, "ci", found.Caller)
	id = members(t, l.ask("POST", "/v1/stones/predict", small), 200)["request"].(string)
	found, err = l.requests.Request(t.Context(), id)
	require.NoError(t, err)
	assert.Empty(t, found.Caller)
	l.ask("GET", "/v1/models", "", ci) // lacks the scope
	all, err := l.requests.Requests(t.Context(), requests.Filter{Caller: "ci"})
	require.NoError(t, err)
	require.Len(t, all, 2, "what was refused is recorded as well")
	assert.ElementsMatch(t, []int{200, 403}, []int{all[0].Status, all[1].Status})
	assert.EqualValues(t, 2, len(members(t, l.ask("GET", "/v1/requests?caller=ci", "", withToken), 200)["items"].([]any)))

	move := members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2,"reason":"better"}`, ci), 200)
	assert.Equal(t, "key ci", move["actor"])
	w := l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, ci)
	require.Equal(t, 202, w.Code)
	l.ask("POST", "/v1/runs", `{}`, ci) // changes nothing
	trail, err := l.server.options.Keys.Trail(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, trail, 4, "the first promotion is that of training")
	assert.Equal(t, []string{"key ci", "POST /v1/runs", "/v1/runs/20261121-223105-k3f9c2", "request " + w.Header().Get("X-Request-Id"), "192.0.2.1"},
		[]string{trail[0].Actor, trail[0].Action, trail[0].Subject, trail[0].Detail, trail[0].Client})
	assert.Equal(t, []string{"key ci", "promote", "stones@2", "better"}, []string{trail[1].Actor, trail[1].Action, trail[1].Subject, trail[1].Detail})

	require.NoError(t, l.server.options.Keys.Revoke(t.Context(), "ci", keys.Who{Actor: "test"}))
	require.NoError(t, l.server.guard.register.refresh(t.Context()))
	assert.Equal(t, 401, l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, ci).Code)
	assert.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small, ci).Code, "where nobody needs a key, one that ended does no harm")
}

// A key that is bound to pipelines sees nothing of others.
func TestBoundKeys(t *testing.T) {
	l := newLab(t)
	v := l.train(100, nil)
	l.start(func(o *Options) { o.Public, o.Runner = true, &starter{} })
	all := []record.Scope{record.ScopePredict, record.ScopeRead, record.ScopeTrain, record.ScopePromote}
	mine, other := l.key("mine", []string{"stones"}, all...), l.key("other", []string{"gems", "pearls"}, all...)
	saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, mine), 201)
	for _, tt := range []struct {
		method, path, body string
		mine, other        int
	}{
		{"POST", "/v1/stones/predict", small, 200, 403},
		{"GET", "/v1/stones", "", 200, 403},
		{"GET", "/v1/stones/predictions/" + saved["id"].(string), "", 200, 403},
		{"GET", "/v1/models/stones", "", 200, 404},
		{"POST", "/v1/models/stones/promote", `{"version":1}`, 422, 404},
		{"POST", "/v1/models/stones/rollback", `{}`, 422, 404},
		{"GET", "/v1/runs", "", 200, 403},
		{"GET", "/v1/runs?pipeline=stones", "", 200, 403},
		{"GET", "/v1/runs?pipeline=pearls", "", 403, 200},
		{"GET", "/v1/runs/" + v.Run, "", 200, 404},
		{"GET", "/v1/runs/" + v.Run + "/outputs", "", 200, 404},
		{"GET", "/v1/runs/" + v.Run + "/output?stage=serve&file=offer.json", "", 404, 404},
		{"GET", "/v1/requests", "", 200, 403},
		{"GET", "/v1/requests/" + saved["request"].(string), "", 200, 404},
		{"POST", "/v1/runs", `{"pipeline":"stones"}`, 202, 403},
		{"GET", "/metrics", "", 403, 403},
		{"GET", "/v1/pipelines", "", 200, 200},
		{"GET", "/v1/models", "", 200, 200},
	} {
		w := l.ask(tt.method, tt.path, tt.body, mine)
		assert.True(t, w.Code == tt.mine || tt.mine == 422 && w.Code >= 400 && w.Code != 404 && w.Code < 500, "%s %s: %d %s", tt.method, tt.path, w.Code, w.Body)
		w = l.ask(tt.method, tt.path, tt.body, other)
		assert.Equal(t, tt.other, w.Code, "%s %s: %s", tt.method, tt.path, w.Body)
		if !strings.Contains(tt.path, v.Run) {
			assert.NotContains(t, w.Body.String(), v.Run, "%s %s", tt.method, tt.path)
		}
	}
	assert.Equal(t, 404, l.ask("GET", "/v1/runs/"+v.Run+"/events", "", other).Code)
}

// Sessions expire, end with their key and by signing out; a client that guesses
// is made to wait.
func TestSessionsEnd(t *testing.T) {
	now := time.Now()
	l := pagesLab(t, func(o *Options) {
		o.Public, o.Clock = true, func() time.Time { return now }
		o.Keys = keys.New(o.Runs.(keys.Ledger), o.Clock)
	})
	secret := strings.TrimPrefix(l.key("ops", nil, record.ScopeRead, record.ScopeAdmin), "Authorization: Bearer ")
	signIn := func(secret string) (*http.Cookie, int) {
		w := l.ask("POST", "/login", "token="+url.QueryEscape(secret), "Content-Type: application/x-www-form-urlencoded")
		if len(w.Result().Cookies()) == 0 {
			return nil, w.Code
		}
		return w.Result().Cookies()[0], w.Code
	}
	status := func(c *http.Cookie) int { return l.ask("GET", "/keys", "", "Cookie: "+c.Name+"="+c.Value).Code }

	first, _ := signIn(secret)
	second, _ := signIn(secret)
	assert.NotEqual(t, first.Value, second.Value)
	assert.Equal(t, 12*60*60, first.MaxAge)
	assert.Equal(t, 200, status(first))
	require.NoError(t, l.server.guard.register.refresh(t.Context()))
	assert.Equal(t, 200, status(first), "another server of the project knows it too")
	l.ask("POST", "/logout", "", "Cookie: "+first.Name+"="+first.Value)
	assert.Equal(t, 303, status(first), "a copy of the cookie opens nothing either")
	require.NoError(t, l.server.guard.register.refresh(t.Context()))
	assert.Equal(t, 303, status(first))
	assert.Equal(t, 200, status(second))
	now = now.Add(12 * time.Hour)
	assert.Equal(t, 303, status(second))

	third, _ := signIn(secret)
	assert.Equal(t, 200, status(third))
	require.NoError(t, l.server.options.Keys.Revoke(t.Context(), "ops", keys.Who{Actor: "test"}))
	require.NoError(t, l.server.guard.register.refresh(t.Context()))
	assert.Equal(t, 303, status(third))

	fourth, _ := signIn(token)
	assert.Equal(t, 200, status(fourth))
	l.server.SetToken("another token that is long enough")
	assert.Equal(t, 303, status(fourth), "with the token")
	assert.Equal(t, 401, l.ask("GET", "/v1/models", "", withToken).Code)
	assert.Equal(t, 200, l.ask("GET", "/v1/models", "", "Authorization: Bearer another token that is long enough").Code)

	bound := strings.TrimPrefix(l.key("bound", []string{"stones"}, record.ScopeRead), "Authorization: Bearer ")
	_, refused := signIn(bound)
	assert.Equal(t, 403, refused)
	for range signInsAtOnce {
		_, refused = signIn("a guess")
	}
	assert.Equal(t, 429, refused)
	now = now.Add(10 * time.Second)
	_, refused = signIn("a guess")
	assert.Equal(t, 401, refused)
}

// A page makes a key that opens something at once.
func TestPagesMakeKeys(t *testing.T) {
	l := pagesLab(t, nil)
	status, _, body := l.form("/keys", url.Values{"name": {"billing"}, "scope": {"promote"}, "expires": {"90d"}}, true)
	require.Equal(t, 200, status, body)
	_, secret, _ := strings.Cut(body, `<code class="secret">`)
	secret, _, _ = strings.Cut(secret, "<")
	assert.Equal(t, 200, l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, "Authorization: Bearer "+secret).Code)
	status, _, body = l.form("/keys/billing/rotate", url.Values{"overlap": {"0s"}}, true)
	require.Equal(t, 200, status, body)
	assert.Equal(t, 401, l.ask("POST", "/v1/models/stones/rollback", `{}`, "Authorization: Bearer "+secret).Code)
	status, _, _ = l.form("/keys/billing/revoke", nil, true)
	assert.Equal(t, 303, status)
	status, location, _ := l.form("/keys/billing/revoke", nil, false)
	assert.Equal(t, 303, status)
	assert.Contains(t, location, "/login")
	trail := l.ask("GET", "/audit", "", l.session()).Body.String()
	for _, want := range []string{"create key", "rotate key", "revoke key", "sign in"} {
		assert.Contains(t, trail, want)
	}
	recorded, err := l.requests.Requests(t.Context(), requests.Filter{Bodies: true, Limit: 100})
	require.NoError(t, err)
	for _, r := range recorded {
		assert.NotContains(t, string(r.Request.Kept)+string(r.Response.Kept)+r.Path, secret)
	}
}

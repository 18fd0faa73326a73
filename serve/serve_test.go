package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/offer"
	"labbook/internal/store/requests"
	"labbook/models/bundle"
	"labbook/serve/refusal"
)

func oneLab(t testing.TB) *lab {
	l := newLab(t)
	l.train(100, nil)
	return l.start(nil)
}

func TestPredictAnObject(t *testing.T) {
	l := oneLab(t)
	w := l.ask("POST", "/v1/stones/predict", small)
	m := members(t, w, 200)
	assert.InDelta(t, 60, m["price"], 8)
	assert.Equal(t, "USD", m["unit"])
	assert.Equal(t, "stones", m["model"])
	assert.EqualValues(t, 1, m["version"])
	assert.NotEmpty(t, m["run"])
	assert.Equal(t, w.Header().Get("X-Request-Id"), m["request"])
	interval := m["interval"].(map[string]any)
	assert.Less(t, interval["low"], m["price"])
	assert.Greater(t, interval["high"], m["price"])

	recorded, err := l.requests.Request(t.Context(), m["request"].(string))
	require.NoError(t, err)
	assert.Equal(t, small, string(recorded.Request.Kept))
	assert.Equal(t, w.Body.String(), string(recorded.Response.Kept))
	assert.Equal(t, "/v1/stones/predict", recorded.Route)
	assert.Equal(t, 1, recorded.Version)
	assert.Equal(t, 200, recorded.Status)
}

func TestPredictAListAndCSV(t *testing.T) {
	l := oneLab(t)
	one := members(t, l.ask("POST", "/v1/stones/predict", small), 200)["price"].(float64)
	list := members(t, l.ask("POST", "/v1/stones/predict", "["+small+","+small+"]"), 200)
	predictions := list["predictions"].([]any)
	require.Len(t, predictions, 2)
	assert.Equal(t, one, predictions[1].(map[string]any)["price"])

	w := l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n0.5,Good,east\n0.6,Ideal,west\n", "Content-Type: text/csv")
	require.Equal(t, 200, w.Code, w.Body)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	assert.True(t, strings.HasPrefix(lines[0], "carat,cut,shop,predicted_price"), lines[0])
	assert.True(t, strings.HasPrefix(lines[1], fmt.Sprintf("0.5,Good,east,%v,", one)), lines[1])
	assert.Equal(t, "stones@1", w.Header().Get("X-Labbook-Model"))

	w = l.ask("POST", "/v1/stones/predict", "carat\n0.5\n", "Content-Type: text/csv")
	p := members(t, w, 422)
	assert.Len(t, p["errors"], 2, "cut and shop are missing")
	w = l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n500000,Good,east\n", "Content-Type: text/csv")
	assert.NotContains(t, w.Body.String(), "e+", "numbers are written as in JSON")
}

func TestFaultsOfARequest(t *testing.T) {
	l := oneLab(t)
	w := l.ask("POST", "/v1/stones/predict", `{"carat":"0.5","cutt":"Good","shop":"east"}`)
	p := members(t, w, 422)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	for _, member := range []string{"type", "title", "status", "detail", "request"} {
		assert.Contains(t, p, member)
	}
	var locations []string
	for _, e := range p["errors"].([]any) {
		locations = append(locations, e.(map[string]any)["location"].(string))
	}
	assert.Equal(t, []string{"body.carat", "body.cutt", "body.cut"}, locations)
	assert.Equal(t, `did you mean "cut"?`, p["errors"].([]any)[1].(map[string]any)["hint"])
}

// A client is not refused because the champion has changed to one that reads
// less.
func TestColumnsThatThisVersionDoesNotRead(t *testing.T) {
	l := newLab(t)
	l.train(100, func(s *offer.Offer) { s.Columns = []string{"carat", "cut", "shop", "depth", "price"} })
	l.start(nil)
	one := members(t, l.ask("POST", "/v1/stones/predict", small), 200)["price"]
	for _, more := range []string{`"depth":61`, `"depth":"deep"`, `"price":5`} {
		body := strings.TrimSuffix(small, "}") + "," + more + "}"
		assert.Equal(t, one, members(t, l.ask("POST", "/v1/stones/predict", body), 200)["price"], more)
		assert.Equal(t, one, members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+body+`}`, withToken), 201)["answer"].(map[string]any)["price"], more)
	}
	p := members(t, l.ask("POST", "/v1/stones/predict", strings.TrimSuffix(small, "}")+`,"dpeth":61}`), 422)
	assert.Equal(t, "body.dpeth", p["errors"].([]any)[0].(map[string]any)["location"])
	champion, err := l.registry.Champion(context.Background(), "stones")
	require.NoError(t, err)
	files, err := l.registry.Answering(champion)
	require.NoError(t, err)
	bundle, err := bundle.Load(files.ReadFile)
	require.NoError(t, err)
	assert.Equal(t, []string{"depth"}, Unread(context.Background(), l.registry, l.ledger, champion, bundle.Features), "who asks without a server passes over the same")
	_, whole := documentOf(t, l)
	input := whole["components"].(map[string]any)["schemas"].(map[string]any)["StonesInput"].(map[string]any)
	assert.Contains(t, input["properties"], "depth")
	assert.NotContains(t, input["properties"], "price")
	assert.NotContains(t, input["required"], "depth")
}

func TestStatuses(t *testing.T) {
	l := oneLab(t)
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		detail                   string
		headers                  []string
	}{
		{"no JSON", "POST", "/v1/stones/predict", `{"carat":`, 400, "ends early", nil},
		{"empty", "POST", "/v1/stones/predict", "", 400, "empty", []string{"Content-Type: application/json"}},
		{"no pipeline", "GET", "/v1", "", 404, "/docs says", nil},
		{"a misspelt parameter", "POST", "/v1/stones/predict?explian=true", small, 422, `did you mean "explain"?`, nil},
		{"a parameter that does not fit", "POST", "/v1/stones/predict?explain=perhaps", small, 422, "true or false", nil},
		{"a parameter of another route", "POST", "/v1/stones/similar?limit=3", small, 422, `no parameter "limit"`, nil},
		{"a parameter twice", "POST", "/v1/stones/similar?n=3&n=4", small, 422, "stands twice", nil},
		{"JSON called CSV", "POST", "/v1/stones/predict", small, 415, "send it as application/json", []string{"Content-Type: text/csv"}},
		{"another type", "POST", "/v1/stones/predict", "<a/>", 415, "application/json", []string{"Content-Type: application/xml"}},
		{"wrong method", "GET", "/v1/stones/predict", "", 405, "takes POST", nil},
		{"deleting", "DELETE", "/v1/models/stones", "", 401, "token", nil},
		{"deleting with the token", "DELETE", "/v1/models/stones", "", 405, "takes GET", []string{withToken}},
		{"unknown pipeline", "POST", "/v1/stone/predict", small, 404, `did you mean "stones"?`, nil},
		{"unknown path", "GET", "/v1/stones/nothing", "", 404, "there is nothing", nil},
		{"unknown model", "GET", "/v1/models/other", "", 404, `no model is called "other"`, nil},
		{"unknown run", "GET", "/v1/runs/2020", "", 404, "no run", nil},
		{"unknown request", "GET", "/v1/requests/x", "", 404, "no request", nil},
		{"unknown prediction", "GET", "/v1/stones/predictions/x", "", 404, "no prediction", nil},
		{"an id that is too long", "GET", "/v1/stones/predictions/" + strings.Repeat("x", 1000), "", 404, "no prediction", nil},
		{"a request's", "GET", "/v1/requests/" + strings.Repeat("x", 65), "", 404, "no request", nil},
		{"a run's", "GET", "/v1/runs/" + strings.Repeat("x", 65), "", 404, "no run", nil},
		{"a model's", "GET", "/v1/models/" + strings.Repeat("x", 101), "", 404, "no model", nil},
		{"an id with a NUL", "GET", "/v1/requests/%00", "", 404, "no request", nil},
		{"1.0 is whole", "POST", "/v1/models/stones/promote", `{"version":7.0,"expected":1.0}`, 404, "no version 7", []string{withToken}},
		{"beyond any version", "POST", "/v1/models/stones/promote", `{"version":1e30}`, 404, "no version", []string{withToken}},
		{"1.5 is not", "POST", "/v1/models/stones/promote", `{"version":1.5}`, 422, "version does not fit", []string{withToken}},
		{"called gzip", "POST", "/v1/stones/predict", small, 400, "not encoded as", []string{"Content-Encoding: gzip"}},
		{"another encoding", "POST", "/v1/stones/predict", small, 415, "gzip or zstd", []string{"Content-Encoding: br"}},
		{"gzip elsewhere", "POST", "/v1/stones/similar", small, 400, "not encoded as", []string{"Content-Encoding: gzip"}},
		{"an empty list", "POST", "/v1/stones/predict", `[]`, 422, "the list is empty", nil},
		{"a level that is none", "POST", "/v1/stones/predict", `{"carat":0.5,"cut":"Good","shop":false}`, 422, "write it in quotes", nil},
		{"a number as one", "POST", "/v1/stones/predict", `{"carat":0.5,"cut":"Good","shop":5}`, 422, "write it in quotes", nil},
		{"n in the body too", "POST", "/v1/stones/similar?n=5", `{"carat":0.5,"cut":"Good","shop":"east","n":{}}`, 422, "body.n", nil},
		{"n of 3.0", "POST", "/v1/stones/similar", `{"carat":0.5,"cut":"Good","shop":"east","n":3.0}`, 200, "", nil},
		{"huge n", "POST", "/v1/stones/similar?n=1000000000", small, 422, "n is out of its range", nil},
		{"negative n", "POST", "/v1/stones/similar?n=-1", small, 422, "n is out of its range", nil},
		{"a text as limit", "GET", "/v1/requests?limit=many", "", 422, "", nil},
		{"an unknown parameter", "GET", "/v1/requests?colour=red", "", 422, "", nil},
		{"no token", "POST", "/v1/models/stones/rollback", "{}", 401, "token", nil},
		{"a wrong token", "POST", "/v1/models/stones/rollback", "{}", 401, "token", []string{"Authorization: Bearer wrong"}},
		{"a scheme in small letters", "POST", "/v1/models/stones/promote", `{"version":7}`, 404, "no version 7", []string{"Authorization: bearer " + token}},
		{"saving without a token", "POST", "/v1/stones/predictions", `{"input":` + small + `}`, 401, "token", nil},
		{"another origin", "POST", "/v1/stones/predict", small, 403, "origin", []string{"Sec-Fetch-Site: cross-site"}},
		{"another name", "GET", "/v1/models", "", 421, "names of this machine", []string{"Host: evil.example"}},
		{"nothing to roll back to", "POST", "/v1/models/stones/rollback", "{}", 409, "no champion of stones stood before", []string{withToken}},
		{"promoting what is not", "POST", "/v1/models/stones/promote", `{"version":7}`, 404, "no version 7", []string{withToken}},
		{"promoting the champion", "POST", "/v1/models/stones/promote", `{"version":1}`, 409, "is the champion already", []string{withToken}},
		{"promoting no number", "POST", "/v1/models/stones/promote", `{"version":"x"}`, 422, "version does not fit", []string{withToken}},
		{"promoting without JSON", "POST", "/v1/models/stones/promote", `{"version":`, 400, "no JSON", []string{withToken}},
		{"no runner", "POST", "/v1/runs", `{"pipeline":"stones"}`, 501, "cannot be started", []string{withToken}},
		{"too large", "POST", "/v1/stones/predict", `{"carat":` + strings.Repeat("1", 11e6), 413, "larger than", nil},
		{"deep", "POST", "/v1/stones/predict", strings.Repeat(`{"carat":`, 100000), 400, "no JSON", nil},
		{"SQL", "GET", "/v1/requests?route=%27%3B+drop+table+request%3B--", "", 200, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if len(tt.headers) > 0 && strings.HasPrefix(tt.headers[0], "Host: ") {
				l := l.at(strings.TrimPrefix(tt.headers[0], "Host: "))
				assert.Equal(t, tt.status, l.Code)
				return
			}
			w := l.ask(tt.method, tt.path, tt.body, tt.headers...)
			require.Equal(t, tt.status, w.Code, "%.300s", w.Body)
			assert.Contains(t, w.Body.String(), strings.ReplaceAll(tt.detail, `"`, `\"`))
			if tt.status >= 400 {
				assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
				for _, secret := range []string{".go:", "goroutine", "select ", "/tmp"} {
					assert.NotContains(t, w.Body.String(), secret)
				}
			}
			recorded, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
			require.NoError(t, err)
			require.NotNil(t, recorded, "every request has a row")
			assert.Equal(t, tt.status, recorded.Status)
		})
	}
	assert.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small).Code, "the next good request is answered")
}

func TestSimilarRows(t *testing.T) {
	l := oneLab(t)
	m := members(t, l.ask("POST", "/v1/stones/similar", `{"carat":0.5,"cut":"Good","shop":"east","n":3}`), 200)
	rows := m["similar"].([]any)
	require.Len(t, rows, 3)
	last := -1.0
	for _, row := range rows {
		r := row.(map[string]any)
		assert.Equal(t, "Good", r["cut"])
		assert.Equal(t, "east", r["shop"])
		assert.GreaterOrEqual(t, r["difference"], last)
		last = r["difference"].(float64)
		assert.Contains(t, r, "price")
	}
	assert.EqualValues(t, 33, m["matching"])
	p := members(t, l.ask("POST", "/v1/stones/similar", `{"carat":0.5,"cut":"God","shop":"north"}`), 422)
	assert.Len(t, p["errors"], 2)
}

func TestSavedPredictions(t *testing.T) {
	l := oneLab(t)
	saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`,"note":"ring"}`, withToken), 201)
	id := saved["id"].(string)
	assert.Equal(t, "ring", saved["note"])
	assert.InDelta(t, 60, saved["answer"].(map[string]any)["price"], 8)
	read := members(t, l.ask("GET", "/v1/stones/predictions/"+id, ""), 200)
	assert.Equal(t, saved, read)
	told := members(t, l.ask("PATCH", "/v1/stones/predictions/"+id, `{"outcome":64.5}`, withToken), 200)
	assert.Equal(t, 64.5, told["outcome"])
	members(t, l.ask("PATCH", "/v1/stones/predictions/"+id, `{"outcome":"much"}`, withToken), 422)
	p := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":{"carat":0.5}}`, withToken), 422)
	assert.Equal(t, "body.input.cut", p["errors"].([]any)[0].(map[string]any)["location"])
	list := members(t, l.ask("GET", "/v1/stones/predictions?known=true", ""), 200)
	assert.Len(t, list["items"], 1)

	// What was told by mistake is taken back; what is not named stays.
	back := members(t, l.ask("PATCH", "/v1/stones/predictions/"+id, `{"outcome":null}`, withToken), 200)
	assert.NotContains(t, back, "outcome")
	assert.NotContains(t, back, "outcome_time")
	assert.Equal(t, "ring", back["note"])
	back = members(t, l.ask("PATCH", "/v1/stones/predictions/"+id, `{"note":null,"outcome":64.5}`, withToken), 200)
	assert.NotContains(t, back, "note")
	back = members(t, l.ask("PATCH", "/v1/stones/predictions/"+id, `{"note":"a ring"}`, withToken), 200)
	assert.Equal(t, []any{64.5, "a ring"}, []any{back["outcome"], back["note"]})

	w := l.ask("GET", "/v1/stones/accuracy", "")
	var accuracy []Accuracy
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &accuracy))
	require.Len(t, accuracy, 1)
	assert.Equal(t, 1, accuracy[0].Rows)
	assert.Equal(t, "mae", accuracy[0].Metrics[0].Name)
}

func TestFollowsTheChampion(t *testing.T) {
	l := oneLab(t)
	l.train(200, nil)
	require.NoError(t, l.server.Refresh(t.Context()))
	version := func() any { return members(t, l.ask("POST", "/v1/stones/predict", small), 200)["version"] }
	assert.EqualValues(t, 1, version(), "registered, but not champion")

	move := members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2,"expected":1,"reason":"better"}`, withToken), 200)
	assert.EqualValues(t, 2, move["to"])
	assert.EqualValues(t, 2, version(), "answers when promote returns")
	members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":1,"expected":7}`, withToken), 409)
	members(t, l.ask("POST", "/v1/models/stones/rollback", `{}`, withToken), 200)
	assert.EqualValues(t, 1, version())

	// Somebody moves the alias without the server.
	following, stop := contextWithStop(t)
	go l.server.follow(following)
	defer stop()
	_, err := l.registry.Promote(t.Context(), "stones", 2, 1, "", "test")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return version() == 2.0 }, 30*time.Second, 10*time.Millisecond)

	model := members(t, l.ask("GET", "/v1/models/stones", ""), 200)
	assert.EqualValues(t, 2, model["answers"])
	assert.Len(t, model["history"], 4)
}

func TestRollbackExpectsAChampion(t *testing.T) {
	l := oneLab(t)
	l.train(200, nil)
	members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2,"expected":1}`, withToken), 200)
	p := members(t, l.ask("POST", "/v1/models/stones/rollback", `{"expected":1}`, withToken), 409)
	assert.Contains(t, p["detail"], "moved meanwhile")
	assert.Equal(t, 2, l.server.Endpoint("stones").Version.Version)
	move := members(t, l.ask("POST", "/v1/models/stones/rollback", `{"expected":2}`, withToken), 200)
	assert.EqualValues(t, 1, move["to"])
	members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, withToken), 200)
	move = members(t, l.ask("POST", "/v1/models/stones/rollback", "", withToken), 200)
	assert.EqualValues(t, 1, move["to"], "the body may be left out")
}

// A version that has lost what it knew cannot be rolled back to, either.
func TestARollbackIsRehearsed(t *testing.T) {
	l := newLab(t)
	l.train(100, func(s *offer.Offer) { s.Golden[0].Value++ })
	l.train(200, nil)
	_, err := l.registry.Promote(t.Context(), "stones", 2, 1, "", "test")
	require.NoError(t, err)
	l.start(nil)
	p := members(t, l.ask("POST", "/v1/models/stones/rollback", "", withToken), 409)
	assert.Contains(t, p["detail"], "golden")
	champion, err := l.registry.Champion(t.Context(), "stones")
	require.NoError(t, err)
	assert.Equal(t, 2, champion.Version)
}

// What huma checks is told as what predictions check: with what is allowed.
func TestFaultsOfTheOtherRoutes(t *testing.T) {
	runner := &starter{}
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Runner = runner })
	for _, tt := range []struct {
		method, path, body string
		want               []map[string]any
	}{
		{"POST", "/v1/models/stones/promote", `{"expcted":1,"version":"one"}`, []map[string]any{
			{"location": "body.expcted", "message": `there is no field "expcted"`, "value": 1.0, "hint": `did you mean "expected"?`},
			{"location": "body.version", "message": "version does not fit", "value": "one", "allowed": "a whole number from 1"}}},
		{"POST", "/v1/models/stones/promote", `{}`, []map[string]any{{"location": "body.version", "message": "version is missing", "allowed": "a whole number from 1"}}},
		{"GET", "/v1/requests?limit=0&from=now", "", []map[string]any{
			{"location": "query.from", "message": "from does not fit", "value": "now", "allowed": "a time such as 2026-11-22T08:30:00Z"},
			{"location": "query.limit", "message": "limit does not fit", "value": 0.0, "allowed": "a whole number from 1 to 500"}}},
		{"GET", "/v1/requests?limit=0&stauts=4", "", []map[string]any{
			{"location": "query.stauts", "message": `there is no parameter "stauts"`, "hint": `did you mean "status"?`}}},
		{"GET", "/v1/runs?status=lost", "", []map[string]any{
			{"location": "query.status", "message": "status does not fit", "value": "lost", "allowed": []any{"queued", "running", "succeeded", "failed", "cached", "interrupted"}}}},
		{"POST", "/v1/runs", `{"pipeline":"` + strings.Repeat("a", 101) + `","models":[7],"params":{"seed":{}}}`, []map[string]any{
			{"location": "body.models[0]", "message": "models[0] does not fit", "value": 7.0, "allowed": "a text"},
			{"location": "body.params.seed", "message": "seed does not fit", "value": map[string]any{}, "allowed": "a text, or a number, or true or false"},
			{"location": "body.pipeline", "message": "pipeline does not fit", "value": strings.Repeat("a", 80) + "…", "allowed": "a text of 1 to 100 characters"}}},
		{"POST", "/v1/models/stones/promote", `[1]`, []map[string]any{{"location": "body", "message": "body does not fit", "value": []any{1.0}, "allowed": "an object"}}},
	} {
		p := members(t, l.ask(tt.method, tt.path, tt.body, withToken), 422)
		var got []map[string]any
		for _, e := range p["errors"].([]any) {
			got = append(got, e.(map[string]any))
		}
		assert.ElementsMatch(t, tt.want, got, "%s %s", tt.path, tt.body)
	}
	assert.Empty(t, runner.jobs)
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, `,"field%d":"%s"`, i, strings.Repeat("x", 500))
	}
	w := l.ask("POST", "/v1/models/stones/promote", `{"version":1`+many.String()+"}", withToken)
	p := members(t, w, 422)
	assert.Len(t, p["errors"], refusal.Most)
	assert.EqualValues(t, 900, p["more"])
	assert.Less(t, w.Body.Len(), 50_000, "an answer repeats only so much")
}

func TestAChampionThatForgotIsRefused(t *testing.T) {
	l := oneLab(t)
	l.train(200, func(s *offer.Offer) { s.Golden[0].Value++ })
	p := members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, withToken), 409)
	assert.Contains(t, p["detail"], "golden")
	champion, err := l.registry.Champion(t.Context(), "stones")
	require.NoError(t, err)
	assert.Equal(t, 1, champion.Version, "the alias is where it was")

	_, err = l.registry.Promote(t.Context(), "stones", 2, 1, "", "test")
	require.NoError(t, err)
	require.NoError(t, l.server.Refresh(t.Context()))
	assert.EqualValues(t, 1, members(t, l.ask("POST", "/v1/stones/predict", small), 200)["version"], "the version before answers on")
	ready := members(t, l.ask("GET", "/readyz", ""), 200)
	assert.Equal(t, "degraded", ready["status"])
}

func TestNothingUnrecordedIsAnswered(t *testing.T) {
	l := oneLab(t)
	require.NoError(t, l.requests.Close())
	p := members(t, l.ask("POST", "/v1/stones/predict", small), 503)
	assert.NotContains(t, p, "price")
	ready := members(t, l.ask("GET", "/readyz", ""), 503)
	assert.Equal(t, "unavailable", ready["status"])
	assert.Contains(t, ready["recording"], "records cannot be written", "it says so itself")
	assert.Equal(t, 200, l.ask("GET", "/healthz", "").Code)
}

func TestAPanicIsA500WithARow(t *testing.T) {
	l := oneLab(t)
	l.server.fixed = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })
	w := l.ask("GET", "/boom", "")
	p := members(t, w, 500)
	assert.NotContains(t, w.Body.String(), "secret")
	recorded, err := l.requests.Request(t.Context(), p["request"].(string))
	require.NoError(t, err)
	assert.Equal(t, 500, recorded.Status)
	assert.Equal(t, "panic: secret", recorded.Error)
}

func TestDrift(t *testing.T) {
	l := oneLab(t)
	for i := range 200 {
		body := fmt.Sprintf(`{"carat":%v,"cut":"Ideal","shop":"%s"}`, float64(20+i%100)/100, []string{"east", "west"}[i%2])
		require.Equal(t, 200, l.ask("POST", "/v1/stones/predict", body).Code)
	}
	w := l.ask("GET", "/v1/stones/drift?last=500", "")
	var d Drift
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &d), w.Body.String())
	assert.Equal(t, 200, d.Rows)
	status := map[string]string{}
	for _, f := range d.Fields {
		status[f.Field] = f.Status
	}
	assert.Equal(t, map[string]string{"carat": "stable", "cut": "drifted", "shop": "stable"}, status)
	assert.Equal(t, []string{"up to 0.299", "above 0.299 up to 0.398", "missing"}, []string{d.Fields[0].Bins[0].Label, d.Fields[0].Bins[1].Label, d.Fields[0].Bins[10].Label})

	w = l.ask("GET", "/v1/stones/drift?last=5", "")
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &d), w.Body.String())
	assert.Equal(t, "unknown", d.Fields[0].Status, "five are too few to tell")

	// A list of many stones counts each: what is looked at is bounded.
	list := "[" + strings.Repeat(small+",", 300) + small + "]"
	require.Equal(t, 200, l.ask("POST", "/v1/stones/predict", list).Code)
	w = l.ask("GET", "/v1/stones/drift?last=50", "")
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &d), w.Body.String())
	assert.Equal(t, 301, d.Rows)
}

func TestReplay(t *testing.T) {
	l := oneLab(t)
	l.train(200, nil)
	for _, body := range []string{small, "[" + small + "," + small + "]", `{"carat":1}`} {
		l.ask("POST", "/v1/stones/predict", body)
	}
	same, err := RunReplay(t.Context(), ReplayOptions{Registry: l.registry, Runs: l.ledger, Requests: l.requests, Model: "stones@1", Last: 10})
	require.NoError(t, err)
	assert.Equal(t, []int{3, 3, 0, 0, 0}, []int{same.Requests, same.Rows, same.Changed, same.Errors, same.Mended})
	other, err := RunReplay(t.Context(), ReplayOptions{Registry: l.registry, Runs: l.ledger, Requests: l.requests, Model: "stones@2", Last: 10})
	require.NoError(t, err)
	assert.Equal(t, 3, other.Changed)
	assert.InDelta(t, 0.83, other.MeanChange, .1)
	n, _, err := l.requests.Stored(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 3, n, "a replay is not recorded")
}

func TestPublicServersWantTheToken(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Public = true })
	assert.Equal(t, 401, l.ask("POST", "/v1/stones/predict", small).Code)
	assert.Equal(t, 401, l.ask("GET", "/openapi.json", "").Code)
	assert.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small, withToken).Code)
	assert.Equal(t, 200, l.ask("GET", "/v1/models", "", l.session()).Code)
	assert.Equal(t, 200, l.ask("GET", "/healthz", "").Code)
}

func TestRateLimit(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	now := time.Now()
	l.start(func(o *Options) { o.Limits.Rate, o.Clock = 2, func() time.Time { return now } })
	var statuses []int
	for range 6 {
		statuses = append(statuses, l.ask("GET", "/v1/models", "").Code)
	}
	assert.Equal(t, []int{200, 200, 200, 200, 429, 429}, statuses)
	assert.Equal(t, "1", l.ask("GET", "/v1/models", "").Header().Get("Retry-After"))
	assert.Equal(t, 200, l.ask("GET", "/healthz", "").Code, "machines that watch are let in")
	assert.Equal(t, 200, l.ask("GET", "/readyz", "").Code)
	now = now.Add(time.Second)
	assert.Equal(t, 200, l.ask("GET", "/v1/models", "").Code)
}

func TestDocumentDescribesTheSchema(t *testing.T) {
	l := oneLab(t)
	document := members(t, l.ask("GET", "/openapi.json", ""), 200)
	assert.Equal(t, "3.1.0", document["openapi"])
	schemas := document["components"].(map[string]any)["schemas"].(map[string]any)
	input := schemas["StonesInput"].(map[string]any)
	cut := input["properties"].(map[string]any)["cut"].(map[string]any)
	assert.Equal(t, []any{"Fair", "Good", "Ideal"}, cut["enum"])
	assert.Equal(t, false, input["additionalProperties"])
	carat := input["properties"].(map[string]any)["carat"].(map[string]any)
	assert.Contains(t, carat["description"], "in ct")
	assert.Contains(t, document["paths"], "/v1/stones/similar")
	docs := l.ask("GET", "/docs/", "").Body.String()
	assert.Contains(t, docs, `src="/docs/swagger-ui-bundle.js"`)
	assert.NotContains(t, docs, `src="http`)
	assert.Equal(t, 200, l.ask("GET", "/docs/swagger-ui-bundle.js", "").Code)
	metrics := l.ask("GET", "/metrics", "").Body.String()
	assert.Contains(t, metrics, `labbook_model_version{model="stones",pipeline="stones"} 1`)
}

func TestRecordedRequestsAreListed(t *testing.T) {
	l := oneLab(t)
	for range 3 {
		l.ask("POST", "/v1/stones/predict", small)
	}
	l.ask("POST", "/v1/stones/predict", `{}`)
	list := members(t, l.ask("GET", "/v1/requests?limit=2&pipeline=stones", ""), 200)
	assert.Len(t, list["items"], 2)
	next := members(t, l.ask("GET", "/v1/requests?limit=500&pipeline=stones&before="+list["next"].(string), ""), 200)
	assert.Len(t, next["items"], 2)
	wrong := members(t, l.ask("GET", "/v1/requests?status=4&bodies=true", ""), 200)["items"].([]any)
	require.Len(t, wrong, 1)
	assert.Equal(t, "{}", wrong[0].(map[string]any)["asked"])
	_, err := l.requests.Requests(t.Context(), requests.Filter{})
	require.NoError(t, err)
}

func FuzzPredict(f *testing.F) {
	l := oneLab(f)
	for _, body := range []string{small, "[" + small + "]", "carat,cut,shop\n0.5,Good,east\n", "carat;cut;shop\n\"", "{", "\xff", "a\n\n\n"} {
		f.Add(body, true)
		f.Add(body, false)
	}
	f.Fuzz(func(t *testing.T, body string, csv bool) {
		kind := "Content-Type: application/json"
		if csv {
			kind = "Content-Type: text/csv"
		}
		w := l.ask("POST", "/v1/stones/predict", body, kind)
		require.Less(t, w.Code, 500, "%q: %s", body, w.Body)
	})
}

func BenchmarkPredict(b *testing.B) {
	l := oneLab(b)
	made := l.server.Endpoint("stones")
	b.ReportAllocs()
	r, _ := http.NewRequest("POST", "/v1/stones/predict", strings.NewReader(small))
	r.Header.Set("Content-Type", "application/json")
	for b.Loop() {
		x := l.server.begin(nil, r)
		x.body = append(x.body, small...)
		made.ServePredict(x, r)
		if x.status != 200 {
			b.Fatalf("%s", x.answer)
		}
		x.release()
	}
}

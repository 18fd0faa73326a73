package serve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/offer"
)

// Any version answers whoever asks for it, and the record says which did.
func TestVersionsAnswerByNumberAndAlias(t *testing.T) {
	l := oneLab(t)
	l.train(200, nil)
	l.train(300, nil)
	priceOf := func(query string) float64 {
		m := members(t, l.ask("POST", "/v1/stones/predict"+query, small), 200)
		recorded, err := l.requests.Request(t.Context(), m["request"].(string))
		require.NoError(t, err)
		assert.EqualValues(t, recorded.Version, m["version"])
		return m["price"].(float64)
	}
	assert.InDelta(t, 60, priceOf(""), 8)
	assert.InDelta(t, 110, priceOf("?version=2"), 8)
	assert.InDelta(t, 160, priceOf("?version=3&explain=false"), 8)
	assert.InDelta(t, 60, priceOf("?version=champion"), 8)
	assert.InDelta(t, 60, priceOf("?version=1"), 8)

	p := members(t, l.ask("POST", "/v1/stones/predict?version=candidate", small), 422)
	fault := p["errors"].([]any)[0].(map[string]any)
	assert.Equal(t, "query.version", fault["location"])
	assert.Equal(t, []any{"1", "2", "3", "champion"}, fault["allowed"])
	move := members(t, l.ask("POST", "/v1/models/stones/alias", `{"alias":"candidate","version":2,"expected":0}`, withToken), 200)
	assert.EqualValues(t, 2, move["to"])
	assert.InDelta(t, 110, priceOf("?version=candidate"), 8)
	members(t, l.ask("POST", "/v1/models/stones/alias", `{"alias":"candidate","version":3}`, withToken), 200)
	assert.InDelta(t, 160, priceOf("?version=candidate"), 8, "it answers when the move returns")
	assert.InDelta(t, 60, priceOf(""), 8, "the champion is another matter")

	model := members(t, l.ask("GET", "/v1/models/stones", ""), 200)
	assert.Equal(t, map[string]any{"candidate": 3.0}, model["aliases"])
	assert.Len(t, model["history"], 1, "of the champion")

	// On every route.
	saved := members(t, l.ask("POST", "/v1/stones/predictions?version=candidate", `{"input":`+small+`}`, withToken), 201)
	assert.EqualValues(t, 3, saved["version"])
	assert.EqualValues(t, 3, members(t, l.ask("POST", "/v1/stones/what-if?version=3", `{"input":`+small+`}`), 200)["version"])
	assert.EqualValues(t, 3, members(t, l.ask("POST", "/v1/stones/similar?version=3&n=2", small), 200)["version"])
	assert.EqualValues(t, 3, members(t, l.ask("GET", "/v1/stones?version=candidate", ""), 200)["version"])
	infer := `{"inputs":[{"name":"carat","shape":[1],"datatype":"FP64","data":[0.5]},{"name":"cut","shape":[1],"datatype":"BYTES","data":["Good"]},{"name":"shop","shape":[1],"datatype":"BYTES","data":["east"]}]}`
	assert.Equal(t, "2", members(t, l.ask("POST", "/v2/models/stones/versions/2/infer", infer), 200)["model_version"])
	assert.Equal(t, "1", members(t, l.ask("POST", "/v2/models/stones/infer", infer), 200)["model_version"])
	assert.Equal(t, []any{"1", "2", "3"}, members(t, l.ask("GET", "/v2/models/stones", ""), 200)["versions"])
	members(t, l.ask("GET", "/v2/models/stones/versions/9", ""), 404)
	w := l.ask("POST", "/invocations?version=3", `{"dataframe_records":[`+small+`]}`)
	assert.InDelta(t, 160, members(t, w, 200)["predictions"].([]any)[0], 8)
	w = l.ask("POST", "/v1/stones/predict?version=3", "carat,cut,shop\n0.5,Good,east\n", "Content-Type: text/csv")
	assert.Equal(t, "stones@3", w.Header().Get("X-Labbook-Model"))
}

func TestAliasesAreMovedByCompareAndSet(t *testing.T) {
	l := oneLab(t)
	l.train(200, nil)
	set := func(body string, status int) map[string]any {
		return members(t, l.ask("POST", "/v1/models/stones/alias", body, withToken), status)
	}
	for body, status := range map[string]int{
		`{"alias":"champion","version":2}`:               404, // see ofRegistry
		`{"alias":"a b","version":2}`:                    422,
		`{"alias":"candidate","version":9}`:              404,
		`{"alias":"candidate","version":0}`:              409,
		`{"alias":"candidate","version":2,"expected":1}`: 409,
	} {
		set(body, status)
	}
	set(`{"alias":"candidate","version":2,"reason":"for a week"}`, 200)
	assert.Contains(t, set(`{"alias":"candidate","version":2}`, 409)["detail"], "stones@candidate is stones@2 already")
	assert.Contains(t, set(`{"alias":"candidate","version":1,"expected":1}`, 409)["detail"], "stones@candidate was moved meanwhile")
	set(`{"alias":"candidate","version":0,"expected":2}`, 200)
	members(t, l.ask("POST", "/v1/stones/predict?version=candidate", small), 422)
	members(t, l.ask("POST", "/v1/models/stones/alias", `{"alias":"candidate","version":2}`), 401)

	trail, err := l.ledger.Trail(t.Context(), l.server.options.Clock().Add(1e9), 10)
	require.NoError(t, err)
	var told []string
	for _, e := range trail[:2] {
		told = append(told, e.Action+" "+e.Subject+" "+e.Detail)
	}
	assert.Equal(t, []string{"remove alias stones@candidate ", "set alias stones@candidate to version 2: for a week"}, told)
}

// What does not answer as it did answers nobody, by whatever name, and harms no other.
func TestAVersionThatForgotDoesNotAnswer(t *testing.T) {
	l := oneLab(t)
	l.train(200, func(s *offer.Offer) { s.Golden[0].Value++ })
	for range 2 {
		assert.Contains(t, members(t, l.ask("POST", "/v1/stones/predict?version=2", small), 503)["detail"], "golden")
	}
	assert.Contains(t, members(t, l.ask("POST", "/v1/models/stones/alias", `{"alias":"candidate","version":2}`, withToken), 409)["detail"], "does not become candidate")
	members(t, l.ask("POST", "/v1/stones/predict", small), 200)
}

// Whoever asks for every version there is makes the server hold a few at a time.
func TestFewVersionsAreKept(t *testing.T) {
	l := oneLab(t)
	for i := range keepOthers + 3 {
		l.train(float64(200+10*i), nil)
	}
	for round := range 2 {
		for i := range keepOthers + 3 {
			m := members(t, l.ask("POST", fmt.Sprintf("/v1/stones/predict?version=%d", i+2), small), 200)
			assert.InDelta(t, 110+5*i, m["price"], 8, round)
		}
	}
	kept := l.server.current.Load().others
	assert.Len(t, kept.known, keepOthers)
	assert.Len(t, kept.order, keepOthers)
}

func TestPagesAskVersions(t *testing.T) {
	l := pagesLab(t, nil)
	members(t, l.ask("POST", "/v1/models/stones/alias", `{"alias":"candidate","version":2}`, withToken), 200)
	page := l.ask("GET", "/pipelines/stones?version=candidate", "").Body.String()
	assert.Contains(t, page, "Version 2 is asked here, not the champion.")
	assert.Contains(t, page, `<input type="hidden" name="version" value="candidate">`)
	page = l.ask("GET", "/models/stones", "", l.session()).Body.String()
	assert.Contains(t, page, `<span class="badge">candidate</span>`)
	assert.Contains(t, page, `<a href="/pipelines/stones?version=2">Ask it</a>`)
	w := l.ask("GET", "/pipelines/stones?version=9", "")
	assert.Equal(t, 422, w.Code)
	assert.Contains(t, w.Body.String(), "Stones has no such version or alias")
	form := map[string][]string{"version": {"candidate"}, "in.carat": {"0.5"}, "in.cut": {"Good"}, "in.shop": {"east"}}
	status, _, body := l.form("/pipelines/stones/predict", form, false)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, "version 2", strings.TrimSpace(body))
	form["save"] = []string{"yes"}
	_, location, _ := l.form("/pipelines/stones/predict", form, true)
	assert.Contains(t, location, "&version=candidate#answer")
	_, location, _ = l.form("/models/stones/alias", map[string][]string{"alias": {"candidate"}, "version": {"0"}}, true)
	assert.Contains(t, location, "done=aliased")
	assert.Empty(t, members(t, l.ask("GET", "/v1/models/stones", ""), 200)["aliases"])
}

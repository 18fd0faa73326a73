package serve

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
	"labbook/models/bundle"
	"labbook/serve/refusal"
)

func TestUnusualValuesAreAnsweredWithAWarning(t *testing.T) {
	l := oneLab(t)
	m := members(t, l.ask("POST", "/v1/stones/predict", `{"carat":9,"cut":"Good","shop":"north"}`), 200)
	warnings := m["warnings"].([]any)
	require.Len(t, warnings, 3)
	assert.Equal(t, "carat", warnings[0].(map[string]any)["field"])
	assert.Contains(t, warnings[1].(map[string]any)["message"], "north")
	assert.Equal(t, "price", warnings[2].(map[string]any)["field"])
	assert.NotContains(t, m, "interval", "nobody knows how far off it is")

	m = members(t, l.ask("POST", "/v1/stones/predict", `{"carat":1,"cut":"Good","shop":"north"}`), 200)
	require.Len(t, m["warnings"], 1)
	assert.Contains(t, m, "interval", "a level more is like those that were held out")
	w := l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n9,Good,east\n1,Good,east\n", "Content-Type: text/csv")
	lines := strings.Split(w.Body.String(), "\n")
	assert.True(t, strings.HasSuffix(lines[1], ",,"), lines[1])
	assert.NotContains(t, lines[2], ",,")
	assert.Len(t, w.Header()["X-Labbook-Warning"], 2)

	// A gap of a table is filled, and said; a field of JSON says what it means.
	w = l.ask("POST", "/v1/stones/predict", "carat;cut;shop\n;Good;east\n0,5;Good;east\n", "Content-Type: text/csv")
	require.Equal(t, 200, w.Code, w.Body.String())
	assert.Regexp(t, `(?m)^;Good;east;[0-9.]+`, w.Body.String())
	assert.Contains(t, w.Header()["X-Labbook-Warning"][0], "carat has no value in 1 row, first at body:2: the median in training")
	p := members(t, l.ask("POST", "/v1/stones/predict", `{"carat":null,"cut":"Good","shop":"east"}`), 422)
	assert.Equal(t, "body.carat", p["errors"].([]any)[0].(map[string]any)["location"])
	p = members(t, l.ask("POST", "/v1/stones/predict", "carat,cut,shop\nx,Good,east\n1,Good,east\n1,Good\n", "Content-Type: text/csv"), 422)
	assert.Len(t, p["errors"], 2, "every bad row is named")
	list := members(t, l.ask("POST", "/v1/stones/predict", `[{"carat":9,"cut":"Good","shop":"east"},`+small+`]`), 200)["predictions"].([]any)
	assert.NotContains(t, list[0], "interval")
	assert.Contains(t, list[1], "interval")
}

// A model of logarithms overflows far from what it learned from. What it comes
// to then is no prediction: it is never told, and nothing is measured by it.
func TestNoPredictionIsNoAnswer(t *testing.T) {
	l := newLab(t)
	l.transform = bundle.Log
	l.train(100, nil)
	l.start(nil)
	far := `{"carat":1e9,"cut":"Good","shop":"east"}`
	p := members(t, l.ask("POST", "/v1/stones/predict", far), 422)
	fault := p["errors"].([]any)[0].(map[string]any)
	assert.Equal(t, "body", fault["location"])
	assert.Contains(t, fault["hint"], "carat 1e+09 ct is above the largest in training")
	p = members(t, l.ask("POST", "/v1/stones/predict", "["+small+","+far+","+small+","+far+"]"), 422)
	require.Len(t, p["errors"], 2)
	assert.Equal(t, "body[1]", p["errors"].([]any)[0].(map[string]any)["location"])
	assert.Equal(t, "body[3]", p["errors"].([]any)[1].(map[string]any)["location"])
	p = members(t, l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n1,Good,east\n1e9,Good,east\n", "Content-Type: text/csv"), 422)
	assert.Equal(t, "body:3", p["errors"].([]any)[0].(map[string]any)["location"])
	p = members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+far+`}`, withToken), 422)
	assert.Equal(t, "body.input", p["errors"].([]any)[0].(map[string]any)["location"])
	many := "[" + strings.Repeat(far+",", 999) + far + "]"
	p = members(t, l.ask("POST", "/v1/stones/predict", many), 422)
	assert.Len(t, p["errors"], refusal.Most)
	assert.EqualValues(t, 900, p["more"])

	// Versions before this one answered null, and saved it.
	made := l.server.Endpoint("stones")
	old := &requests.Prediction{Answer: []byte(`{"price":null}`), Outcome: []byte("4700")}
	assert.Nil(t, (*outcomes)(nil).add(made, old), "null is not a price of 0")
	r := &replaying{server: l.server, endpoint: made}
	r.again(&requests.Request{Path: "/v1/stones/predict", Status: 200, Request: requests.Body{Kept: []byte(far), Size: int64(len(far)), Type: "application/json"},
		Response: requests.Body{Kept: []byte(`{"price":null}`), Size: 14}})
	assert.Equal(t, []int{0, 0, 0}, []int{r.Rows, r.Changed, r.Errors}, "what was not answered is not refused now")
}

package serve

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/offer"
	"labbook/internal/store/requests"
)

// What would be is answered with its reasons and recorded as such, and is nobody's case:
// neither drift nor replay see it.
func TestWhatIf(t *testing.T) {
	l := oneLab(t)
	said := members(t, l.ask("POST", "/v1/stones/what-if", `{"input":{"carat":0.9,"cut":"Good","shop":"east"}}`), 200)
	predicted := members(t, l.ask("POST", "/v1/stones/predict", `{"carat":0.9,"cut":"Good","shop":"east"}`), 200)
	assert.Equal(t, predicted["price"], said["price"])
	assert.NotContains(t, said, "changes")
	why := said["why"].(map[string]any)
	assert.Equal(t, "carat", why["for"].([]any)[0].(map[string]any)["feature"])
	described := members(t, l.ask("GET", "/v1/stones", ""), 200)
	typical := described["typical"].(map[string]any)
	body, err := json.Marshal(typical)
	require.NoError(t, err)
	usual := members(t, l.ask("POST", "/v1/stones/predict", string(body)), 200)
	assert.InDelta(t, usual["price"].(float64), why["typical"].(float64), 1e-9, "the typical row is one that can be asked about")

	recorded, err := l.requests.Requests(t.Context(), requests.Filter{Route: "/v1/stones/what-if"})
	require.NoError(t, err)
	require.Len(t, recorded, 1)
	assert.Equal(t, said["request"], recorded[0].ID)
	assert.Equal(t, 2.0, members(t, l.ask("GET", "/v1/stones/drift", ""), 200)["rows"], "the two predictions, not what would be")
}

// The smallest changes lead where they say: out of the interval, or to what is wanted.
func TestWhatIfChanges(t *testing.T) {
	l := oneLab(t)
	input := `{"carat":0.5,"cut":"Good","shop":"east"}`
	ask := func(body string) []any {
		return members(t, l.ask("POST", "/v1/stones/what-if", body), 200)["changes"].([]any)
	}
	at := func(change any) float64 {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(input), &row))
		for name, value := range change.(map[string]any)["to"].(map[string]any) {
			row[name] = value
		}
		body, err := json.Marshal(row)
		require.NoError(t, err)
		return members(t, l.ask("POST", "/v1/stones/predict", string(body)), 200)["price"].(float64)
	}
	out := members(t, l.ask("POST", "/v1/stones/predict", input), 200)["interval"].(map[string]any)
	found := ask(`{"input":` + input + `,"changes":true}`)
	require.NotEmpty(t, found)
	for _, change := range found {
		price := change.(map[string]any)["price"].(float64)
		assert.InDelta(t, at(change), price, 1e-9)
		assert.True(t, price <= out["low"].(float64) || price >= out["high"].(float64), "%v of %v", change, out)
	}
	found = ask(`{"input":` + input + `,"changes":true,"least":80,"change":["carat"]}`)
	require.Len(t, found, 1)
	assert.GreaterOrEqual(t, at(found[0]), 80.0)
	assert.Equal(t, map[string]any{"carat": 0.5}, found[0].(map[string]any)["from"])
	assert.Empty(t, ask(`{"input":`+input+`,"changes":true,"least":1e9}`))
	for body, want := range map[string]string{
		`{"input":{"carat":"much"}}`:                     "body.input.carat",
		`{"input":` + input + `,"change":["colour"]}`:    "body.change[0]",
		`{"input":[` + input + `]}`:                      "one object",
		`{"input":` + input + `,"changes":true,"far":1}`: "far",
	} {
		w := l.ask("POST", "/v1/stones/what-if", body)
		assert.Equal(t, 422, w.Code, body)
		assert.Contains(t, w.Body.String(), want)
	}
}

// A pipeline says which fields can change at all.
func TestWhatIfOfDeclaredFields(t *testing.T) {
	l := newLab(t)
	l.train(100, func(o *offer.Offer) { o.Change = []string{"cut"} })
	l.start(nil)
	found := members(t, l.ask("POST", "/v1/stones/what-if", `{"input":{"carat":0.5,"cut":"Good","shop":"east"},"changes":true,"least":56}`), 200)["changes"].([]any)
	require.Len(t, found, 1)
	assert.Equal(t, map[string]any{"cut": "Ideal"}, found[0].(map[string]any)["to"])
	assert.Equal(t, []any{"cut"}, members(t, l.ask("GET", "/v1/stones", ""), 200)["change"])
}

// The page tells of an answer why, what would change it and what is like it; what is
// tried on it is recorded as that.
func TestPagesTellWhy(t *testing.T) {
	l := pagesLab(t, nil)
	_, _, body := l.form("/pipelines/stones/predict", url.Values{"in.carat": {"0.9"}, "in.cut": {"Good"}, "in.shop": {"east"}}, false)
	for _, want := range []string{"A typical one would be", "typical is", "What would change it", "Most like it", "All rows of the table (200 rows) were searched for those with the same cut and shop and the nearest carat."} {
		assert.Contains(t, body, want)
	}
	status, _, body := l.form("/pipelines/stones/what-if", aStone, false)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, "If it were so")
	recorded, err := l.requests.Requests(t.Context(), requests.Filter{Status: 200})
	require.NoError(t, err)
	require.Len(t, recorded, 2)
	assert.Equal(t, []string{"/v1/stones/what-if", "/v1/stones/predict"}, []string{recorded[0].Route, recorded[1].Route})
}

package serve

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// receipts saves predictions of a cut, and tells that the truth lay in each, or far from it.
func (l *lab) receipts(t *testing.T, cut string, n int, held bool) {
	for range n {
		saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+strings.Replace(small, "Good", cut, 1)+`}`, withToken), 201)
		outcome := saved["answer"].(map[string]any)["price"]
		if !held {
			outcome = 1e6
		}
		members(t, l.ask("PATCH", "/v1/stones/predictions/"+saved["id"].(string), fmt.Sprintf(`{"outcome":%v}`, outcome), withToken), 200)
	}
}

// A promise that is broken to some is said to them, with since when, and to nobody else;
// one that is broken to all, to all; and no longer where outcomes say otherwise again.
func TestBrokenPromisesAreSaid(t *testing.T) {
	l := oneLab(t)
	l.shadows(t)
	promise := func() map[string]any { return members(t, l.ask("GET", "/v1/stones/promise", ""), 200) }
	warns := func(cut string) bool {
		m := members(t, l.ask("POST", "/v1/stones/predict", strings.Replace(small, "Good", cut, 1)), 200)
		return strings.Contains(fmt.Sprint(m["warnings"]), "broken since")
	}
	soon := func(cut string, want bool) {
		t.Helper()
		require.Eventually(t, func() bool { return warns(cut) == want }, time.Minute, 20*time.Millisecond)
	}
	assert.Equal(t, "It promises to hold the truth in 90 in 100; no outcome is known yet.", promise()["says"])
	l.receipts(t, "Good", 36, true)
	p := promise()
	assert.EqualValues(t, 1, p["share"])
	assert.Contains(t, p["says"], "nothing says that this is broken")
	assert.NotContains(t, p, "broken_since")

	l.receipts(t, "Fair", 4, false)
	p = promise()
	assert.InDelta(t, .9, p["share"], 1e-12)
	assert.NotContains(t, p, "broken_since", "on average it is kept")
	first := p["segments"].([]any)[0].(map[string]any)
	assert.Equal(t, []any{"cut", "Fair", 0.0, 4.0}, []any{first["field"], first["value"], first["share"], first["outcomes"]})
	assert.NotEmpty(t, first["broken_since"])
	assert.Regexp(t, `^Where cut is Fair, what version 1 answers held the truth in 0 in 100 of 4 outcomes, not in the 90 in 100 that it promises: broken since 20`, p["says"])
	soon("Fair", true)
	assert.False(t, warns("Good"))
	list := members(t, l.ask("POST", "/v1/stones/predict", "["+small+","+strings.Replace(small, "Good", "Fair", 1)+"]"), 200)
	assert.EqualValues(t, 1, list["warnings"].([]any)[0].(map[string]any)["rows"])
	w := l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n0.5,Fair,east\n", "Content-Type: text/csv")
	assert.Contains(t, w.Header().Get("X-Labbook-Warning"), "broken since")
	metrics := l.ask("GET", "/metrics", "").Body.String()
	assert.Contains(t, metrics, `labbook_promise_broken{field="cut",pipeline="stones",value="Fair",version="1"} 1`)
	assert.Contains(t, metrics, `labbook_promise_held{field="",pipeline="stones",value="",version="1"} 0.9`)

	l.receipts(t, "Good", 12, false)
	soon("Good", true)
	assert.NotEmpty(t, promise()["broken_since"])
	l.receipts(t, "Good", 200, true)
	soon("Good", false)
	assert.NotContains(t, promise(), "broken_since", "it is kept again")
}

func TestPagesTellOfPromises(t *testing.T) {
	l := pagesLab(t, nil)
	l.receipts(t, "Good", 5, false)
	l.shadows(t)
	require.Eventually(t, func() bool { return l.server.Endpoint("stones").promise.Load() != nil }, time.Minute, 10*time.Millisecond)
	page := l.ask("GET", "/pipelines/stones/drift", "").Body.String()
	assert.Contains(t, page, `<p class="trouble">What version 1 answers held the truth in 0 in 100 of 5 outcomes`)
	assert.Contains(t, page, `<th scope="row">cut Good</th><td class="num">5</td>`)
	assert.Contains(t, page, `id="promise"`)
}

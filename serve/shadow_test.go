package serve

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/offer"
)

// shadowLab is a server whose newest serve stage declares a shadow, with version 2 as the
// challenger. What comes true is as that says.
func shadowLab(t *testing.T, promote bool) *lab {
	l := newLab(t)
	l.train(100, nil)
	l.train(200, func(o *offer.Offer) { o.Shadow = &offer.Shadow{Alias: "challenger", Confidence: .97, Promote: promote} })
	_, err := l.registry.SetAlias(t.Context(), "stones", "challenger", 2, nil, "", "test")
	require.NoError(t, err)
	return l.start(nil)
}

// shadows has the server ask shadows as long as the test goes on.
func (l *lab) shadows(t *testing.T) {
	ctx, _ := contextWithStop(t)
	go l.server.behind.work(ctx)
}

// tell saves n predictions, waits until the shadow has answered them, and tells what came
// true.
func (l *lab) tell(t *testing.T, n int) {
	var ids []string
	for i := range n {
		body := strings.Replace(small, "0.5", fmt.Sprintf("0.%d", 20+i%60), 1)
		saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+body+`}`, withToken), 201)
		require.Equal(t, 1.0, saved["version"], "the champion answers")
		ids = append(ids, saved["id"].(string))
	}
	require.Eventually(t, func() bool {
		answered, _, err := l.requests.Shadowed(t.Context(), "stones", 2)
		return err == nil && answered >= n
	}, time.Minute, 5*time.Millisecond)
	for i, id := range ids {
		members(t, l.ask("PATCH", "/v1/stones/predictions/"+id, fmt.Sprintf(`{"outcome":%v}`, 200*float64(20+i%60)/100+10), withToken), 200)
	}
}

func TestShadowIsAskedAndNeverSent(t *testing.T) {
	l := shadowLab(t, false)
	shadow := func() map[string]any { return members(t, l.ask("GET", "/v1/stones/shadow", ""), 200) }
	assert.Equal(t, "not told apart", shadow()["verdict"])
	assert.Contains(t, shadow()["says"], "not told apart from version 1 yet, after 0 outcomes")
	l.shadows(t)
	members(t, l.ask("POST", "/v1/stones/predict", "["+small+","+small+"]"), 200)
	require.Equal(t, 200, l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n0.5,Good,east\n", "Content-Type: text/csv").Code)
	members(t, l.ask("POST", "/v2/models/stones/infer", stonesInfer), 200)
	members(t, l.ask("POST", "/v1/stones/predict?version=2", small), 200) // is not the champion's
	members(t, l.ask("POST", "/v1/stones/predict", `{}`), 422)            // was not answered
	require.Eventually(t, func() bool { return shadow()["answered"] == 3.0 }, time.Minute, 5*time.Millisecond)

	l.tell(t, 80)
	found := shadow()
	assert.Equal(t, "better", found["verdict"], found)
	assert.EqualValues(t, 80, found["outcomes"])
	assert.Equal(t, "mae", found["metric"])
	losses := found["losses"].([]any)
	assert.Greater(t, losses[0], 5*losses[1].(float64))
	assert.Greater(t, found["better"], .97)
	assert.Less(t, found["worse"], .5)
	assert.Regexp(t, `^Version 2, challenger, is asked the same and not sent: it is better than version 1, with 9[0-9.]+ % confidence, after 80 outcomes\.$`, found["says"])
	assert.Equal(t, 1, l.server.Endpoint("stones").Version.Version, "by hand only")
	assert.Contains(t, l.ask("GET", "/metrics", "").Body.String(), `labbook_shadow_total{pipeline="stones",result="answered"} 83`)
	assert.EqualValues(t, 0, found["failed"])
}

// Where the policy says so the challenger becomes champion once it is better, and the trail
// says by what.
func TestShadowPromotesWhereItIsToldTo(t *testing.T) {
	l := shadowLab(t, true)
	l.shadows(t)
	l.tell(t, 80)
	require.Eventually(t, func() bool { return l.server.Endpoint("stones").Version.Version == 2 }, time.Minute, 5*time.Millisecond)
	var compared *Shadow
	require.Eventually(t, func() bool {
		trail, err := l.ledger.Trail(t.Context(), time.Now().Add(time.Hour), 10)
		require.NoError(t, err)
		promoted := false
		for _, e := range trail {
			if e.Action == "promote" && e.Actor == "shadow of stones" {
				assert.Regexp(t, `better than version 1 in shadow, with 9[0-9.]+ % confidence, after \d+ outcomes: mae `, e.Detail)
				promoted = true
			}
			if e.Action == "compare shadow" {
				compared = &Shadow{}
				require.NoError(t, json.Unmarshal([]byte(e.Detail), compared))
			}
		}
		return promoted && compared != nil
	}, time.Minute, 5*time.Millisecond)
	assert.Equal(t, "better", compared.Verdict)
	assert.Equal(t, []int{1, 2}, []int{compared.Champion, compared.Challenger})
	assert.GreaterOrEqual(t, compared.Better, .97)
	found := members(t, l.ask("GET", "/v1/stones/shadow", ""), 200)
	assert.Equal(t, "No challenger is asked along: challenger is the champion.", found["says"])
}

// Who asks is answered though the shadow does not keep up: what it was not asked is counted.
func TestShadowsAreDropped(t *testing.T) {
	l := shadowLab(t, false) // and nobody works
	for range mostShadowed + 7 {
		require.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small).Code)
	}
	assert.EqualValues(t, 7, members(t, l.ask("GET", "/v1/stones/shadow", ""), 200)["dropped"])
	assert.Contains(t, l.ask("GET", "/metrics", "").Body.String(), `labbook_shadow_total{pipeline="stones",result="dropped: queue"} 7`)
}

// A Brier score is computed by hand, and what cannot be lost is not.
func TestLossOf(t *testing.T) {
	l := cuts(t, nil)
	made := l.server.Endpoint(l.server.Endpoints()[0].Name)
	answer := fmt.Sprintf(`{%q:"Good","probabilities":{"Fair":0.2,"Good":0.5,"Ideal":0.3}}`, made.Predicts())
	loss, known := lossOf(made, []byte(answer), []byte(`"Good"`))
	assert.True(t, known)
	assert.InDelta(t, .04+.25+.09, loss, 1e-12)
	for _, outcome := range []string{`"Great"`, `3`, `null`, ``} {
		_, known = lossOf(made, []byte(answer), []byte(outcome))
		assert.False(t, known, outcome)
	}
	_, known = lossOf(made, []byte(`{}`), []byte(`"Good"`))
	assert.False(t, known)
}

func TestPercentOf(t *testing.T) {
	for sure, want := range map[float64]string{0: "0", .975: "97", .9951: "99.5", .99991: "99.99", 1: "99.9999", .999999999: "99.9999"} {
		assert.Equal(t, want, percentOf(sure), sure)
	}
}

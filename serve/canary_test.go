package serve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/offer"
)

// The fractions are those that Python's hashlib gives.
func TestShareOf(t *testing.T) {
	for key, want := range map[string]float64{"customer-1": 0.7338468520809093, "customer-2": 0.393375858223023, "ü": 0.5268367476184173} {
		assert.Equal(t, want, shareOf("stones", "stones@2", key), key)
	}
	below := 0
	for i := range 10_000 {
		if shareOf("stones", "stones@2", fmt.Sprint(i)) < .1 {
			below++
		}
	}
	assert.InDelta(t, 1000, below, 90, "three standard deviations")
}

func TestFirstValue(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1,"shop":"east"}`: "east", ` [{"shop":"east"},{"shop":"west"}]`: "east", "{\"shop\":\"east\"}\n{\"shop\":\"west\"}": "east",
		`{"shop":1.50}`: "1.50", `{"shop":null}`: "", `{}`: "", `[]`: "", `{"shop":`: "", "": "",
		"shop\neast": "east", "\ufeffid;shop\n1;\"e;a\"\n": "e;a", "shop\n": "", "id,shop\n1\n": "", "id\tshop\r\n1\teast\r\n": "east", "east": "",
		`{"dataframe_split":{"columns":["id","shop"],"data":[[1,"east"],[2,"west"]]}}`: "east", `{"dataframe_split":{"columns":["id"],"data":[[1]]}}`: "",
		`{"dataframe_records":[{"shop":"east"},{"shop":"west"}]}`: "east", `{"inputs":{"shop":["east","west"]}}`: "east", `{"instances":[{"shop":7}]}`: "7",
		`{"inputs":[{"name":"id","data":[1]},{"name":"shop","shape":[2,1],"datatype":"BYTES","data":[["east"],["west"]]}]}`: "east", `{"inputs":[{"name":"shop"}]}`: "",
		`{"inputs":{"shop":[]}}`: "[]", `{"note":"x","input":{"shop":"east"}}`: "east", `{"inputs":7}`: "",
	} {
		assert.Equal(t, want, firstValue([]byte(body), "shop"), body)
	}
}

// canaryLab is a server whose newest serve stage declares a canary, with version 2 as
// the candidate.
func canaryLab(t *testing.T, c offer.Canary) *lab {
	l := newLab(t)
	l.train(100, nil)
	c.Alias = "candidate"
	l.train(200, func(o *offer.Offer) { o.Canary = &c })
	_, err := l.registry.SetAlias(t.Context(), "stones", "candidate", 2, nil, "", "test")
	require.NoError(t, err)
	return l.start(nil)
}

func TestCanarySticksToAHeader(t *testing.T) {
	l := canaryLab(t, offer.Canary{Share: .3, Header: "X-Customer"})
	answered := map[float64]int{}
	for i := range 60 {
		customer := fmt.Sprintf("X-Customer: customer-%d", i)
		first := members(t, l.ask("POST", "/v1/stones/predict", small, customer), 200)["version"].(float64)
		want := 1.0
		if shareOf("stones", "stones@2", fmt.Sprintf("customer-%d", i)) < .3 {
			want = 2
		}
		assert.Equal(t, want, first, customer)
		answered[first]++
		if i < 10 {
			saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, withToken, customer), 201)
			assert.Equal(t, want, saved["version"], "whatever the route")
			w := l.ask("POST", "/v1/stones/predict", "carat,cut,shop\n0.5,Good,east\n", "Content-Type: text/csv", customer)
			assert.Equal(t, fmt.Sprintf("stones@%v", want), w.Header().Get("X-Labbook-Model"))
			infer := members(t, l.ask("POST", "/v2/models/stones/infer", stonesInfer, customer), 200)
			assert.Equal(t, fmt.Sprint(want), infer["model_version"])
			assert.EqualValues(t, 1, members(t, l.ask("POST", "/v1/stones/predict?version=1", small, customer), 200)["version"], "who names a version is answered by it")
		}
	}
	assert.Positive(t, answered[1])
	assert.Positive(t, answered[2])
	metrics := l.ask("GET", "/metrics", "").Body.String()
	assert.Contains(t, metrics, `labbook_answers_total{model="stones",pipeline="stones",status="200",version="2"}`)
	canary := members(t, l.ask("GET", "/v1/stones", ""), 200)["canary"]
	assert.Equal(t, map[string]any{"alias": "candidate", "version": 2.0, "share": .3, "header": "X-Customer"}, canary)

	// Who names nothing is by itself, and about as often.
	seen := map[any]bool{}
	for range 60 {
		seen[members(t, l.ask("POST", "/v1/stones/predict", small), 200)["version"]] = true
	}
	assert.Len(t, seen, 2)
}

func TestCanarySticksToAField(t *testing.T) {
	l := canaryLab(t, offer.Canary{Share: .5, Field: "carat"})
	for i := range 20 {
		body := strings.Replace(small, "0.5", fmt.Sprintf("0.%d", 20+i), 1)
		want := 1.0
		if shareOf("stones", "stones@2", fmt.Sprintf("0.%d", 20+i)) < .5 {
			want = 2
		}
		assert.Equal(t, want, members(t, l.ask("POST", "/v1/stones/predict", body), 200)["version"], body)
		assert.Equal(t, want, members(t, l.ask("POST", "/v1/stones/predict", "["+body+","+small+"]"), 200)["version"], body)
	}
}

// Where the canary cannot answer, the champion does, and it is said why.
func TestCanaryGivesWay(t *testing.T) {
	l := canaryLab(t, offer.Canary{Share: 1})
	assert.EqualValues(t, 2, members(t, l.ask("POST", "/v1/stones/predict", small), 200)["version"])
	refused := func() any {
		return members(t, l.ask("GET", "/v1/stones", ""), 200)["canary"].(map[string]any)["refused"]
	}
	assert.Nil(t, refused())
	members(t, l.ask("POST", "/v1/models/stones/promote", `{"version":2}`, withToken), 200)
	assert.Equal(t, "candidate is the champion", refused())
	members(t, l.ask("POST", "/v1/models/stones/alias", `{"alias":"candidate","version":0}`, withToken), 200)
	assert.Equal(t, "candidate stands nowhere", refused())

	forgot := l.train(300, func(o *offer.Offer) { o.Golden[0].Value++; o.Canary = &offer.Canary{Alias: "candidate", Share: 1} })
	_, err := l.registry.SetAlias(t.Context(), "stones", "candidate", forgot.Version, nil, "", "test")
	require.NoError(t, err)
	require.NoError(t, l.server.Refresh(t.Context()))
	assert.EqualValues(t, 2, members(t, l.ask("POST", "/v1/stones/predict", small), 200)["version"])
	assert.Contains(t, refused(), "golden")

	l.target = "cut"
	other := l.train(400, func(o *offer.Offer) { o.Canary = &offer.Canary{Alias: "candidate", Share: 1} })
	_, err = l.registry.SetAlias(t.Context(), "stones", "candidate", other.Version, nil, "", "test")
	require.NoError(t, err)
	require.NoError(t, l.server.Refresh(t.Context()))
	assert.Contains(t, refused(), "answers something else than the champion")
}

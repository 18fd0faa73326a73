package serve

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/requests"
)

const (
	stonesInfer = `{"id":"a7","inputs":[{"name":"carat","shape":[2],"datatype":"FP64","data":[0.5,0.6]},
		{"name":"cut","shape":[2],"datatype":"BYTES","data":["Good","Ideal"]},{"name":"shop","shape":[2,1],"datatype":"BYTES","data":[["east"],["west"]]}]}`
	stonesSplit = `{"dataframe_split":{"columns":["carat","cut","shop"],"data":[[0.5,"Good","east"],[0.6,"Ideal","west"]]}}`
	stonesList  = `[` + small + `,{"carat":0.6,"cut":"Ideal","shop":"west"}]`
)

// What other servers' clients ask is answered as /v1 answers it, and recorded as
// the rows that it stands for.
func TestProtocols(t *testing.T) {
	l := oneLab(t)
	var want []float64
	for _, p := range members(t, l.ask("POST", "/v1/stones/predict", stonesList), 200)["predictions"].([]any) {
		want = append(want, p.(map[string]any)["price"].(float64))
	}
	floats := func(v any) (all []float64) {
		for _, x := range v.([]any) {
			all = append(all, x.(float64))
		}
		return all
	}
	for _, path := range []string{"/v2/models/stones/infer", "/v2/models/stones/versions/1/infer"} {
		m := members(t, l.ask("POST", path, stonesInfer), 200)
		assert.Equal(t, []any{"a7", "stones", "1"}, []any{m["id"], m["model_name"], m["model_version"]})
		outputs := m["outputs"].([]any)
		require.Len(t, outputs, 3)
		price, low := outputs[0].(map[string]any), outputs[1].(map[string]any)
		assert.Equal(t, []any{"price", "FP64", []any{2.0}}, []any{price["name"], price["datatype"], price["shape"]})
		assert.Equal(t, want, floats(price["data"]))
		assert.Less(t, floats(low["data"])[0], want[0])
		found, err := l.requests.Request(t.Context(), m["parameters"].(map[string]any)["request"].(string))
		require.NoError(t, err)
		assert.JSONEq(t, stonesList, string(found.Request.Kept))
		assert.Equal(t, "stones", found.Pipeline)
	}
	for _, path := range []string{"/invocations", "/v1/stones/invocations"} {
		m := members(t, l.ask("POST", path, stonesSplit), 200)
		assert.Equal(t, want, floats(m["predictions"]), path)
		m = members(t, l.ask("POST", path, "carat,cut,shop\n0.5,Good,east\n0.6,Ideal,west\n", "Content-Type: text/csv"), 200)
		assert.Equal(t, want, floats(m["predictions"]), path)
	}
	d := members(t, l.ask("GET", "/v1/stones/drift", ""), 200)
	assert.EqualValues(t, 14, d["rows"], "rows that came by any protocol are looked at, those in CSV too")

	chosen := members(t, l.ask("POST", "/v2/models/stones/infer", stonesInfer[:len(stonesInfer)-1]+`,"outputs":[{"name":"high"}]}`), 200)
	assert.Len(t, chosen["outputs"], 1)
	m := members(t, l.ask("GET", "/v2/models/stones", ""), 200)
	assert.Equal(t, []any{map[string]any{"name": "carat", "datatype": "FP64", "shape": []any{-1.0}}, map[string]any{"name": "cut", "datatype": "BYTES", "shape": []any{-1.0}},
		map[string]any{"name": "shop", "datatype": "BYTES", "shape": []any{-1.0}}}, m["inputs"])
	assert.Equal(t, []any{"1"}, m["versions"])
	for _, path := range []string{"/v2", "/v2/", "/v2/health/live", "/v2/health/ready", "/v2/models/stones/ready", "/v2/models/stones/versions/1/ready", "/v2/models/stones/versions/1", "/ping", "/v1/stones/ping"} {
		assert.Equal(t, 200, l.ask("GET", path, "").Code, path)
	}
	assert.Equal(t, true, members(t, l.ask("GET", "/v2/health/ready", ""), 200)["ready"])
}

// Errors are told as the clients of a protocol take them, whatever they are of.
func TestErrorsOfProtocols(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Public, o.Limits.Body = true, 10_000 })
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/v2/models/stones/infer", `{"inputs":[{"name":"carat","shape":[1],"datatype":"FP64","data":[0.5]}]}`, 400, "cut"},
		{"POST", "/v2/models/stones/infer", `{"inputs":[{"name":"caract","shape":[1],"datatype":"FP64","data":[0.5]}]}`, 400, `did you mean`},
		{"POST", "/v2/models/stones/infer", `{`, 400, "none of the Open Inference Protocol"},
		{"POST", "/v2/models/stones/infer", "", 400, "none of the Open"},
		{"POST", "/v2/models/stones/infer", string(make([]byte, 10_001)), 413, "larger than"},
		{"POST", "/v2/models/stone/infer", stonesInfer, 404, `did you mean "stones"?`},
		{"GET", "/v2/models/stones/versions/2", "", 404, "it has 1, champion"},
		{"GET", "/v2/models/stones/infer", "", 405, "takes POST"},
		{"GET", "/v2/nothing", "", 404, "there is nothing"},
		{"POST", "/invocations", `{"dataframe_split":{"columns":["carat"],"data":[[0.5]]}}`, 400, "cut"},
		{"POST", "/invocations", `{"inputs":{"a":null}}`, 400, "fit"},
		{"POST", "/invocations", `carat`, 415, "send application/json"},
		{"GET", "/invocations", "", 405, "takes POST"},
		{"POST", "/v1/stones/invocations", `{"instances":[]}`, 400, "no rows"},
	} {
		w := l.ask(tt.method, tt.path, tt.body, withToken, "X-Nothing: 1")
		text := ""
		if m := members(t, w, tt.status); m["error"] != nil {
			text = m["error"].(string)
		} else {
			text, _ = m["message"].(string)
			assert.NotEmpty(t, m["error_code"], "%s %s", tt.path, w.Body)
		}
		assert.Contains(t, text, tt.want, "%s %s", tt.path, tt.body[:min(len(tt.body), 80)])
	}
	assert.Contains(t, members(t, l.ask("POST", "/v2/models/stones/infer", stonesInfer), 401)["error"], "needs a key")
	bound := l.key("other", []string{"gems"}, record.ScopePredict)
	assert.Contains(t, members(t, l.ask("POST", "/v2/models/stones/infer", stonesInfer, bound), 403)["error"], "other pipelines")
	assert.Contains(t, members(t, l.ask("POST", "/invocations", stonesSplit, bound), 404)["message"], "0 pipelines")
	kept, err := l.requests.Requests(t.Context(), requests.Filter{Status: 413, Limit: 10, Bodies: true})
	require.NoError(t, err)
	require.Len(t, kept, 1)
}

func FuzzProtocols(f *testing.F) {
	f.Add("/v2/models/stones/infer", stonesInfer, "")
	f.Add("/invocations", stonesSplit, "")
	f.Add("/v2/models/stones/infer", stonesInfer, "120")
	l := oneLab(f)
	f.Fuzz(func(t *testing.T, path, body, header string) {
		if path != "/invocations" {
			path = "/v2/models/stones/infer"
		}
		w := l.ask("POST", path, body, "Content-Type: application/json", "Inference-Header-Content-Length: "+header)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}

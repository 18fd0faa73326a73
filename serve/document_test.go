package serve

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type media struct {
	Schema   json.RawMessage
	Example  json.RawMessage
	Examples map[string]struct{ Value json.RawMessage }
}

type operation struct {
	Summary     string
	Tags        []string
	RequestBody *struct{ Content map[string]media }
	Responses   map[string]struct {
		Description string
		Content     map[string]media
	}
}

func documentOf(t *testing.T, l *lab, headers ...string) (paths map[string]map[string]operation, whole map[string]any) {
	w := l.ask("GET", "/openapi.json", "", headers...)
	require.Equal(t, 200, w.Code)
	var document struct {
		Paths map[string]map[string]operation
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &document))
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &whole))
	return document.Paths, whole
}

// What the document says of similar rows is what they take.
func TestDocumentOfSimilarRows(t *testing.T) {
	l := oneLab(t)
	_, whole := documentOf(t, l)
	body := whole["components"].(map[string]any)["schemas"].(map[string]any)["StonesSimilarInput"].(map[string]any)
	assert.Equal(t, false, body["additionalProperties"])
	properties := body["properties"].(map[string]any)
	assert.Equal(t, []any{"east", "west"}, properties["shop"].(map[string]any)["enum"], "levels that the data does not have are refused")
	assert.Contains(t, properties, "price")
	assert.ElementsMatch(t, []any{"carat", "cut", "shop"}, body["required"])
	members(t, l.ask("POST", "/v1/stones/similar", `{"carat":0.5,"cut":"Good","shop":"east","price":null}`), 200)
	list := whole["paths"].(map[string]any)["/v1/stones/predict"].(map[string]any)["post"].(map[string]any)["requestBody"].(map[string]any)["content"].(map[string]any)["application/json"].(map[string]any)["schema"].(map[string]any)["oneOf"].([]any)[1].(map[string]any)
	assert.Equal(t, []any{1.0, 100_000.0}, []any{list["minItems"], list["maxItems"]})
}

// Whoever tries the documentation out sends its examples as they are.
func TestExamplesOfTheDocumentCanBeSent(t *testing.T) {
	runner := &starter{}
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	l.start(func(o *Options) { o.Runner, o.Batches = runner, t.TempDir() })
	_, err := l.registry.Promote(t.Context(), "stones", 2, 1, "", "test")
	require.NoError(t, err)
	saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, withToken), 201)["id"].(string)
	run := members(t, l.ask("GET", "/v1/runs", ""), 200)["items"].([]any)[0].(map[string]any)["id"].(string)
	paths, _ := documentOf(t, l)
	sent := 0
	for path, operations := range paths {
		for method, op := range operations {
			assert.NotEmpty(t, op.Summary, path)
			assert.NotEmpty(t, op.Tags, path)
			for _, status := range []string{"429", "500", "503"} {
				assert.Contains(t, op.Responses[status].Content, "application/problem+json", path)
			}
			if op.RequestBody == nil {
				continue
			}
			at := strings.NewReplacer("{model}", "stones", "{id}", saved, "{run}", run).Replace(path)
			for kind, m := range op.RequestBody.Content {
				bodies := []json.RawMessage{m.Example}
				for _, e := range m.Examples {
					bodies = append(bodies, e.Value)
				}
				for _, body := range bodies {
					if body == nil {
						continue
					}
					sent++
					text := string(body)
					if kind == typeCSV || kind == typeLines {
						require.NoError(t, json.Unmarshal(body, &text))
					}
					w := l.ask(strings.ToUpper(method), at, text, "Content-Type: "+kind, withToken)
					if strings.HasSuffix(at, "/promote") && w.Code == 409 {
						continue // the rollback came before, so that version stands already
					}
					assert.Contains(t, []int{200, 201, 202}, w.Code, "%s %s %s: %s", method, at, text, w.Body)
				}
			}
		}
	}
	assert.GreaterOrEqual(t, sent, 9, "predict in JSON, lines and CSV, similar, save, outcome, promote, rollback, run")
	assert.Len(t, runner.jobs, 1)
}

// Every reference of the document leads somewhere, and every answer of the
// kinds that it describes fits exactly one of them.
func TestTheDocumentIsWhole(t *testing.T) {
	l := oneLab(t)
	_, whole := documentOf(t, l)
	schemas := whole["components"].(map[string]any)["schemas"].(map[string]any)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				assert.Contains(t, schemas, strings.TrimPrefix(ref, "#/components/schemas/"))
			}
			for _, below := range v {
				walk(below)
			}
		case []any:
			for _, below := range v {
				walk(below)
			}
		}
	}
	walk(whole)
	for name, body := range map[string]string{"StonesAnswer": small, "StonesAnswers": "[" + small + "]"} {
		m := members(t, l.ask("POST", "/v1/stones/predict", body), 200)
		for _, other := range []string{"StonesAnswer", "StonesAnswers"} {
			fits := true
			for _, member := range schemas[other].(map[string]any)["required"].([]any) {
				_, has := m[member.(string)]
				fits = fits && has
			}
			assert.Equal(t, name == other, fits, fmt.Sprint(name, " as ", other))
		}
	}
	tags := map[any]bool{}
	for _, tag := range whole["tags"].([]any) {
		tags[tag.(map[string]any)["name"]] = true
	}
	for path, operations := range whole["paths"].(map[string]any) {
		for _, op := range operations.(map[string]any) {
			assert.True(t, tags[op.(map[string]any)["tags"].([]any)[0]], path)
		}
	}
	assert.NotContains(t, whole, "security")
}

func TestTheDocumentOfAPublicServerAsksForTheToken(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Public = true })
	paths, whole := documentOf(t, l, withToken)
	assert.Contains(t, whole, "security")
	assert.Contains(t, paths["/v1/models"]["get"].Responses, "401")
}

// The document is asked for while requests are checked by it.
func TestTheDocumentStandsStill(t *testing.T) {
	l := oneLab(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				assert.Equal(t, 422, l.ask("PATCH", "/v1/stones/predictions/x", `{"outcom":1}`, withToken).Code)
			}
		})
		all.Go(func() { assert.Equal(t, 200, l.ask("GET", "/openapi.json", "").Code) })
	}
	all.Wait()
}

// What linters of the document call errors, and what nothing refers to.
func TestTheDocumentHasNothingLoose(t *testing.T) {
	for _, public := range []bool{false, true} {
		l := newLab(t)
		l.train(100, nil)
		l.start(func(o *Options) { o.Public, o.Runner, o.Batches = public, &starter{}, t.TempDir() })
		w := l.ask("GET", "/openapi.json", "", withToken)
		_, whole := documentOf(t, l, withToken)
		assert.NotEmpty(t, whole["servers"])
		for name := range whole["components"].(map[string]any)["schemas"].(map[string]any) {
			assert.Contains(t, w.Body.String(), `"#/components/schemas/`+name+`"`, "nothing refers to it")
		}
		for path, operations := range whole["paths"].(map[string]any) {
			for method, op := range operations.(map[string]any) {
				op := op.(map[string]any)
				assert.True(t, public || op["security"] != nil, "%s %s says whether it needs a key", method, path)
				assert.Contains(t, op["description"], "A key needs the scope", "%s %s", method, path)
				if method != "get" && needOf(strings.ToUpper(method), path).changes {
					text, err := json.Marshal(op["parameters"])
					require.NoError(t, err)
					assert.Contains(t, string(text), "Idempotency-Key", "%s %s", method, path)
				}
			}
		}
	}
}

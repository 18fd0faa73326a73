package serve

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
)

// TestExamplesPage asks each operation of the document, and holds what was asked and
// answered, well and badly, to docs/examples.md, in which they stand for curl, Python and
// JavaScript. UPDATE_GOLDEN=1 writes it anew, to be read again.
func TestExamplesPage(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	var ticks atomic.Int64
	began := time.Now()
	const waiting = "20261121-223105-k3f9c2" // a run
	l.start(func(o *Options) {
		o.Runner, o.Batches, o.Outputs = &starter{queue: []*record.Queued{{ID: waiting, Pipeline: "stones", Asked: began}}}, t.TempDir(), registry.StoreFunc(l.tree)
		o.Clock = func() time.Time { return began.Add(time.Duration(ticks.Add(1)) * time.Millisecond) } // so that there is an order
	})
	_, err := l.registry.Promote(t.Context(), "stones", 2, 1, "", "test")
	require.NoError(t, err)
	saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+small+`}`, withToken), 201)
	members(t, l.ask("PATCH", "/v1/stones/predictions/"+saved["id"].(string), `{"outcome":70}`, withToken), 200)
	batch := members(t, l.ask("POST", "/v1/stones/batches?name=stones.csv", csvStones(2), withToken), 202)["id"].(string)
	l.work()
	run := members(t, l.ask("GET", "/v1/runs", ""), 200)["items"].([]any)[0].(map[string]any)["id"].(string)

	var document struct {
		Paths map[string]map[string]struct {
			operation
			Parameters []struct {
				Name, In string
				Required bool
			}
		}
	}
	require.NoError(t, json.Unmarshal(l.ask("GET", "/openapi.json", "").Body.Bytes(), &document))
	// What moves, stops or removes comes last.
	type asked struct{ path, method string }
	var all []asked
	for path, operations := range document.Paths {
		for method := range operations {
			all = append(all, asked{path, strings.ToUpper(method)})
		}
	}
	late := func(a asked) int {
		switch {
		case strings.HasSuffix(a.path, "/promote"):
			return 1
		case strings.HasSuffix(a.path, "/rollback"):
			return 2
		case a.method == http.MethodDelete:
			return 3
		}
		return 0
	}
	slices.SortFunc(all, func(a, b asked) int {
		return cmp.Or(cmp.Compare(late(a), late(b)), cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	sections := map[string]string{}
	for _, a := range all {
		op := document.Paths[a.path][strings.ToLower(a.method)]
		id := saved["id"].(string)
		if strings.HasPrefix(a.path, "/v1/requests/") {
			id = saved["request"].(string)
		}
		at := strings.NewReplacer("{model}", "stones", "{id}", id, "{run}", run, "{batch}", batch, "{file}", "result.csv").Replace(a.path)
		one := exampleAsked{method: a.method, path: at}
		if a.method == http.MethodPost && strings.HasSuffix(at, "/batches") {
			one.path += "?name=stones.csv"
		}
		if a.method == http.MethodDelete && strings.HasPrefix(a.path, "/v1/runs/") {
			one.path = "/v1/runs/" + waiting
		}
		if strings.HasSuffix(at, "/output") {
			one.path += "?stage=serve&file=" + offer.File
		}
		if op.RequestBody != nil {
			one.kind, one.body = exampleBody(t, op.RequestBody.Content)
		}
		needs := needOf(a.method, a.path).changes
		var b strings.Builder
		fmt.Fprintf(&b, "## %s\n\n`%s %s`\n\n%s", op.Summary, a.method, a.path, one.say(needs))
		status, answer := l.exchanged(one, needs)
		require.Equal(t, 2, status/100, "%s %s: %s", one.method, one.path, answer)
		fmt.Fprintf(&b, "The answer:\n\n%s", answer)
		wrong := one
		switch {
		case one.kind == typeJSON:
			wrong.body = `{"carrat":0.5}`
		case strings.Contains(a.path, "{"):
			wrong.path = strings.NewReplacer("{model}", "sand", "{id}", "none", "{run}", "none", "{batch}", "none", "{file}", "result.csv").Replace(a.path)
		default:
			wrong.path = at + "?nonsense=1"
		}
		status, answer = l.exchanged(wrong, needs)
		require.Equal(t, 4, status/100, "%s %s: %s", wrong.method, wrong.path, answer)
		fmt.Fprintf(&b, "An error: `%s %s`%s\n\n%s", wrong.method, wrong.path, wrong.sent(), answer)
		sections[a.path+" "+a.method] = b.String()
	}
	var page strings.Builder
	page.WriteString("# Requests and answers\n\nEach route of the API asked once well and once badly. Made and checked by `TestExamplesPage` from the document of a server with a small model, stones;\n" +
		"UPDATE_GOLDEN=1 writes it anew. Long answers are cut. What holds for all of them is in [api.md](api.md). KEY stands for the token or a key; Python has\n`import requests`.\n\n")
	for _, key := range slices.Sorted(maps.Keys(sections)) {
		page.WriteString(sections[key])
	}
	got := settled(page.String())
	const file = "../docs/examples.md"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o666))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "UPDATE_GOLDEN=1 go test ./serve -run ExamplesPage writes it anew")
}

// exampleAsked is a request.
type exampleAsked struct{ method, path, kind, body string }

// exampleBody gives the first example of a body, of JSON where there is such.
func exampleBody(t *testing.T, content map[string]media) (kind, body string) {
	for _, kind = range []string{typeJSON, typeCSV} {
		m, has := content[kind]
		if !has {
			continue
		}
		value := m.Example
		for _, name := range slices.Sorted(maps.Keys(m.Examples)) {
			value = m.Examples[name].Value
			break
		}
		require.NotEmpty(t, value, "an example")
		if kind == typeCSV {
			require.NoError(t, json.Unmarshal(value, &body))
			return kind, body
		}
		return kind, string(value)
	}
	t.Fatalf("a body without an example: %v", content)
	return "", ""
}

// sent gives the body of a request as words.
func (e exampleAsked) sent() string {
	if e.kind != typeJSON {
		return ""
	}
	return " with `" + e.body + "`"
}

const exampleBase = "http://127.0.0.1:8080"

// say writes a request for curl, Python and JavaScript.
func (e exampleAsked) say(key bool) string {
	address := exampleBase + e.path
	curl, python, script := "curl", []string{}, []string{}
	if e.method != http.MethodGet && !(e.method == http.MethodPost && e.body != "") {
		curl += " -X " + e.method
	}
	headers := map[string]string{}
	if key {
		curl += " -H 'Authorization: Bearer KEY'"
		headers["Authorization"] = "Bearer KEY"
	}
	if e.kind != "" {
		curl += " -H 'Content-Type: " + e.kind + "'"
		headers["Content-Type"] = e.kind
	}
	if e.method != http.MethodGet {
		script = append(script, `method: "`+e.method+`"`)
	}
	if len(headers) > 0 {
		text, _ := json.Marshal(headers)
		python = append(python, "headers="+string(text))
		script = append(script, "headers: "+string(text))
	}
	switch e.kind {
	case typeJSON:
		curl += " \\\n  -d '" + e.body + "'"
		python = append(python, "data='"+e.body+"'")
		script = append(script, "body: '"+e.body+"'")
	case typeCSV:
		text, _ := json.Marshal(e.body)
		curl += " \\\n  --data-binary $'" + strings.ReplaceAll(e.body, "\n", `\n`) + "'"
		python = append(python, "data="+string(text))
		script = append(script, "body: "+string(text))
	}
	options := ""
	if len(script) > 0 {
		options = ", {" + strings.Join(script, ", ") + "}"
	}
	more := ""
	if len(python) > 0 {
		more = ", " + strings.Join(python, ", ")
	}
	return fmt.Sprintf("```sh\n%s \\\n  '%s'\n```\n\n```python\nanswer = requests.%s(%q%s)\n```\n\n```js\nconst answer = await fetch(%q%s)\n```\n\n",
		curl, address, strings.ToLower(e.method), address, more, address, options)
}

// exchanged sends a request and gives its answer for the page.
func (l *lab) exchanged(e exampleAsked, key bool) (status int, text string) {
	r := httptest.NewRequest(e.method, "http://localhost"+e.path, strings.NewReader(e.body))
	if e.kind != "" {
		r.Header.Set("Content-Type", e.kind)
	}
	if key {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	l.server.ServeHTTP(w, r)
	kind, form := w.Header().Get("Content-Type"), ""
	text = w.Body.String()
	if strings.Contains(kind, "json") && !strings.Contains(kind, "ndjson") {
		form = "json"
		var b bytes.Buffer
		require.NoError(l.t, json.Indent(&b, w.Body.Bytes(), "", "  "))
		text = b.String()
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if most := 30; len(lines) > most {
		lines = append(lines[:most], "…")
	}
	return w.Code, fmt.Sprintf("%d, `%s`\n\n```%s\n%s\n```\n\n", w.Code, kind, form, strings.Join(lines, "\n"))
}

// settled has what differs from day to day be the same.
func settled(page string) string {
	for pattern, becomes := range map[string]string{
		`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`: "2026-11-28T06:00:00Z",
		`\d{8}-\d{6}-[a-z0-9]+`:                                   "20261128-060000-k3f9c2",
		`\b01[0-9a-hjkmnp-tv-z]{24}\b`:                            "01m8g7gmb86xv9jwcbp83x368k",
		`"latency": \d+`:                                          `"latency": 1200000`,
		`("response": \{\s+"type": "[^"]+",\s+"size": )\d+`:       `${1}600`, // as many digits as a time has
	} {
		page = regexp.MustCompile(pattern).ReplaceAllString(page, becomes)
	}
	return page
}

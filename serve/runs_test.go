package serve

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
)

func TestRunsAreListedPageByPage(t *testing.T) {
	l := oneLab(t)
	at := time.Now().Add(time.Hour).Truncate(time.Second)
	for range 4 { // in one second, so that ids alone do not tell their order
		at = at.Add(time.Millisecond)
		require.NoError(t, l.ledger.StartRun(&record.Run{Pipeline: "stones", Status: record.Failed, Started: at, Ended: at, Host: "secret-host", Command: []string{"secret"}}))
	}
	var seen []any
	for path := "/v1/runs?limit=2"; ; {
		w := l.ask("GET", path, "")
		assert.NotContains(t, w.Body.String(), "secret")
		list := members(t, w, 200)
		for _, item := range list["items"].([]any) {
			seen = append(seen, item.(map[string]any)["id"])
		}
		if list["next"] == nil {
			break
		}
		path = "/v1/runs?limit=2&before=" + list["next"].(string)
	}
	all, err := l.ledger.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	want := make([]any, len(all))
	for i, run := range all {
		want[i] = run.ID
	}
	assert.Equal(t, want, seen)
	assert.Len(t, members(t, l.ask("GET", "/v1/runs?status=failed", ""), 200)["items"], 4)
	assert.Empty(t, members(t, l.ask("GET", "/v1/runs?before=none", ""), 200)["items"])
}

func TestStartingARun(t *testing.T) {
	runner := &starter{}
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Runner = runner })
	w := l.ask("POST", "/v1/runs", `{"pipeline":"stones","params":{"seed":7,"full":true,"name":"x"},"models":["train/a"]}`, withToken)
	m := members(t, w, 202)
	assert.Equal(t, "/v1/runs/20261121-223105-k3f9c2/events", m["events"])
	assert.Equal(t, "/v1/runs/20261121-223105-k3f9c2", w.Header().Get("Location"))
	assert.Equal(t, []Job{{Pipeline: "stones", Params: map[string]Setting{"seed": "7", "full": "true", "name": "x"}, Models: []string{"train/a"}}}, runner.jobs)
	members(t, l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`), 401)
	for _, wrong := range []string{`{"pipeline":"stones","params":{"seed":[7]}}`, `{"pipeline":"stones","params":{"seed":null}}`, `{"pipeline":""}`, `{}`,
		`{"pipeline":"stones","model":"a"}`, `{"pipeline":"stones","models":"a"}`,
		`{"pipeline":"stones\u0000"}`, `{"pipeline":"stones","models":["a\u0000"]}`, `{"pipeline":"stones","only":["\u0000"]}`,
		`{"pipeline":"stones","params":{"a\u0000":1}}`, `{"pipeline":"stones","params":{"a":"\u0000"}}`} {
		assert.Equal(t, 422, l.ask("POST", "/v1/runs", wrong, withToken).Code, wrong)
	}
	assert.Len(t, runner.jobs, 1)
	runner.busy = true
	members(t, l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, withToken), 409)
}

// A run that has just begun has no stage, which is a list of none.
func TestARunWithoutStages(t *testing.T) {
	l := oneLab(t)
	run := &record.Run{Pipeline: "stones", Status: record.Running}
	require.NoError(t, l.ledger.StartRun(run))
	assert.Equal(t, []any{}, members(t, l.ask("GET", "/v1/runs/"+run.ID, ""), 200)["stages"])
}

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
	members(t, l.ask("POST", "/v1/runs", `{"pipeline":"stones"}`, withToken), 202)
	m = members(t, l.ask("POST", "/v1/runs", `{"pipeline":"stones","wait":false}`, withToken), 409)
	assert.Contains(t, m["detail"], "under way already; wait for them to end, or leave out wait: false")
}

// Runs that wait are listed, found and followed by the ids that they will have, and
// taken out; others are stopped.
func TestQueuedRuns(t *testing.T) {
	at := time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)
	runner := &starter{queue: []*record.Queued{{ID: "20261121-223105-aaaaaa", Pipeline: "wines", Asked: at}, {ID: "20261121-223105-bbbbbb", Pipeline: "stones", Asked: at}}}
	l := newLab(t)
	l.train(100, nil)
	l.start(func(o *Options) { o.Runner = runner })
	queued := "/v1/runs/20261121-223105-bbbbbb"
	list := members(t, l.ask("GET", "/v1/runs?status=queued", ""), 200)
	assert.Len(t, list["items"], 2)
	assert.Len(t, members(t, l.ask("GET", "/v1/runs?status=queued&pipeline=wines", ""), 200)["items"], 1)
	run := members(t, l.ask("GET", queued, ""), 200)
	assert.Equal(t, []any{"queued", 1.0, "2026-11-21T22:31:05Z", []any{}}, []any{run["status"], run["before"], run["started"], run["stages"]})
	go func() {
		time.Sleep(50 * time.Millisecond) // while it is followed; either way the events are these
		l.ask("DELETE", queued, "", withToken)
	}()
	events := l.ask("GET", queued+"/events", "").Body.String()
	assert.Contains(t, events, `data: {"run":"20261121-223105-bbbbbb","status":"queued","text":"queued","done":0,"total":0}`)
	assert.Contains(t, events, "id: end\nevent: run\n"+`data: {"run":"20261121-223105-bbbbbb","status":"interrupted","text":"interrupted","error":"taken out of the queue","done":0,"total":0}`)
	members(t, l.ask("GET", queued, ""), 404)
	members(t, l.ask("DELETE", queued, "", withToken), 404)
	members(t, l.ask("DELETE", queued, ""), 401)
	assert.Equal(t, map[string]any{"run": "20261121-223105-aaaaaa", "status": "removed"}, without(members(t, l.ask("DELETE", "/v1/runs/20261121-223105-aaaaaa", "", withToken), 200), "$schema"))

	runs, err := l.ledger.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	ended := "/v1/runs/" + runs[0].ID
	assert.Equal(t, "the run has ended already", members(t, l.ask("DELETE", ended, "", withToken), 409)["detail"])
	runner.busy = true
	assert.Equal(t, "stopping", members(t, l.ask("DELETE", ended, "", withToken), 202)["status"])
	assert.Equal(t, runs[0].ID, runner.stopped[len(runner.stopped)-1])
}

func without(m map[string]any, name string) map[string]any {
	delete(m, name)
	return m
}

// A run that has just begun has no stage, which is a list of none.
func TestARunWithoutStages(t *testing.T) {
	l := oneLab(t)
	run := &record.Run{Pipeline: "stones", Status: record.Running}
	require.NoError(t, l.ledger.StartRun(run))
	assert.Equal(t, []any{}, members(t, l.ask("GET", "/v1/runs/"+run.ID, ""), 200)["stages"])
}

// What people say of a run changes by parts, and decides nothing.
func TestRemarksOfARun(t *testing.T) {
	l := oneLab(t)
	runs, err := l.ledger.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	path := "/v1/runs/" + runs[0].ID
	members(t, l.ask("PATCH", path, `{"name":"x"}`), 401)
	members(t, l.ask("PATCH", path, `{"name":" First ","tags":["b","a b"]}`, withToken), 200)
	members(t, l.ask("PATCH", path, `{"note":"why"}`, withToken), 200)
	want := map[string]any{"name": "First", "note": "why", "tags": []any{"a", "b"}}
	assert.Equal(t, want, members(t, l.ask("GET", path, ""), 200)["remark"])
	assert.Equal(t, want, members(t, l.ask("GET", "/v1/runs", ""), 200)["items"].([]any)[0].(map[string]any)["remark"])
	members(t, l.ask("PATCH", "/v1/runs/none", `{"name":"x"}`, withToken), 404)
}

package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
)

// TestTheEventsOfAnEndedRun: all of them, with totals, ids, and an end that lets
// browsers rest.
func TestTheEventsOfAnEndedRun(t *testing.T) {
	l := oneLab(t)
	runs, err := l.ledger.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	path := "/v1/runs/" + runs[0].ID + "/events"
	w := l.ask("GET", path, "")
	require.Equal(t, 200, w.Code)
	assert.Equal(t, "text/event-stream", w.Header().Get("Content-Type"))
	events := strings.Split(strings.TrimSpace(w.Body.String()), "\n\n")
	want := []string{"retry: 2000",
		`id: 0/` + "\n" + `event: stage` + "\n" + `data: {"stage":"load","kind":"load","status":"running","text":"load running","done":2,"total":2}`,
		`id: 0/0` + "\n" + `event: stage` + "\n" + `data: {"stage":"load","kind":"load","status":"succeeded","text":"load ran","done":2,"total":2}`,
		`id: 0-1/0` + "\n" + `event: stage` + "\n" + `data: {"stage":"serve","kind":"serve","status":"running","text":"serve running","done":2,"total":2}`,
		`id: 0-1/0-1` + "\n" + `event: stage` + "\n" + `data: {"stage":"serve","kind":"serve","status":"succeeded","text":"serve ran","done":2,"total":2}`,
		`id: end` + "\n" + `event: run` + "\n" + `data: {"run":"` + runs[0].ID + `","status":"succeeded","text":"succeeded","done":2,"total":2}`}
	assert.Equal(t, want, events)
	recorded, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
	require.NoError(t, err)
	assert.Equal(t, "/v1/runs/{run}/events", recorded.Route)

	// Who comes back is told the rest, and nothing after the end.
	w = l.ask("GET", path, "", "Last-Event-ID: 0-1/0")
	assert.Equal(t, append(want[:1:1], want[4:]...), strings.Split(strings.TrimSpace(w.Body.String()), "\n\n"))
	w = l.ask("GET", path, "", "Last-Event-ID: end")
	assert.Equal(t, 204, w.Code)
	assert.Empty(t, w.Body.String())
	members(t, l.ask("GET", "/v1/runs/nothing/events", ""), 404)
}

type others = Runs

// livingRuns is a ledger whose stages are those of a run under way.
type livingRuns struct {
	others
	mu     sync.Mutex
	run    *record.Run
	stages []*record.Stage
}

func (l *livingRuns) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *livingRuns) FindRun(context.Context, string, string) (*record.Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	run := *l.run
	return &run, nil
}

func (l *livingRuns) Stages(context.Context, string) ([]*record.Stage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*record.Stage(nil), l.stages...), nil
}

// A client that is cut off again and again, and comes back as browsers do, is told
// each begin and each end once, and then that it is over.
func TestEventsAreToldOnceAcrossReconnects(t *testing.T) {
	l := newLab(t)
	stage := func(ordinal int, name string, status record.Status) *record.Stage {
		return &record.Stage{Name: name, Kind: "train", Ordinal: ordinal, Status: status, Started: time.Now(),
			Live: &record.Live{Progress: &record.Progress{Step: "fit", Done: 3, Total: 10, Unit: "trees"}}}
	}
	living := &livingRuns{run: &record.Run{ID: "20261121-223105-k3f9c2", Status: record.Running},
		stages: []*record.Stage{stage(0, "a", record.Cached), stage(1, "b", record.Waiting), stage(2, "c", record.Running)}}
	l.start(func(o *Options) { living.others = o.Runs; o.Runs = living })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := contextWithStop(t)
	served := make(chan error, 1)
	go func() { served <- l.server.Serve(ctx, listener, "", "") }()
	last := ""
	// follow reads events until one says so, and hangs up.
	follow := func(until string) (told []string) {
		request, err := http.NewRequestWithContext(ctx, "GET", "http://"+listener.Addr().String()+"/v1/runs/x/events", http.NoBody)
		require.NoError(t, err)
		if last != "" {
			request.Header.Set("Last-Event-ID", last)
		}
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer answer.Body.Close()
		if answer.StatusCode == http.StatusNoContent {
			return []string{"204"}
		}
		name := ""
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "id":
				last = value
			case "event":
				name = value
			case "data":
				var e event
				require.NoError(t, json.Unmarshal([]byte(value), &e))
				said := name + " " + e.Stage + " " + string(e.Status)
				if name != "progress" { // which says how it is now
					told = append(told, said)
				}
				assert.Equal(t, 3, e.Total)
				if said == until {
					return told
				}
			}
		}
		return told
	}
	assert.Equal(t, []string{"run  running", "stage a cached", "stage c running"}, follow("progress c running"))
	living.set(func() {
		living.stages[2] = stage(2, "c", record.Succeeded)
		living.stages[1] = stage(1, "b", record.Running)
	})
	assert.Equal(t, []string{"run  running", "stage b running", "stage c succeeded"}, follow("stage c succeeded"))
	assert.Equal(t, []string{"run  running"}, follow("progress b running"))
	living.set(func() {
		living.stages[1] = stage(1, "b", record.Interrupted)
		living.run.Status = record.Interrupted
	})
	assert.Equal(t, []string{"stage b interrupted", "run  interrupted"}, follow(""))
	assert.Equal(t, []string{"204"}, follow(""))
	stop()
	assert.NoError(t, <-served)
}

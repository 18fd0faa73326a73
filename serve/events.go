package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/record"
	"labbook/internal/show/status"
)

func (s *Server) routeEvents(api huma.API, mux *http.ServeMux) {
	text := &huma.Schema{Type: huma.TypeString}
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "follow-run", Method: http.MethodGet, Path: "/v1/runs/{run}/events", Tags: []string{"runs"},
		Summary: "Follow a run",
		Description: "Server-sent events. `run` tells how the run stands: first, and at last, when it has ended; a queued one waits. `stage` tells that a stage begins " +
			"(status running, for those that have to run) and that it has ended; `progress` how a running one goes. All but the first carry `done` of `total` stages and, in `text`, " +
			"the words that the terminal uses. Each event has an id; a client that comes back with it in Last-Event-ID, as browsers do, is told " +
			"what it has not been told, and after the end is answered 204, upon which browsers stop.",
		Parameters: []*huma.Param{{Name: "run", In: "path", Required: true, Schema: text},
			{Name: "Last-Event-ID", In: "header", Description: "The id of the last event that was seen.", Schema: text}},
		Responses: map[string]*huma.Response{
			"200": {Description: "The events", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: text}}},
			"204": {Description: "All was told before: the run has ended"}}})
	mux.HandleFunc("GET /v1/runs/{run}/events", s.serveEvents)
}

// event is the state of a stage, or of the run, as it is told.
type event struct {
	Run      string        `json:"run,omitempty"`
	Stage    string        `json:"stage,omitempty"`
	Kind     string        `json:"kind,omitempty"`
	Status   record.Status `json:"status"`
	Text     string        `json:"text,omitempty"` // how it goes, in words
	Reason   string        `json:"reason,omitempty"`
	Error    string        `json:"error,omitempty"`
	Progress *record.Live  `json:"progress,omitempty"` // of an event of that name
	Done     int           `json:"done"`               // stages that have ended
	Total    int           `json:"total"`              // stages that there are
}

// Limits of a stream of events.
const (
	eventsEvery = 300 * time.Millisecond
	eventsMost  = time.Hour
	eventsRetry = 2 * time.Second // after which a client comes back
)

// serveEvents tells what happens to the stages of a run until it is over.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	run, stages, err := s.run(r.Context(), r.PathValue("run"))
	if err != nil {
		x.fail(err)
		return
	}
	x.record.Route = routeOf(r)
	x.header.Set("Cache-Control", "no-store")
	last := r.Header.Get("Last-Event-ID")
	if last == toldAll && !goesOn(run) {
		x.WriteHeader(http.StatusNoContent)
		return
	}
	x.header.Set("Content-Type", "text/event-stream")
	control := x.stream()
	if control == nil {
		return
	}
	tick, most := time.NewTicker(eventsEvery), time.After(eventsMost)
	defer tick.Stop()
	t := &teller{to: x, clock: s.options.Clock, told: parseTold(last), goes: map[string]string{}}
	fmt.Fprintf(x, "retry: %d\n\n", eventsRetry.Milliseconds())
	for {
		control.SetWriteDeadline(time.Now().Add(s.options.Limits.Write))
		over, err := t.tell(run, stages)
		if err != nil || over || control.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-shuttingDown(r.Context()):
			return
		case <-most:
			return
		}
		was := run
		run, stages, err = s.run(r.Context(), run.ID)
		if p := (*Problem)(nil); was.Status == record.QueuedRun && errors.As(err, &p) && p.Status == http.StatusNotFound {
			removed := *was
			removed.Status, removed.Error = record.Interrupted, "taken out of the queue"
			run, stages, err = &removed, nil, nil
		}
		if err != nil {
			return
		}
	}
}

// goesOn says whether more will happen to a run.
func goesOn(run *record.Run) bool {
	return run.Status == record.Running || run.Status == record.QueuedRun
}

// teller tells one client of one run.
type teller struct {
	to     *exchange
	clock  func() time.Time
	told   told
	status record.Status     // of the run
	goes   map[string]string // how running stages go
	done   int
	total  int
}

// tell writes what has changed since it was told, and says whether the run is
// over.
func (t *teller) tell(run *record.Run, stages []*record.Stage) (over bool, err error) {
	t.done, t.total = 0, len(stages)
	for _, st := range stages {
		if st.Status != record.Running && st.Status != record.Waiting {
			t.done++
		}
	}
	live := goesOn(run)
	if live && run.Status != t.status {
		if err := t.send("run", t.told.String(), event{Run: run.ID, Status: run.Status, Text: status.OfRun(run).Word}); err != nil {
			return false, err
		}
	}
	t.status = run.Status
	for _, st := range stages {
		if err := t.stage(st); err != nil {
			return false, err
		}
	}
	if live {
		_, err := fmt.Fprint(t.to, ": still running\n\n")
		return false, err
	}
	return true, t.send("run", toldAll, event{Run: run.ID, Status: run.Status, Text: status.OfRun(run).Word, Error: run.Error})
}

// stage tells that a stage begins, how it goes, and that it has ended.
func (t *teller) stage(st *record.Stage) error {
	e := event{Stage: st.Name, Kind: st.Kind, Status: st.Status, Reason: st.Reason}
	ran := st.Status == record.Running || st.Status == record.Succeeded || st.Status == record.Failed || st.Status == record.Interrupted && !st.Started.IsZero()
	if ran && t.told.began.add(st.Ordinal) {
		began := e
		began.Status, began.Text = record.Running, st.Name+" "+status.OfStage(record.Running).Word
		if err := t.send("stage", t.told.String(), began); err != nil {
			return err
		}
	}
	switch st.Status {
	case record.Waiting:
		return nil
	case record.Running:
		goes, err := json.Marshal(st.Live)
		if err != nil || st.Live == nil || string(goes) == t.goes[st.Name] {
			return err
		}
		t.goes[st.Name] = string(goes)
		e.Text, e.Progress = status.DoingOf(st.Live, st.Started, t.clock()).String(), st.Live
		return t.send("progress", t.told.String(), e)
	}
	if !t.told.ended.add(st.Ordinal) {
		return nil
	}
	e.Text, e.Error = st.Name+" "+status.OfStage(st.Status).Word, st.Error
	return t.send("stage", t.told.String(), e)
}

func (t *teller) send(name, id string, e event) error {
	e.Done, e.Total = t.done, t.total
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.to, "id: %s\nevent: %s\ndata: %s\n\n", id, name, data)
	return err
}

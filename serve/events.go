package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/record"
)

func (s *Server) routeEvents(api huma.API, mux *http.ServeMux) {
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "follow-run", Method: http.MethodGet, Path: "/v1/runs/{run}/events", Tags: []string{"runs"},
		Summary:     "Follow a run",
		Description: "Server-sent events: `stage` for each stage that begins or is over, with its status, `progress` with how far a running one is, and at last `run`, with the run's.",
		Parameters:  []*huma.Param{{Name: "run", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses: map[string]*huma.Response{"200": {Description: "The events", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}}}})
	mux.HandleFunc("GET /v1/runs/{run}/events", s.serveEvents)
}

// event is the state of a stage as it is told.
type event struct {
	Stage  string        `json:"stage,omitempty"`
	Kind   string        `json:"kind,omitempty"`
	Run    string        `json:"run,omitempty"`
	Status record.Status `json:"status"`
	Reason string        `json:"reason,omitempty"`
	Error  string        `json:"error,omitempty"`
	Done   int           `json:"done"` // stages that are over
	// Progress is of an event of that name.
	Progress *record.Progress `json:"progress,omitempty"`
}

// state is what was told of a stage.
type state struct {
	status   record.Status
	progress record.Progress
}

// Limits of a stream of events.
const (
	eventsEvery = 300 * time.Millisecond
	eventsMost  = time.Hour
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
	x.header.Set("Content-Type", "text/event-stream")
	x.header.Set("Cache-Control", "no-store")
	control := x.stream(r.Context())
	if control == nil {
		return
	}
	tick, most := time.NewTicker(eventsEvery), time.After(eventsMost)
	defer tick.Stop()
	for told := map[string]state{}; ; {
		control.SetWriteDeadline(time.Now().Add(s.options.Limits.Write))
		over, err := tell(x, run, stages, told)
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
		if run, stages, err = s.run(r.Context(), run.ID); err != nil {
			return
		}
	}
}

// tell writes what has changed since it was told, and says whether the run is
// over.
func tell(x *exchange, run *record.Run, stages []*record.Stage, told map[string]state) (over bool, err error) {
	done := 0
	for _, st := range stages {
		if st.Status != record.Running {
			done++
		}
	}
	for _, st := range stages {
		is, was := state{status: st.Status}, told[st.Name]
		if st.Progress != nil {
			is.progress = *st.Progress
		}
		if is == was {
			continue
		}
		told[st.Name] = is
		if is.status != was.status {
			if err := send(x, "stage", event{Stage: st.Name, Kind: st.Kind, Status: st.Status, Reason: st.Reason, Error: st.Error, Done: done}); err != nil {
				return false, err
			}
		}
		if is.progress != was.progress && st.Progress != nil {
			if err := send(x, "progress", event{Stage: st.Name, Kind: st.Kind, Status: st.Status, Done: done, Progress: st.Progress}); err != nil {
				return false, err
			}
		}
	}
	if run.Status == record.Running {
		_, err := fmt.Fprint(x, ": still running\n\n")
		return false, err
	}
	return true, send(x, "run", event{Run: run.ID, Status: run.Status, Error: run.Error, Done: done})
}

func send(x *exchange, name string, e event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(x, "event: %s\ndata: %s\n\n", name, data)
	return err
}

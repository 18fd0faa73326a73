package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/ledger"
)

// ErrBusy is what a Runner says when it does not start another run.
var ErrBusy = errors.New("runs are under way already")

// RunDetails is a run with its stages.
type RunDetails struct {
	*ledger.Run
	Stages []*ledger.Stage `json:"stages"`
}

type listRuns struct {
	Pipeline string `query:"pipeline" maxLength:"100"`
	Status   string `query:"status" enum:"running,succeeded,failed,cached,interrupted"`
	Offset   int    `query:"offset" minimum:"0" maximum:"1000000"`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Server) routeRuns(api huma.API, mux *http.ServeMux) {
	tags := []string{"runs"}
	huma.Register(api, huma.Operation{OperationID: "list-runs", Method: http.MethodGet, Path: "/v1/runs", Tags: tags, Summary: "List the runs, the newest first"},
		func(ctx context.Context, in *listRuns) (*reply[[]*ledger.Run], error) {
			runs, err := s.options.Registry.Ledger.Runs(ctx, ledger.Filter{Pipeline: in.Pipeline, Status: ledger.Status(in.Status), Offset: in.Offset, Limit: in.Limit})
			if err != nil {
				return nil, internal(err)
			}
			for i := range runs {
				runs[i] = outward(runs[i])
			}
			if runs == nil {
				runs = []*ledger.Run{}
			}
			return &reply[[]*ledger.Run]{runs}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-run", Method: http.MethodGet, Path: "/v1/runs/{run}", Tags: tags, Summary: "Read a run with its stages and metrics"},
		func(ctx context.Context, in *struct {
			Run string `path:"run" maxLength:"64"`
		}) (*reply[*RunDetails], error) {
			run, err := s.Run(ctx, in.Run)
			if err != nil {
				return nil, problemOf(err)
			}
			return &reply[*RunDetails]{run}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "start-run", Method: http.MethodPost, Path: "/v1/runs", Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary: "Start a run of a pipeline", Security: needsToken, Description: "Follow it at /v1/runs/{run}/events."},
		func(ctx context.Context, in *struct{ Body Job }) (*started, error) {
			id, err := s.StartRun(ctx, in.Body)
			if err != nil {
				return nil, problemOf(err)
			}
			out := &started{Location: "/v1/runs/" + id}
			out.Body.Run, out.Body.Events = id, "/v1/runs/"+id+"/events"
			return out, nil
		})
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "follow-run", Method: http.MethodGet, Path: "/v1/runs/{run}/events", Tags: tags,
		Summary:     "Follow a run",
		Description: "Server-sent events: `stage` for each stage that begins or ends, with its status, and at last `run`, with the run's.",
		Parameters:  []*huma.Param{{Name: "run", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses: map[string]*huma.Response{"200": {Description: "The events", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}}}})
	mux.HandleFunc("GET /v1/runs/{run}/events", s.serveEvents)
}

type started struct {
	Location string `header:"Location"`
	Body     struct {
		Run    string `json:"run" doc:"Id of the run."`
		Events string `json:"events" doc:"Where its progress can be followed."`
	}
}

// StartRun starts a run and gives its id.
func (s *Server) StartRun(ctx context.Context, job Job) (string, error) {
	if s.options.Runner == nil {
		return "", problem(http.StatusNotImplemented, "runs cannot be started here")
	}
	id, err := s.options.Runner.Start(ctx, job)
	if errors.Is(err, ErrBusy) {
		return "", problem(http.StatusConflict, ErrBusy.Error()+"; wait for them to end")
	}
	return id, err
}

// outward gives a run without what is this machine's alone.
func outward(r *ledger.Run) *ledger.Run {
	out := *r
	out.Command, out.Host, out.PID, out.Process = []string{}, "", 0, ""
	return &out
}

// Run gives a run with its stages.
func (s *Server) Run(ctx context.Context, id string) (*RunDetails, error) {
	run, err := s.options.Registry.Ledger.FindRun(ctx, "", id)
	if err != nil || run == nil {
		return nil, problem(http.StatusNotFound, "there is no run "+strconv.Quote(cut(id)))
	}
	of := run.ID
	if run.SameAs != "" {
		of = run.SameAs
	}
	stages, err := s.options.Registry.Ledger.Stages(ctx, of)
	if err != nil {
		return nil, internal(err)
	}
	return &RunDetails{outward(run), stages}, nil
}

// event is the state of a stage as it is told.
type event struct {
	Stage  string        `json:"stage,omitempty"`
	Kind   string        `json:"kind,omitempty"`
	Run    string        `json:"run,omitempty"`
	Status ledger.Status `json:"status"`
	Reason string        `json:"reason,omitempty"`
	Error  string        `json:"error,omitempty"`
	Done   int           `json:"done"` // stages that are over
}

// Limits of a stream of events.
const (
	eventsEvery = 300 * time.Millisecond
	eventsMost  = time.Hour
)

// serveEvents tells what happens to the stages of a run until it is over.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	run, err := s.Run(r.Context(), r.PathValue("run"))
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
	told := map[string]ledger.Status{}
	deadline := time.Now().Add(eventsMost)
	for tick := time.NewTicker(eventsEvery); ; {
		control.SetWriteDeadline(time.Now().Add(s.options.Limits.Write))
		over, err := s.tell(x, run, told)
		if err == nil {
			err = control.Flush()
		}
		if err != nil || over || time.Now().After(deadline) {
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
		case <-shuttingDown(r.Context()):
			tick.Stop()
			return
		}
		if run, err = s.Run(r.Context(), run.ID); err != nil {
			tick.Stop()
			return
		}
	}
}

// tell writes what has changed since it was told, and says whether the run is
// over.
func (s *Server) tell(x *exchange, run *RunDetails, told map[string]ledger.Status) (over bool, err error) {
	done := 0
	for _, st := range run.Stages {
		if st.Status != ledger.Running {
			done++
		}
	}
	for _, st := range run.Stages {
		if told[st.Name] == st.Status {
			continue
		}
		told[st.Name] = st.Status
		if err := send(x, "stage", event{Stage: st.Name, Kind: st.Kind, Status: st.Status, Reason: st.Reason, Error: st.Error, Done: done}); err != nil {
			return false, err
		}
	}
	if run.Status == ledger.Running {
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

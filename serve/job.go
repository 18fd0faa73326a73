package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/serve/refusal"
)

// Runner queues, starts and stops runs of pipelines.
type Runner interface {
	// Start queues a run and gives its id, under which it can be found from then on. The
	// run goes on when ctx ends. A *diag.Error says what is wrong with what was asked
	// for; record.ErrBusy that others go on or wait, where the job does not want to
	// wait; record.ErrQueueFull that too many wait.
	Start(ctx context.Context, job Job) (*Place, error)
	// Queue gives the runs that wait for their turn, the first first.
	Queue(ctx context.Context) ([]*record.Queued, error)
	// Stop takes a run out of the queue, or stops it and waits a moment for its end. The
	// error is record.ErrEnded where it has ended, a *diag.Error where there is none.
	Stop(ctx context.Context, run string) (Stopping, error)
	// Foresee says what a job would do if it were begun now; the errors are those of Start.
	// There is a stage for each that is not skipped, in their order.
	Foresee(ctx context.Context, job Job) ([]ForeseenStage, error)
	// Again gives what a run was asked to do.
	Again(run *record.Run) Job
}

// Place is where a run stands in the queue.
type Place struct {
	Run    string
	Before int // how many go on or wait before it
}

// ForeseenStage is what a run would do about a stage.
type ForeseenStage struct {
	Name     string
	Runs     bool          // it would run
	Waits    bool          // that cannot be told before others have run
	Why      string        // it would run, or what it waits for
	Expected time.Duration // how long it would take by earlier runs; 0: it never ran
}

// Stopping is what came of a wish to stop a run.
type Stopping string

// What comes of it.
const (
	Removed       Stopping = "removed"  // it waited, and is out of the queue
	Stopped       Stopping = "stopped"  // it has ended
	StillStopping Stopping = "stopping" // it is told to, and has not ended yet
)

// Job is a run to start.
type Job struct {
	Pipeline string             `json:"pipeline" doc:"Name of the pipeline." minLength:"1" maxLength:"100"`
	Params   map[string]Setting `json:"params,omitempty" doc:"What to set for this run: parameters of the pipeline by their names, and what stands below with of a stage, or of all variants of a group, as STAGE.with.PATH, such as train/boosting.with.params.max_depth; a text is read as YAML there."`
	Models   []string           `json:"models,omitempty" doc:"Which of the models to train, such as boosting or train/boosting. They are compared with one another and with the champion, and the best is registered. All when empty." maxItems:"100" nullable:"false"`
	Only     []string           `json:"only,omitempty" doc:"Stages to make, with what they need and nothing after them, such as explore; all when empty." maxItems:"100" nullable:"false"`
	Force    bool               `json:"force,omitempty" doc:"Run every stage, also those that are up to date."`
	Wait     *bool              `json:"wait,omitempty" doc:"False: where others go on or wait, the answer is 409, and nothing is queued."`
}

// Setting is the value of a parameter as it is written on a command line. JSON
// may have it as a text, a number, or true or false.
type Setting string

// UnmarshalJSON implements json.Unmarshaler.
func (s *Setting) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(string(data), `"`) {
		return json.Unmarshal(data, (*string)(s))
	}
	if strings.ContainsAny(string(data[:1]), "{[n") {
		return errors.New("a parameter is a text, a number, or true or false")
	}
	*s = Setting(data)
	return nil
}

// Schema implements huma.SchemaProvider.
func (Setting) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}, {Type: huma.TypeBoolean}}}
}

type started struct {
	Location string `header:"Location"`
	Body     struct {
		Run    string `json:"run" doc:"Id of the run."`
		Events string `json:"events" doc:"Where its progress can be followed."`
		Before int    `json:"before" doc:"How many runs go on or wait before it."`
	}
}

type stopped struct {
	Status int
	Body   struct {
		Run    string   `json:"run" doc:"Id of the run."`
		Status Stopping `json:"status" enum:"removed,stopped,stopping" doc:"Removed: it waited, and is out of the queue. Stopping: it has not ended yet."`
	}
}

func (s *Server) routeJobs(api huma.API) {
	tags := []string{"runs"}
	huma.Register(api, huma.Operation{OperationID: "start-run", Errors: []int{http.StatusConflict, http.StatusNotImplemented}, Method: http.MethodPost, Path: "/v1/runs", Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary: "Start a run of a pipeline, or queue it", Security: needsToken,
		Description: "What is up to date is not done again. One goes on at a time, the others wait for their turn: see GET /v1/runs?status=queued. Follow the run at /v1/runs/{run}/events."},
		func(ctx context.Context, in *struct{ Body Job }) (*started, error) {
			place, err := s.StartRun(ctx, in.Body)
			if err != nil {
				return nil, problemOf(err)
			}
			out := &started{Location: "/v1/runs/" + place.Run}
			out.Body.Run, out.Body.Events, out.Body.Before = place.Run, s.options.Behind.Base+"/v1/runs/"+place.Run+"/events", place.Before
			return out, nil
		})
	huma.Register(api, huma.Operation{OperationID: "stop-run", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusNotImplemented}, Method: http.MethodDelete, Path: "/v1/runs/{run}", Tags: tags,
		Summary: "Stop a run, or take it out of the queue", Security: needsToken,
		Description: "The stages that have ended are kept, and a run that is started again goes on from there. The run is recorded as interrupted, with the error " + strconv.Quote(record.OnRequest) +
			". The answer is 202 where it takes longer to end; 409 where it has ended before."},
		func(ctx context.Context, in *struct {
			Run string `path:"run"`
		}) (*stopped, error) {
			id, how, err := s.StopRun(ctx, in.Run)
			if err != nil {
				return nil, problemOf(err)
			}
			out := &stopped{Status: http.StatusOK}
			if how == StillStopping {
				out.Status = http.StatusAccepted
			}
			out.Body.Run, out.Body.Status = id, how
			return out, nil
		})
}

// check refuses texts with a NUL, which no command line can hold.
func (j *Job) check() error {
	faults := &jsonrow.Faults{}
	look := func(location, text string) {
		if strings.ContainsRune(text, 0) {
			faults.List = append(faults.List, jsonrow.Fault{Location: location, Message: "this text holds a NUL", Value: refusal.Cut(text), Allowed: "a text without \\u0000"})
		}
	}
	look("body.pipeline", j.Pipeline)
	for i, name := range j.Models {
		look(fmt.Sprintf("body.models[%d]", i), name)
	}
	for i, name := range j.Only {
		look(fmt.Sprintf("body.only[%d]", i), name)
	}
	for _, name := range slices.Sorted(maps.Keys(j.Params)) {
		look("body.params", name)
		look("body.params."+refusal.Cut(name), string(j.Params[name]))
	}
	if len(faults.List) > 0 {
		return faults
	}
	return nil
}

// StartRun queues a run.
func (s *Server) StartRun(ctx context.Context, job Job) (*Place, error) {
	if s.options.Runner == nil {
		return nil, noRunner()
	}
	if err := job.check(); err != nil {
		return nil, err
	}
	if !mayPipeline(ctx, job.Pipeline) {
		return nil, problem(http.StatusForbidden, "this key is bound to other pipelines")
	}
	place, err := s.options.Runner.Start(ctx, job)
	switch {
	case errors.Is(err, record.ErrBusy):
		return nil, conflict(err, "wait for them to end, or leave out wait: false")
	case errors.Is(err, record.ErrQueueFull):
		return nil, conflict(err, "wait for runs to end, or take some out of it")
	}
	return place, err
}

// StopRun stops a run, and gives its id and what came of it.
func (s *Server) StopRun(ctx context.Context, name string) (id string, how Stopping, err error) {
	if s.options.Runner == nil {
		return "", "", noRunner()
	}
	run, _, err := s.run(ctx, name)
	if err != nil {
		return "", "", err
	}
	how, err = s.options.Runner.Stop(ctx, run.ID)
	if errors.Is(err, record.ErrEnded) {
		err = conflict(err, "")
	}
	return run.ID, how, err
}

func noRunner() error { return problem(http.StatusNotImplemented, "runs cannot be started here") }

// conflict is an error that is the state of things, with what to do about it.
func conflict(err error, hint string) error {
	text := err.Error()
	if hint != "" {
		text += "; " + hint
	}
	p := problem(http.StatusConflict, text)
	p.from = err
	return p
}

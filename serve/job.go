package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/serve/refusal"
)

// Runner starts runs of pipelines.
type Runner interface {
	// Start starts a run and gives its id once it is recorded. The run goes on
	// when ctx ends. A *diag.Error says what is wrong with what was asked for;
	// record.ErrBusy that runs are under way already.
	Start(ctx context.Context, job Job) (run string, err error)
}

// Job is a run to start.
type Job struct {
	Pipeline string             `json:"pipeline" doc:"Name of the pipeline." minLength:"1" maxLength:"100"`
	Params   map[string]Setting `json:"params,omitempty" doc:"Parameters of the pipeline to set for this run."`
	Models   []string           `json:"models,omitempty" doc:"Which of the models to train, such as boosting or train/boosting. They are compared with one another and with the champion, and the best is registered. All when empty." maxItems:"100" nullable:"false"`
	Only     []string           `json:"only,omitempty" doc:"Stages to make, with what they need and nothing after them, such as explore; all when empty." maxItems:"100" nullable:"false"`
	Force    bool               `json:"force,omitempty" doc:"Run every stage, also those that are up to date."`
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
	}
}

func (s *Server) routeJobs(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "start-run", Errors: []int{http.StatusConflict, http.StatusNotImplemented}, Method: http.MethodPost, Path: "/v1/runs", Tags: []string{"runs"}, DefaultStatus: http.StatusAccepted,
		Summary: "Start a run of a pipeline", Security: needsToken,
		Description: "What is up to date is not done again. Follow the run at /v1/runs/{run}/events. One goes on at a time."},
		func(ctx context.Context, in *struct{ Body Job }) (*started, error) {
			id, err := s.StartRun(ctx, in.Body)
			if err != nil {
				return nil, problemOf(err)
			}
			out := &started{Location: "/v1/runs/" + id}
			out.Body.Run, out.Body.Events = id, "/v1/runs/"+id+"/events"
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

// StartRun starts a run and gives its id.
func (s *Server) StartRun(ctx context.Context, job Job) (string, error) {
	if s.options.Runner == nil {
		return "", problem(http.StatusNotImplemented, "runs cannot be started here")
	}
	if err := job.check(); err != nil {
		return "", err
	}
	if !mayPipeline(ctx, job.Pipeline) {
		return "", problem(http.StatusForbidden, "this key is bound to other pipelines")
	}
	id, err := s.options.Runner.Start(ctx, job)
	if errors.Is(err, record.ErrBusy) {
		p := problem(http.StatusConflict, err.Error()+"; wait for them to end")
		p.from = err
		return "", p
	}
	return id, err
}

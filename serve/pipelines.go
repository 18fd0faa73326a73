package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/store/offer"
)

// Description is what there is to know about a pipeline that is served.
type Description struct {
	Pipeline string          `json:"pipeline"`
	Model    string          `json:"model"`
	Version  int             `json:"version"`
	Run      string          `json:"run"`
	Task     metrics.Task    `json:"task" doc:"regression or classification."`
	Predicts string          `json:"predicts" doc:"What the answer is called."`
	Unit     string          `json:"unit,omitempty"`
	Classes  []string        `json:"classes,omitempty"`
	Refused  string          `json:"refused,omitempty" doc:"Why the champion does not answer, and the version before it still does."`
	Similar  *offer.Similar  `json:"similar,omitempty"`
	Interval *offer.Interval `json:"interval,omitempty"`
	Golden   int             `json:"golden" doc:"How many stored predictions the model has reproduced before it answered."`
	Fields   []table.Field   `json:"fields,omitempty" doc:"What the model reads, with what training showed of it."`
	Canary   *Canary         `json:"canary,omitempty" doc:"Who answers a part of what is asked."`
	Samples  []offer.Sample  `json:"samples,omitempty" doc:"Inputs to try."`
	Typical  json.RawMessage `json:"typical,omitempty" doc:"A typical row, an object: the middle of each number in training, the most frequent level of each category."`
	Change   []string        `json:"change,omitempty" doc:"The fields that somebody can change; all when there are none."`
	Fresh    []Freshness     `json:"fresh,omitempty" doc:"How old the data and the champion are, where the pipeline declares how old they may be."`
}

// Freshness is how old something is of which it is declared how old it may be.
type Freshness struct {
	Stage   string    `json:"stage" doc:"The stage that declares it."`
	Of      string    `json:"of" enum:"data,model" doc:"What is meant: the data that the stage brings in, or the champion of the model that it registers."`
	What    string    `json:"what,omitempty" doc:"A file or a version; none before there is one."`
	Since   time.Time `json:"since,omitzero"`
	Seconds float64   `json:"age_seconds" doc:"How old it is; 0 before there is anything."`
	Limit   float64   `json:"limit_seconds" doc:"How old it may be."`
	Stale   bool      `json:"stale" doc:"Whether it is older than that."`
}

// freshness gives it of all pipelines, by their names.
func (s *Server) freshness(ctx context.Context) map[string][]Freshness {
	all := map[string][]Freshness{}
	if s.options.Fresh == nil {
		return all
	}
	now := s.options.Clock()
	for _, f := range s.options.Fresh(ctx) {
		all[f.Pipeline] = append(all[f.Pipeline], Freshness{Stage: f.Stage, Of: ageOf(f), What: f.What, Since: f.Since.UTC(),
			Seconds: f.Age(now).Seconds(), Limit: f.Limit.Seconds(), Stale: f.Stale(now)})
	}
	return all
}

// ageOf names what is old, as the API and /metrics do.
func ageOf(f record.Freshness) string {
	if f.Model {
		return "model"
	}
	return "data"
}

func (s *Endpoint) describe(whole bool) Description {
	f := s.Features()
	d := Description{Pipeline: s.Name, Model: s.Version.Model, Version: s.Version.Version, Run: s.Version.Run, Task: f.Task,
		Predicts: s.Predicts(), Unit: f.Target.Unit, Classes: f.Classes, Similar: s.Similar(), Interval: s.Interval(), Golden: len(s.Golden())}
	if s.Refused != "" {
		d.Refused = "the champion could not be loaded or did not reproduce its golden predictions; the log says which"
	}
	if whole {
		d.Fields, d.Samples = f.Inputs, s.Samples()
		d.Typical = jsonrow.AppendObject(nil, s.model.bundle.Typical(), 0)
		if s.output != nil {
			d.Change = s.output.offer.Change
		}
	}
	return d
}

// describe adds to what an endpoint says of itself who answers beside it.
func (snap *snapshot) describe(made *Endpoint, whole bool) Description {
	d := made.describe(whole)
	if c := snap.canaries[made.Name]; c != nil && snap.endpoints[made.Name] == made {
		d.Canary = &c.Canary
	}
	return d
}

func (s *Server) routePipelines(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-pipelines", Method: http.MethodGet, Path: "/v1/pipelines", Tags: []string{"pipelines"},
		Summary: "List the pipelines that are served"}, func(ctx context.Context, _ *struct{}) (*reply[[]Description], error) {
		list, snap, fresh := []Description{}, s.current.Load(), s.freshness(ctx)
		for _, name := range snap.names {
			if !mayPipeline(ctx, name) {
				continue
			}
			d := snap.describe(snap.endpoints[name], false)
			d.Fresh = fresh[name]
			list = append(list, d)
		}
		return &reply[[]Description]{list}, nil
	})
}

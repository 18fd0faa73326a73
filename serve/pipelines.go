package serve

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/metrics"
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
		list, snap := []Description{}, s.current.Load()
		for _, name := range snap.names {
			if !mayPipeline(ctx, name) {
				continue
			}
			list = append(list, snap.describe(snap.endpoints[name], false))
		}
		return &reply[[]Description]{list}, nil
	})
}

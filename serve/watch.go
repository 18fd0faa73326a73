package serve

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/base/notebook"
)

type watchInput struct {
	Last int `query:"last" minimum:"1" maximum:"10000" default:"1000" doc:"How many of the newest are looked at."`
}

// routeWatch adds what shows whether a model still does what it did.
func (s *Server) routeWatch(api huma.API, made *Endpoint, base string, tags []string) {
	huma.Register(api, huma.Operation{OperationID: "drift-" + made.Name, Method: http.MethodGet, Path: base + "/drift", Tags: tags,
		Summary: "Compare what is asked with what was trained on",
		Description: "The population stability index of each field, between the newest predictions that were asked for, in whatever form, and the training data; of texts by their length and the words that the model does not know; and of what is answered. One verdict on all. " +
			"It tells of a shift from 0.1 and of a drift from 0.25 on, where that is beyond what so few requests show by chance; of nothing while they are too few."},
		func(ctx context.Context, in *watchInput) (*reply[*Drift], error) {
			if err := exchangeOf(ctx).recall(ctx); err != nil {
				return nil, problemOf(err)
			}
			d, err := s.Drift(ctx, made, in.Last)
			if err != nil {
				return nil, internal(err)
			}
			return &reply[*Drift]{d}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "promise-" + made.Name, Method: http.MethodGet, Path: base + "/promise", Tags: tags,
		Summary: "Tell whether intervals and sets held the truth as often as they promise",
		Description: "Of the saved predictions of the version that answers whose outcome is known, the newest 10,000: of all, and of each level of its categories. It is called broken by a test that may be looked at after each outcome: " +
			"if the promise is kept, the chance that it is ever called so is at most 1 in 100, and of all levels together as much. Until it is mended, answers carry a warning."},
		func(ctx context.Context, _ *struct{}) (*reply[*Promise], error) {
			p, err := s.promiseOf(ctx, made)
			if err != nil {
				return nil, internal(err)
			}
			return &reply[*Promise]{p}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "accuracy-" + made.Name, Method: http.MethodGet, Path: base + "/accuracy", Tags: tags,
		Summary: "Measure the saved predictions whose outcome is known"},
		func(ctx context.Context, in *watchInput) (*reply[[]Accuracy], error) {
			a, err := s.Accuracy(ctx, made, in.Last)
			if err != nil {
				return nil, internal(err)
			}
			return &reply[[]Accuracy]{a}, nil
		})
}

// Drift is how what is asked differs from what was trained on.
type Drift struct {
	Rows    int          `json:"rows" doc:"How many inputs were looked at."`
	Skipped int          `json:"skipped" doc:"Requests that are kept in part only, or no longer fit the schema."`
	From    time.Time    `json:"from,omitzero"`
	Until   time.Time    `json:"until,omitzero"`
	Shifted float64      `json:"shifted" doc:"The index from which a field is called shifted."`
	Drifted float64      `json:"drifted" doc:"The index from which a field is called drifted."`
	Fields  []FieldDrift `json:"fields"`
	// The verdict on all of it.
	Status   string    `json:"status" enum:"stable,shifted,drifted,unknown" doc:"Whether what is asked, and what is answered, has moved: beyond chance, and as far as it counts."`
	P        float64   `json:"p,omitempty" doc:"How often chance alone moves it as far or further where nothing has changed: the tests of all fields together, each by its importance."`
	Index    float64   `json:"index,omitempty" doc:"The index of the fields, weighed by their importance."`
	Estimate *Estimate `json:"estimate,omitempty" doc:"How good the answers are likely to be, before anybody knows what came true."`
	// Findings are of checks that look at what is asked.
	Findings []notebook.Finding `json:"findings,omitempty" doc:"What checks find in what was asked: see labbook check --explain CODE."`

	requests int // that were looked at
}

// FieldDrift is that of a field.
type FieldDrift struct {
	Field  string     `json:"field"`
	Kind   string     `json:"kind" enum:"field,text,answer" doc:"A field; a number made of a text, as its length; or what was answered, against what was said of rows held out."`
	P      float64    `json:"p" doc:"The p-value of the chi-squared test of two samples: training and what is asked."`
	Weight float64    `json:"weight" doc:"How much it counts in the verdict: the importance of the field."`
	Status string     `json:"status" enum:"stable,shifted,drifted,unknown" doc:"Unknown when training has no distribution of it, or too little was asked to tell."`
	Index  float64    `json:"index" doc:"Population stability index."`
	Noise  float64    `json:"noise" doc:"What chance alone exceeds in one case of twenty."`
	Bins   []DriftBin `json:"bins,omitempty"`
}

// Estimate is how good answers are likely to be, from how good the model was where it
// said the same: of classes by calibrated confidence, of numbers by a model of the loss.
type Estimate struct {
	Rows   int     `json:"rows"`
	Metric string  `json:"metric" enum:"mae,accuracy"`
	Unit   string  `json:"unit,omitempty"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low" doc:"Where it will be measured in 95 of 100 cases."`
	High   float64 `json:"high"`
	Before float64 `json:"before" doc:"What was measured on rows held out."`
}

// DriftBin is a part of a distribution.
type DriftBin struct {
	Label    string  `json:"label"`
	Training float64 `json:"training" doc:"Share of the training data."`
	Live     float64 `json:"live" doc:"Share of what was asked."`
}

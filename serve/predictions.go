package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/store/requests"
	"labbook/serve/refusal"
)

// page is a part of a list, the newest first.
type page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Pass it as before to read on; absent at the end."`
}

// newPage makes one, and says in the header where the list goes on.
func newPage[T any](ctx context.Context, items []T, asked int, id func(T) string) page[T] {
	p := page[T]{Items: items}
	if asked == 0 {
		asked = 50
	}
	if len(items) == asked {
		p.Next = id(items[len(items)-1])
		exchangeOf(ctx).linkNext(p.Next)
	}
	return p
}

type saveInput struct {
	Version string `query:"version" maxLength:"64" doc:"Which version of the model is to answer: its number, or an alias such as candidate. Without it the champion answers."`
	Body    struct {
		Input json.RawMessage `json:"input" doc:"The input, as for predict: one object."`
		Note  string          `json:"note,omitempty" maxLength:"2000" doc:"What to remember about it."`
	}
}

type listPredictions struct {
	Version int    `query:"version" minimum:"0" doc:"Only those of this version of the model."`
	Known   string `query:"known" enum:"true,false" doc:"Only those whose outcome is, or is not, known."`
	Before  string `query:"before" maxLength:"64" doc:"Only those before this id: the next page."`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type onePrediction struct {
	ID string `path:"id"`
}

// patchPrediction changes what it names; null takes it away.
type patchPrediction struct {
	ID   string `path:"id"`
	Body struct {
		Outcome json.RawMessage `json:"outcome,omitempty" doc:"What came true: a number, or the name of a class."`
		Note    newNote         `json:"note,omitempty" maxLength:"2000"`
	}
}

// newNote is a note to be set; nil where none was sent.
type newNote struct{ text *string }

// UnmarshalJSON implements json.Unmarshaler.
func (n *newNote) UnmarshalJSON(data []byte) error {
	n.text = new(string) // null leaves it empty
	return json.Unmarshal(data, n.text)
}

// Schema implements huma.SchemaProvider.
func (newNote) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

var needsToken = []map[string][]string{{"token": {}}}

func (s *Server) routePredictions(api huma.API, snap *snapshot, made *Endpoint, base string, tags []string) {
	path := base + "/predictions"
	huma.Register(api, huma.Operation{OperationID: "save-prediction-" + made.Name, Method: http.MethodPost, Path: path, Tags: tags,
		Summary: "Predict, and save the prediction", DefaultStatus: http.StatusCreated, Security: needsToken},
		func(ctx context.Context, in *saveInput) (*reply[*requests.Prediction], error) {
			chosen, err := snap.choose(ctx, s, made, in.Version)
			if err != nil {
				return nil, problemOf(err)
			}
			x := exchangeOf(ctx)
			if in.Version == "" {
				chosen = snap.share(made, x)
			}
			chosen.mark(x)
			saved, err := chosen.save(x, in.Body.Input, in.Body.Note)
			if err != nil {
				return nil, problemOf(err)
			}
			return &reply[*requests.Prediction]{saved}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "list-predictions-" + made.Name, Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List the saved predictions, the newest first"},
		func(ctx context.Context, in *listPredictions) (*reply[page[*requests.Prediction]], error) {
			filter := requests.PredictionFilter{Pipeline: made.Name, Version: in.Version, Before: in.Before, Limit: in.Limit}
			if known, err := strconv.ParseBool(in.Known); err == nil {
				filter.Known = &known
			}
			found, err := s.options.Requests.Predictions(ctx, filter)
			if err != nil {
				return nil, internal(err)
			}
			return &reply[page[*requests.Prediction]]{newPage(ctx, found, in.Limit, func(p *requests.Prediction) string { return p.ID })}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-prediction-" + made.Name, Method: http.MethodGet, Path: path + "/{id}", Tags: tags,
		Summary: "Read a saved prediction"},
		func(ctx context.Context, in *onePrediction) (*reply[*requests.Prediction], error) {
			found, err := s.options.Requests.Prediction(ctx, made.Name, in.ID)
			return replyFound(found, err, "prediction", in.ID)
		})
	huma.Register(api, huma.Operation{OperationID: "patch-prediction-" + made.Name, Method: http.MethodPatch, Path: path + "/{id}", Tags: tags,
		Summary: "Tell what came true of a saved prediction", Security: needsToken},
		func(ctx context.Context, in *patchPrediction) (*reply[*requests.Prediction], error) {
			outcome, err := made.outcome(in.Body.Outcome)
			if err != nil {
				return nil, problemOf(err)
			}
			note := in.Body.Note.text
			if note != nil {
				*note = storableNote(*note)
			}
			found, err := s.options.Requests.SetOutcome(ctx, made.Name, in.ID, outcome, note)
			if err == nil && found != nil && len(outcome) > 0 {
				s.behind.told(made.Name)
			}
			return replyFound(found, err, "prediction", in.ID)
		})
}

// replyFound answers with what was found, or 404.
func replyFound[T any](found *T, err error, what, id string) (*reply[*T], error) {
	if err != nil {
		return nil, internal(err)
	}
	if found == nil {
		return nil, problem(http.StatusNotFound, "there is no "+what+" "+strconv.Quote(refusal.Cut(id)))
	}
	return &reply[*T]{found}, nil
}

// save predicts, and puts the prediction where it is recorded with the request.
func (s *Endpoint) save(x *exchange, input json.RawMessage, note string) (*requests.Prediction, error) {
	t, err := s.decodeOne(input)
	if err != nil {
		return nil, err
	}
	p, err := s.model.bundle.Answer(t)
	if err != nil {
		return nil, unanswered(err, func(int) string { return "body.input" })
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, input); err != nil {
		return nil, err
	}
	saved := &requests.Prediction{ID: requests.NewID(x.record.Time), Time: x.record.Time.UTC(), Pipeline: s.Name, Model: s.Version.Model, Version: s.Version.Version,
		Run: s.Version.Run, Request: x.record.ID, Input: compact.Bytes(), Note: storableNote(note),
		Answer: s.appendAnswer(nil, t, p, false, s.tellsPeople(), x.record.ID)}
	x.record.Prediction = saved
	return saved, nil
}

// storableNote takes out what databases do not take.
func storableNote(note string) string {
	return string(slices.DeleteFunc([]rune(note), func(r rune) bool { return r == 0 }))
}

// outcome checks what is said to have come true. Nothing and null, which takes an
// outcome back, pass as they are.
func (s *Endpoint) outcome(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return raw, nil
	}
	classes := s.Features().Classes
	fault := jsonrow.Fault{Location: "body.outcome", Message: "this cannot have come true"}
	if len(raw) <= 200 {
		fault.Value = raw
	}
	if classes == nil {
		var v float64
		if json.Unmarshal(raw, &v) == nil {
			return raw, nil
		}
		fault.Allowed = "a number"
		return nil, &jsonrow.Faults{List: []jsonrow.Fault{fault}}
	}
	var label string
	if json.Unmarshal(raw, &label) == nil && slices.Contains(classes, label) {
		return raw, nil
	}
	fault.Allowed = classes
	return nil, &jsonrow.Faults{List: []jsonrow.Fault{fault}}
}
